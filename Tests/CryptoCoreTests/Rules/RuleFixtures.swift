import CryptoCore
import TestSupport
import Testing

/// Rules and records for the tests of alerts.
enum RuleFixtures {
    static let series = Series(source: "bybit", symbol: "BTC-USDT")
    /// A whole minute. *Units*: ms.
    static let start: Int64 = 1_700_000_040_000

    /// A file with one rule.
    static func file(_ expression: String, _ members: String = "") -> String {
        #"{"groups":[{"name":"g","rules":[{"alert":"A","expr":\#(JSONWriter.quoted(expression))\#(members)}]}]}"#
    }

    static func rules(_ expression: String, _ members: String = "") throws -> RuleSet {
        RuleSet(try RulesFile(parsing: file(expression, members).bytes.span.bytes).rules)
    }

    static func problems(_ file: String) -> [String] {
        do {
            _ = try RulesFile(parsing: file.bytes.span.bytes)
            return []
        } catch { return error.problems.map(\.description) }
    }

    /// A record with some fields; `nil` is null.
    static func record(
        _ kind: RecordKind, at time: Int64, of series: Series = series, _ fields: KeyValuePairs<String, Double?>
    ) -> [UInt8] {
        let texts = fields.map { #","\#($0.key)":\#($0.value.map(\.description) ?? "null")"# }
        let timeField =
            switch kind {
            case .window, .sliding, .live: "window_end"
            case .trend, .indicators, .score: "as_of"
            case .prediction, .tick: "event_time"
            }
        let tick = kind == .tick ? #","kind":"quote","ingest_time":\#(time)"# : ""
        return
            (#"{"source":"\#(series.source)","symbol":"\#(series.symbol)""# + tick
            + #","\#(timeField)":\#(time)\#(texts.joined())}"#).bytes
    }
}

/// The alerts of one partition, fed record by record.
struct VirtualAlerts {
    var core: PartitionAlerts
    var output = OutputBatch(reservingBytes: 1 << 12)

    init(_ rules: RuleSet) { core = PartitionAlerts(rules) }

    init(_ expression: String, _ members: String = "") throws {
        self.init(try RuleFixtures.rules(expression, members))
    }

    mutating func add(
        _ kind: RecordKind, at time: Int64, of series: Series = RuleFixtures.series, clock: Int64 = 0,
        _ fields: KeyValuePairs<String, Double?>
    ) throws {
        try add(kind, RuleFixtures.record(kind, at: time, of: series, fields), of: series, clock: clock)
    }

    mutating func add(
        _ kind: RecordKind, _ value: [UInt8], of series: Series = RuleFixtures.series, clock: Int64 = 0
    ) throws {
        let key = series.description.bytes
        try core.add(.init(kind, clock: clock), key: key.span.bytes, value: value.span.bytes, into: &output)
    }

    mutating func look(atClock now: Int64) { core.look(atClock: now, into: &output) }

    /// What changed so far: `firing` or `resolved` and the time.
    var changes: [String] {
        get throws { try alerts.map { "\($0.state) \($0.asOf - RuleFixtures.start)" } }
    }

    var alerts: [Alert] {
        get throws {
            try output.records.map { try Alert(decoding: output.valueBytes.span.bytes.extracting($0.value)) }
        }
    }
}

/// A changelog as the broker compacts it: the newest value of each key.
struct AlertChangelog {
    private(set) var records: [[UInt8]: [UInt8]] = [:]

    mutating func append(_ batch: ChangelogBatch) {
        for record in batch.records {
            records[Array(batch.bytes[record.key])] = record.value.map { Array(batch.bytes[$0]) }
        }
    }

    /// Writes what changed in a core.
    mutating func take(_ core: inout PartitionAlerts) {
        var batch = ChangelogBatch()
        core.takeChanges(into: &batch)
        append(batch)
    }

    func restored(_ rules: RuleSet, limitBytes: Int = .max) throws(ChangelogError) -> PartitionAlerts {
        var core = PartitionAlerts(rules, limitBytes: limitBytes)
        for (key, value) in records { try core.restore(key: key.span.bytes, value: value.span.bytes, offset: 0) }
        try core.finishRestoring()
        return core
    }
}
