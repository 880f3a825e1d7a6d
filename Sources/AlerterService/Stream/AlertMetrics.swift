internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime

/// What the alerter counts and shows beside what every stream service does. What a transaction holds is counted when it is
/// committed: work that was taken back and done again counts once.
struct AlertMetrics {
    private let fired: Counter
    private let resolved: Counter
    private let looked: Counter
    private let older: Counter
    private let malformed: Counter
    private let refused: Counter
    private let unknownRanges: Counter
    private let remembered: Gauge
    private let log: Log
    private let rangeTroubles = EveryNth()
    private let roomTroubles = EveryNth()
    private let firing: Gauge
    private let pending: Gauge
    private let partitions: Gauge
    /// What was counted of each partition by the last commit.
    private var known = CommittedCounts((alerts: PartitionAlerts.Counts(), malformed: UInt64(0)))
    /// Alerts that the next commit will hold.
    private var alerts: [Alert] = []

    init(_ context: ServiceContext, _ rules: RuleSet) {
        fired = context.counter("alerts", "Alerts written, by state", ["state": "firing"])
        resolved = context.counter("alerts", "Alerts written, by state", ["state": "resolved"])
        looked = context.counter("records_looked", "Records that rules looked at")
        older = context.counter("records_skipped", "Records that no rule looked at, by reason", ["reason": "older"])
        malformed = context.counter(
            "records_skipped", "Records that no rule looked at, by reason", ["reason": "malformed"])
        refused = context.counter(
            "records_skipped", "Records that no rule looked at, by reason", ["reason": "memory"])
        unknownRanges = context.counter(
            "ranges_unknown", "Ranges that were null, since records of their time had to be forgotten")
        remembered = context.gauge("remembered_bytes", "What is remembered of all markets, of at most --memory")
        log = context.log
        firing = context.gauge("firing", "Alerts that fire now, on this instance's partitions")
        pending = context.gauge("pending", "Alerts whose condition holds, not yet for as long as the rule wants")
        partitions = context.gauge("partitions", "Partitions that this instance has")
        context.gauge("rules", "Rules that are looked at").set(rules.rules.count)
    }

    mutating func assigned(_ core: AlertCore, partition: Int) {
        known.begin((core.alerts.counts, core.malformed), of: partition)
    }

    mutating func wrote(_ batch: OutputBatch) {
        alerts += batch.alerts
    }

    /// The alerts of the transaction that was committed.
    mutating func takePending() -> [Alert] {
        defer { alerts = [] }
        return alerts
    }

    mutating func aborted() { alerts = [] }

    /// Adds what the cores counted since the last commit.
    mutating func committed(_ cores: [AlertCore?]) {
        for (partition, core) in cores.enumerated() {
            guard let core else { continue }
            let counts = core.alerts.counts
            let before = known.commit((counts, core.malformed), of: partition)
            fired.add(Int(counts.fired &- before.alerts.fired))
            resolved.add(Int(counts.resolved &- before.alerts.resolved))
            looked.add(Int(counts.looked &- before.alerts.looked))
            older.add(Int(counts.older &- before.alerts.older))
            malformed.add(Int(core.malformed &- before.malformed))
            note(counts, since: before.alerts, core)
        }
    }

    /// Counts what could not be remembered, and says so at times.
    private func note(_ counts: PartitionAlerts.Counts, since before: PartitionAlerts.Counts, _ core: AlertCore) {
        let unknown = Int(counts.unknownRanges &- before.unknownRanges)
        let skipped = Int(counts.refused &- before.refused)
        unknownRanges.add(unknown)
        refused.add(skipped)
        if rangeTroubles.isDue(adding: unknown), let (series, kind) = core.alerts.lastUnknownRange {
            log.warning(
                "ranges are null: more records came in their time than are remembered",
                ["series": "\(series)", "records": "\(kind)", "mend": "shorten the range, or raise --memory"])
        }
        if roomTroubles.isDue(adding: skipped) {
            log.warning("markets are not looked at: there is no room for more of them", ["mend": "raise --memory"])
        }
    }

    func show(_ cores: [AlertCore?], _ active: [ActiveAlert]) {
        partitions.set(cores.count { $0 != nil })
        remembered.set(cores.reduce(0) { $0 + ($1?.alerts.rememberedBytes ?? 0) })
        let fires = active.count { $0.isFiring }
        firing.set(fires)
        pending.set(active.count - fires)
    }
}

extension OutputBatch {
    /// Those of its records that are alerts.
    var alerts: [Alert] {
        records.filter { $0.topic == .alerts }.compactMap { record in
            try? Alert(decoding: valueBytes.span.bytes.extracting(record.value))
        }
    }
}
