internal import Compression
internal import CryptoCore
internal import ServiceKit
internal import System

/// `alerter test RULES FILE`: what the rules would have said of recorded ticks or minutes.
///
/// Of ticks it computes minutes, trends and indicators as the processor does, and has the rules look in the order in which a live
/// alerter would. It gives each alert away as it comes.
struct RuleReplay {
    /// What is made of ticks, in the order of the merge's inputs.
    private static let kinds: [RecordKind] = [.tick, .window, .sliding, .trend, .indicators]

    private var alerts: PartitionAlerts
    private var windows = PartitionWindows(
        configuration: WindowConfiguration(idleAfterTrade: 0, idleAfterQuote: 0), topic: "ticks", partition: 0)
    private var merge = InputMerge(
        topics: kinds.map(\.topicName), at: StreamPosition(inputs: kinds.count), quiet: .goOn)
    private var offset: Int64 = 0
    private var records = 0
    private var unreadable = 0
    private var made = OutputBatch()
    private var output = OutputBatch()
    private let clockRules: [String]
    private let onAlert: (Alert) -> Void

    init(_ rules: RuleSet, onAlert: @escaping (Alert) -> Void) {
        alerts = PartitionAlerts(rules)
        self.onAlert = onAlert
        clockRules = rules.rules.filter(\.usesClock).map(\.name)
    }

    /// Replays a file.
    /// - Returns: what to print at the end.
    /// - Throws: when the file cannot be read, or holds no record.
    mutating func run(_ path: String, _ stop: StopFlag) throws -> String {
        var reader = try LineReader(path: path)
        while !stop.isRequested, try reader.next({ add($0) }) != nil {}
        for input in RuleReplay.kinds.indices { merge.confirmEnd(of: input, at: 1) }
        look()
        guard records > 0 else { throw NoRecords(path: path) }
        return summary()
    }

    /// A file without a record that can be read.
    struct NoRecords: Error, CustomStringConvertible {
        let path: String

        var description: String {
            "\(path): holds no tick and no final minute, as JSON records, one a line: crypto.ticks or "
                + "crypto.windows.tumbling as kcat prints them, for one"
        }
    }

    // MARK: Parts

    private mutating func add(_ line: RawSpan) {
        if line.byteCount == 0 { return }
        if let tick = try? Tick(decoding: line) {
            let key = Array(tick.series.description.utf8)
            windows.add(key: key.span.bytes, value: line, offset: offset, now: 0, into: &made)
            wait(.tick, key, line, tick.eventTime)
            takeMade()
            look()
        } else if let window = try? WindowAggregate(decoding: line), window.isFinal {
            let key = Array(window.series.description.utf8)
            see(window.type == .tumbling ? .window : .sliding, key.span.bytes, line)
            giveAlerts()
        } else {
            unreadable += 1
            return
        }
        records += 1
    }

    /// Lets what the ticks made wait for its turn.
    private mutating func takeMade() {
        for record in made.records {
            guard let kind = RecordKind(of: record.topic), RuleReplay.kinds.contains(kind) else { continue }
            let value = made.valueBytes.span.bytes.extracting(record.value)
            wait(kind, Array(made.keys[record.key]), value, record.topic.time(of: value, appendTime: nil))
        }
        made.removeAll()
    }

    private mutating func wait(_ kind: RecordKind, _ key: [UInt8], _ value: RawSpan, _ time: Int64?) {
        guard let input = RuleReplay.kinds.firstIndex(of: kind) else { return }
        offset += 1
        merge.add(
            RecordStamp(input: input, offset: offset, appendTime: nil), time: time, key: key.span.bytes, value: value,
            readAt: 0)
    }

    /// Has the rules look at what need not wait any more.
    private mutating func look() {
        var merge = merge
        // One owner: nothing is copied.
        self.merge = InputMerge(topics: [], at: StreamPosition(inputs: 0), quiet: .goOn)
        merge.drain { item, key, value in
            if let key, let value { see(RuleReplay.kinds[item.stamp.input], key, value) }
        }
        self.merge = merge
        giveAlerts()
    }

    private mutating func see(_ kind: RecordKind, _ key: RawSpan, _ value: RawSpan) {
        try? alerts.add(.init(kind, clock: 0), key: key, value: value, into: &output)
    }

    private mutating func giveAlerts() {
        for alert in output.alerts { onAlert(alert) }
        output.removeAll()
    }

    private func summary() -> String {
        let counts = alerts.counts
        var text = "\(records) records: \(counts.fired) alerts fired, \(counts.resolved) were resolved\n"
        if unreadable > 0 { text += "\(unreadable) lines are no ticks and no final minutes\n" }
        if !clockRules.isEmpty {
            text += "not tested, as they look at the clock: \(clockRules.joined(separator: ", "))\n"
        }
        return text
    }
}

extension Alert {
    /// A line for a reader: when, what, of which market.
    var line: String {
        let value = value.map { "  \($0)" } ?? ""
        let summary = summary.map { "  \($0)" } ?? ""
        return "\(UTCTime.text(ms: asOf))  \(state)  \(rule)  \(series)\(value)\(summary)"
    }
}
