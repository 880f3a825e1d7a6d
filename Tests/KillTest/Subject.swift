internal import CryptoCore
internal import Foundation
internal import TestSupport

/// A program of ours that is killed.
struct Program {
    let name: String
    /// What its group and its metrics are named after.
    let service: String
    let arguments: [String]

    /// Windows that the clock closes are not the same twice.
    static let processor = Program(name: "processor", service: "processor", arguments: ["--idle-timeout", "0"])
    /// Of two topics, in the order of their logs, whatever comes late.
    static let pair = Program(name: "pair-processor", service: "pair", arguments: ["--wait"])
    static let alerter = Program(name: "alerter", service: "alerter", arguments: KillRules.arguments)
    static let inference = Program(name: "inference", service: "inference", arguments: KillModels.arguments)
}

/// What is tested: a program, what it reads and what it has to write.
struct Subject {
    /// One of the topics that it reads.
    struct Input {
        let topic: Topic
        let schema: String
        let stream: any RecordStream
        let perSecond: Int
        /// How many records at the end of each partition wait for ever for another topic's.
        var waiting: Int64 = 0
    }

    let program: Program
    /// Before the prefixes of its two runs.
    let name: String
    let inputs: [Input]
    /// Everything but what follows the wall clock.
    let outputs: [Topic]
    /// What the undisturbed run must have counted, or the test proves nothing.
    let counters: [String]
    /// The same of what must stand in a record.
    var texts: [(topic: Topic, text: String)] = []

    /// All that are tested, in turn.
    static func all(_ plan: Plan, filesIn folder: URL) throws -> [Subject] {
        try plan.cores.map { core in
            switch core {
            case .windows: windows(plan)
            case .pair: pair(plan)
            case .predictions: try predictions(plan, modelsIn: folder)
            case .alerts: try alerts(plan, rulesIn: folder)
            }
        }
    }

    private static func windows(_ plan: Plan) -> Subject {
        let recordings = Recordings.load()
        say("  \(recordings.count) recorded series of 20")
        let ticks = TickStream(seed: plan.seed, recordings: recordings)
        return Subject(
            program: .processor, name: "",
            inputs: [Input(topic: .ticks, schema: Tick.schema, stream: ticks, perSecond: plan.rate)],
            outputs: [.tumbling, .sliding, .trends, .indicators, .late, .deadLetter],
            counters: [
                "ticks_counted_total", "duplicates_total", "late_ticks_total", "block_trades_total", "gaps_total",
                "dead_letters_total",
            ])
    }

    private static func pair(_ plan: Plan) -> Subject {
        Subject(
            program: .pair, name: "pair-",
            inputs: [
                Input(
                    topic: .ticks, schema: Tick.schema, stream: PairTicks(seed: plan.seed), perSecond: plan.rate,
                    waiting: 1),
                Input(
                    topic: .tumbling, schema: WindowAggregate.schema, stream: PairWindows(seed: plan.seed),
                    perSecond: max(1, plan.rate * 12 / 100)),
            ],
            outputs: [.pairs, .deadLetter], counters: ["records_written_total", "state_records_total"])
    }

    private static func alerts(_ plan: Plan, rulesIn folder: URL) throws -> Subject {
        try KillRules.write(to: folder)
        let ticks = TickStream(seed: plan.seed, recordings: Recordings.load())
        return Subject(
            program: .alerter, name: "alerts-",
            inputs: [Input(topic: .ticks, schema: Tick.schema, stream: ticks, perSecond: plan.rate)],
            outputs: [.alerts],
            counters: [
                "alerts_total{state=\"firing\"}", "alerts_total{state=\"resolved\"}", "records_looked_total",
                "records_skipped_total{reason=\"older\"}", "records_skipped_total{reason=\"malformed\"}",
            ],
            texts: ["Above", "Falls", "Crosses", "Wide"].map { (.alerts, "\"rule\":\"\($0)\"") })
    }

    private static func predictions(_ plan: Plan, modelsIn folder: URL) throws -> Subject {
        let ticks = TickStream(seed: plan.seed, recordings: Recordings.load())
        try KillModels.write(to: folder, series: ticks.series.map(\.description), seed: plan.seed)
        return Subject(
            program: .inference, name: "predictions-",
            inputs: [Input(topic: .ticks, schema: Tick.schema, stream: ticks, perSecond: plan.rate)],
            outputs: [.predictions, .scores],
            counters: ["predictions_total"]
                + ["scored", "same_order", "undecided"].map { "predicted_rows_total{fate=\"\($0)\"}" }
                + ["malformed", "gap", "block_trade", "repeated", "late"].map {
                    "ticks_skipped_total{reason=\"\($0)\"}"
                },
            texts: [#""default":true"#, #""shadow":true"#, #""kind":"window""#, #""kind":"quote""#].map {
                (.predictions, $0)
            } + [#""model":"direction","version":2"#, #""model":"horizon""#].map { (.scores, $0) })
    }
}
