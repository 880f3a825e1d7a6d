internal import ServiceKit
internal import TestSupport

/// What the storm throws at the processors, beside the kill in each round.
enum Fault: String, CaseIterable {
    /// Nothing else: a static member is killed at a random moment.
    case kill
    /// One or two more members come, somebody is killed in between, they leave in order.
    case join
    /// The broker is stopped, or killed, and started again.
    case broker
    /// The broker is held still, for less or for longer than the transactions' timeout.
    case pause
    /// The network is cut, slow, reset, refused or silent.
    case network
    /// A member is held still until another has its place, then wakes up.
    case zombie
    /// A dynamic member is killed: nobody comes back in its name.
    case dynamic
}

/// What is computed by the programs that are killed.
enum KilledCore: String, CaseIterable {
    /// Windows and trends of ticks: the processor.
    case windows
    /// The last price beside the last window, of two topics: the smallest service on the same loop.
    case pair
    /// Predictions and scores of ticks: the inference, with models of three presets and a shadow.
    case predictions
    /// Alerts of ticks: the alerter.
    case alerts
}

/// What the command line asks for.
struct Plan {
    static let usage = CommandUsage(
        name: "kill-test",
        summary: "Kills processors on a real Kafka while everything else fails too, and compares what they wrote.",
        flags: [coreNames, roundCount, seedNumber, faultNames, tickRate, keep, historyRate],
        examples: ["kill-test", "kill-test --rounds 100 --seed 7", "kill-test --faults zombie,dynamic --rounds 4"])

    private static let coreNames = Flag.choices(
        "cores", among: KilledCore.allCases, default: KilledCore.allCases, help: "what is killed, in turn")
    private static let roundCount = Flag.integer(
        "rounds", 1...100_000, default: 15,
        help: "how many kills of each core, each of a member that has committed since it was started")
    private static let seedNumber = Flag.integer(
        "seed", 0...Int.max, help: "repeats a run's faults and input (default: a random one)")
    private static let faultNames = Flag.choices(
        "faults", among: Fault.allCases, default: Fault.allCases, help: "what happens beside the kills")
    private static let tickRate = Flag.integer(
        "rate", 100...1_000_000, default: 2000, help: "ticks a second, each second two minutes of event time")
    private static let keep = Flag.toggle("keep", help: "leave data and logs behind")
    private static let historyRate = Flag.integer(
        "history", 1_000...1_000_000, help: "instead: measure a take-over with the state of so many ticks a second")

    let cores: [KilledCore]
    let rounds: Int
    let seed: UInt64
    let faults: [Fault]
    let rate: Int
    let isKept: Bool
    let history: Int?

    init(_ settings: Settings) {
        cores = settings[Plan.coreNames]
        rounds = settings[Plan.roundCount]
        seed = settings[Plan.seedNumber].map { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000)
        faults = settings[Plan.faultNames]
        rate = settings[Plan.tickRate]
        isKept = settings[Plan.keep]
        history = settings[Plan.historyRate]
    }

    /// What each round brings: all kinds within fifteen rounds, in an order that the seed draws.
    func schedule() -> [Fault] {
        var random = SplitMix64(seed: seed ^ 0x5C4E_D01E)
        var schedule: [Fault] = []
        while schedule.count < rounds {
            let fifteen = Fault.allCases.flatMap { Array(repeating: $0, count: $0.share) }
            schedule += fifteen.filter(faults.contains).shuffled(using: &random)
        }
        return Array(schedule.prefix(rounds))
    }
}

extension Fault {
    /// How many of fifteen rounds.
    fileprivate var share: Int {
        switch self {
        case .kill: 5
        case .join, .pause: 2
        case .network: 3
        case .broker, .zombie, .dynamic: 1
        }
    }
}
