import CryptoCore
import ServiceKit

/// `bench alerts`: JSON records past alert rules, in process, on one core.
///
/// Every rule looks at every series: a tenth of them at ticks, the others at what a minute brings. The records are those of minutes in
/// which each series trades once a second: made beforehand, seeded, in memory, and read over and over, each lap later. State is taken
/// as often as the alerter commits.
struct AlertsBench {
    static let benchmark = Benchmark(
        usage: CommandUsage(
            name: "alerts", summary: "Measures JSON records past alert rules in process, on one core.",
            flags: [recordCount, series, rules],
            examples: ["bench alerts", "bench alerts --records 50000000 --series 10000 --rules 10"]),
        run: { settings in
            let text = AlertsBench.file(settings[rules])
            try AlertsBench(
                records: settings[recordCount], seriesCount: settings[series],
                rules: RuleSet(RulesFile(parsing: text.span.bytes).rules)
            ).run()
        })
    private static let recordCount = Flag.integer(
        "records", 1_000...1_000_000_000, default: 10_000_000, help: "how many records, at least")
    private static let series = Flag.integer("series", 1...100_000, default: 1_000, help: "how many series they are of")
    private static let rules = Flag.integer(
        "rules", 1...1_000, default: 100, help: "how many rules look at each series")

    let records: Int
    let seriesCount: Int
    let rules: RuleSet

    func run() throws {
        var lap = AlertRecords(series: seriesCount)
        print(
            "alerts: \(lap.count) records of \(lap.byteCount / lap.count) bytes a lap, \(seriesCount) series, "
                + "\(rules.rules.count) rules, one core")
        var alerts = Alerts(rules)
        // The first lap meets the series.
        try alerts.add(lap)
        alerts.tally = Tally()
        while alerts.tally.records < records {
            lap.shift()
            try alerts.add(lap)
        }
        report(alerts.tally)
    }

    private func report(_ tally: Tally) {
        let done = Double(tally.records)
        let ticks = done - Double(tally.minutes)
        let ns = (tally.tickNs + tally.minuteNs + tally.stateNs) / done
        print("  rate       \(Int(1e9 / ns)) records/s")
        print("  CPU        \(format(ns)) ns a record")
        print("  a tick     \(format(tally.tickNs / ticks)) ns")
        print("  a window, trend or indicators record  \(format(tally.minuteNs / Double(tally.minutes))) ns")
        print(
            "  changelog  \(format(tally.stateNs / done)) ns a record, \(format(Double(tally.stateBytes) / done)) bytes"
        )
        print("  alerts     \(tally.changes), of \(tally.records) records")
    }

    /// A rules file: ten shapes of rules in turn, each with other numbers.
    private static func file(_ count: Int) -> [UInt8] {
        let rules = (0..<count).map { number -> String in
            let n = 1 + number / 10
            let ofTicks =
                switch n % 10 {
                case 9: "absent(tick, \(n)m)"
                case 8: "change_pct(tick.price, 1m) > \(n)"
                default: "tick.price > 661\(n)"
                }
            let shapes = [
                ofTicks,
                "100 * (window.close - window.open) / window.open > \(n) or "
                    + "100 * (window.open - window.close) / window.open > \(n)",
                "window.volume > \(n) * avg(window.volume, 20m) and count(window.volume, 20m) >= 10",
                "change(window.close, 10m) < -0.0\(n) * window.close and window.volume > 3 * avg(window.volume, 30m)",
                "trend.change_pct > \(n) or trend.change_pct < -\(n)",
                "trend.slope_per_minute > \(n) * 1000",
                "indicators.rsi_14 < \(30 - n)",
                "indicators.rsi_14 > \(70 + n)",
                "crosses(indicators.macd, indicators.macd_signal) and indicators.macd > \(n)",
                "indicators.close > indicators.bollinger_upper + \(n) or "
                    + "indicators.close < indicators.bollinger_lower - \(n)",
            ]
            return
                #"{"alert":"R\#(number)","expr":"\#(shapes[number % 10])","for":"\#(n % 3)m","keep_firing_for":"5m"}"#
        }
        return Array(#"{"groups":[{"name":"bench","rules":[\#(rules.joined(separator: ","))]}]}"#.utf8)
    }

    private func format(_ ns: Double) -> String { String(Double((ns * 10).rounded() / 10)) }
}

/// What was added, and the CPU time that it took.
private struct Tally {
    var records = 0
    /// Those that a minute brought.
    var minutes = 0
    var tickNs = 0.0
    var minuteNs = 0.0
    var stateNs = 0.0
    var stateBytes = 0
    var changes = 0
}

/// The alerter's core with its alerts counted and thrown away.
private struct Alerts {
    private static let commitRecords = 100_000

    var tally = Tally()
    private var core: PartitionAlerts
    private var output = OutputBatch()
    private var state = ChangelogBatch()
    private var sinceCommit = 0

    init(_ rules: RuleSet) { core = PartitionAlerts(rules) }

    mutating func add(_ lap: AlertRecords) throws {
        for run in lap.runs {
            var problem: (any Error)?
            let ns = ProcessStatus.cpuNs {
                for number in run.records {
                    lap.withRecord(number) { kind, key, value in
                        do {
                            try core.add(.init(kind, clock: run.time), key: key, value: value, into: &output)
                        } catch { problem = error }
                    }
                }
                // More often than the alerter does it, which is once a second.
                core.look(atClock: run.time, into: &output)
            }
            if let problem { throw problem }
            tally.records += run.records.count
            if run.isMinute {
                tally.minutes += run.records.count
                tally.minuteNs += ns
            } else {
                tally.tickNs += ns
            }
            tally.changes += output.records.count
            output.removeAll()
            commit(after: run.records.count)
        }
    }

    private mutating func commit(after count: Int) {
        sinceCommit += count
        guard sinceCommit >= Alerts.commitRecords else { return }
        sinceCommit = 0
        tally.stateNs += ProcessStatus.cpuNs { core.takeChanges(into: &state) }
        tally.stateBytes += state.bytes.count
        state.removeAll()
    }
}
