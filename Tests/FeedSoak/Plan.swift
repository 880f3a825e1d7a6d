internal import ServiceKit
internal import TestSupport

/// What goes wrong during the soak.
enum SoakFault: String, CaseIterable {
    // At an exchange.
    case cut, close, stall, missing, double, old, time, burst, rubbish
    case halfFrame = "half-frame"
    case halfJSON = "half-json"
    // At an exchange's door, or its REST interface, together with a cut.
    case refuse, page, silent, deaf
    case noHTTP = "no-http"
    case rest
    // At Kafka, or the producer.
    case kafka, kill

    /// Those that befall an exchange.
    static let exchange = allCases.filter { $0 != .kafka && $0 != .kill }
    /// Those that are noticed only after a while.
    static let slow: [SoakFault] = [.stall, .silent, .deaf]
}

/// What the command line asks for.
struct Plan {
    static let usage = CommandUsage(
        name: "feed-soak",
        summary:
            "Runs the producer against simulated exchanges and a real Kafka that misbehave, and looks for every trade.",
        flags: [length, seedNumber, tradeRate, faultNames, venueNames, keep],
        examples: [
            "feed-soak", "feed-soak --seconds 600 --seed 7", "feed-soak --venues kraken --faults cut,missing --keep",
        ])

    private static let length = Flag.integer(
        "seconds", 5...1_000_000, default: 60, help: "how long things go wrong")
    private static let seedNumber = Flag.integer(
        "seed", 0...Int.max, help: "repeats a run's faults (default: a random one)")
    private static let tradeRate = Flag.integer(
        "rate", 10...1_000_000, default: 5000, help: "trades a second, all exchanges together")
    private static let faultNames = Flag.choices(
        "faults", among: ["all", "none"] + SoakFault.allCases.map(\.rawValue), default: "all", help: "what goes wrong")
    private static let venueNames = Flag.choices(
        "venues", among: SimulatedVenue.trading.map(\.source),
        default: SimulatedVenue.trading.map(\.source).joined(separator: ","),
        help: "which exchanges")
    private static let keep = Flag.toggle("keep", help: "leave data and logs behind")

    let seconds: Int
    let seed: UInt64
    let rate: Int
    let faults: [SoakFault]
    let venues: [SimulatedVenue]
    let isKept: Bool

    init(_ settings: Settings) {
        seconds = settings[Plan.length]
        seed = settings[Plan.seedNumber].map { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000)
        rate = settings[Plan.tradeRate]
        let names = settings[Plan.faultNames]
        faults = names.contains("all") ? SoakFault.allCases : names.compactMap(SoakFault.init)
        venues = settings[Plan.venueNames].compactMap(SimulatedVenue.init)
        isKept = settings[Plan.keep]
    }
}
