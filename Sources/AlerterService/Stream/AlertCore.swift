package import CryptoCore
internal import ServiceRuntime

/// The alerts of a partition as `StreamProcessor` runs them: with their place in the inputs, and the clock.
package struct AlertCore: StreamCore {
    /// The version of the record of the position.
    private static let version: Int64 = 2
    /// How often the rules look that look at the clock. *Units*: ms.
    private static let clockLookMs: Int64 = 1_000

    private enum Key: ChangelogKey {
        case position

        func encode(into bytes: inout [UInt8]) { bytes.append(UInt8(ascii: "p")) }
    }

    package private(set) var alerts: PartitionAlerts
    /// Records that are not what their topic holds. The processor, or a sink, has given them to the dead letters.
    package private(set) var malformed: UInt64 = 0
    private var lookedAt = Int64.min
    private var restored: StreamPosition?
    /// When it was restored, while alerts of rules that are gone have not been resolved. *Units*: ms.
    private var restoredAt: Int64?

    init(_ rules: RuleSet, limitBytes: Int) { alerts = PartitionAlerts(rules, limitBytes: limitBytes) }

    package mutating func add(
        _ record: RecordStamp, key: RawSpan?, value: RawSpan?, now: Int64, into output: inout OutputBatch
    ) {
        guard let key, let value else {
            malformed &+= 1
            return
        }
        let arrival = PartitionAlerts.Arrival(
            AlertStream.kinds[record.input], appendTime: record.appendTime, clock: now)
        do throws(DecodeError) {
            try alerts.add(arrival, key: key, value: value, into: &output)
        } catch {
            malformed &+= 1
        }
    }

    package mutating func partitionEnded(confirmedAt: Int64, into output: inout OutputBatch) {
        guard lookedAt == .min || confirmedAt >= lookedAt &+ AlertCore.clockLookMs else { return }
        lookedAt = confirmedAt
        alerts.look(atClock: confirmedAt, into: &output)
    }

    /// Says once of alerts whose rules are gone that they fire no more: before the first commit, which forgets them.
    package mutating func flush(into output: inout OutputBatch) {
        guard let now = restoredAt else { return }
        restoredAt = nil
        alerts.resolveGone(at: now, into: &output)
    }

    package mutating func clockStepped(byMs step: Int64) {
        alerts.clockStepped(byMs: step)
        lookedAt = .min
    }

    // MARK: State

    package var hasChanges: Bool { alerts.hasChanges }

    package mutating func takeChanges(at position: StreamPosition, into batch: inout ChangelogBatch) {
        alerts.takeChanges(into: &batch)
        batch.put(Key.position) {
            $0.put(AlertCore.version)
            position.encode(into: &$0)
        }
    }

    package mutating func restore(key: RawSpan?, value: RawSpan?, offset: Int64) throws(ChangelogError) {
        guard let key, let value, key.withUnsafeBytes({ Array($0) == [UInt8(ascii: "p")] }) else {
            return try alerts.restore(key: key, value: value, offset: offset)
        }
        var reader = ChangelogReader(value.withUnsafeBytes { Array($0) })
        guard let version = try? reader.integer() else { throw .malformed(offset: offset) }
        guard version == AlertCore.version else { throw .version(version) }
        do {
            restored = try StreamPosition(inputs: AlertStream.kinds.count, &reader)
            try reader.end()
        } catch {
            throw .malformed(offset: offset)
        }
    }

    package mutating func endRestoring(now: Int64?) throws(ChangelogError) -> StreamPosition? {
        try alerts.finishRestoring()
        restoredAt = now
        return restored
    }
}
