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
    static let spec = CommandSpec(
        name: "feed-soak",
        summary:
            "Runs the producer against simulated exchanges and a real Kafka that misbehave, and looks for every trade.",
        flags: [
            Flag("seconds", .integer(5...1_000_000), default: "60", help: "how long things go wrong"),
            Flag("seed", .integer(0...Int64.max), help: "repeats a run's faults (default: a random one)"),
            Flag("rate", .integer(10...1_000_000), default: "5000", help: "trades a second, all exchanges together"),
            Flag(
                "faults", .choice(["all", "none"] + SoakFault.allCases.map(\.rawValue), several: true), default: "all",
                help: "what goes wrong"),
            Flag(
                "venues", .choice(Venue.trading.map(\.source), several: true),
                default: Venue.trading.map(\.source).joined(separator: ","), help: "which exchanges"),
            Flag("keep", .toggle, help: "leave data and logs behind"),
        ],
        examples: [
            "feed-soak", "feed-soak --seconds 600 --seed 7", "feed-soak --venues kraken --faults cut,missing --keep",
        ])

    let seconds: Int
    let seed: UInt64
    let rate: Int
    let faults: [SoakFault]
    let venues: [Venue]
    let isKept: Bool

    init(_ settings: Settings) {
        seconds = settings.integer("seconds")
        seed = settings.optionalInteger("seed").map { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000)
        rate = settings.integer("rate")
        let names = settings.list("faults")
        faults = names.contains("all") ? SoakFault.allCases : names.compactMap(SoakFault.init)
        venues = settings.list("venues").compactMap(Venue.init)
        isKept = settings.isOn("keep")
    }
}
