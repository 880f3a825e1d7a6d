internal import CryptoCore
internal import Storage

/// A record that has no place in the store, with its untouched bytes.
struct RefusedRecord: Sendable {
    var origin: RecordOrigin
    var key: [UInt8]?
    var value: [UInt8]?
    /// For a person, as it stands in the dead letter's header.
    var error: String
    /// For counters: `malformed` (not the record it should be) or `refused` (by the store).
    var isMalformed: Bool
}

/// Records that were read and not written yet: as rows, and as the bytes that a dead letter would carry.
struct PendingBatch: Sendable {
    private(set) var rows: RowBatch
    /// Records that have no place in the store; all but malformed ticks go to the dead letters.
    private(set) var refused: [RefusedRecord] = []
    /// Records read since the batch was empty.
    private(set) var records = 0
    private var raw: [UInt8] = []
    private var places: [Place] = []

    /// Where a row's record lies in `raw`; a negative count stands for null.
    private struct Place {
        var start: Int
        var keyCount: Int
        var valueCount: Int
    }

    init(prefix: String) { rows = RowBatch(prefix: prefix) }

    var isEmpty: Bool { records == 0 }
    /// About what the batch takes in memory.
    var byteCount: Int { rows.byteCount &+ raw.count }

    /// Adds one record: a row, or something refused when it is not what its topic holds.
    /// - Parameters:
    ///   - appendTime: when the broker wrote the record to its log (ms); nil where the record's time is not the broker's.
    ///   - letter: what a dead letter's headers say; asked for dead letters only.
    mutating func add(
        _ origin: RecordOrigin, key: RawSpan?, value: RawSpan?, appendTime: Int64?, letter: () -> DeadLetter?
    ) {
        records &+= 1
        do {
            try rows.append(origin, key: key, value: value, appendTime: appendTime, letter: letter)
            keep(key: key, value: value)
        } catch {
            refused.append(
                RefusedRecord(
                    origin: origin, key: PendingBatch.copy(key), value: PendingBatch.copy(value),
                    error: error.description, isMalformed: true))
        }
    }

    /// Takes what the store refused.
    mutating func refuse(_ rejected: [RejectedRow]) {
        for rejection in rejected {
            let place = places[rejection.row]
            let valueStart = place.start + max(0, place.keyCount)
            refused.append(
                RefusedRecord(
                    origin: rows.rows[rejection.row].origin,
                    key: place.keyCount < 0 ? nil : Array(raw[place.start..<valueStart]),
                    value: place.valueCount < 0 ? nil : Array(raw[valueStart..<valueStart + place.valueCount]),
                    error: rejection.reason, isMalformed: false))
        }
    }

    /// Forgets everything, keeps the memory.
    mutating func removeAll() {
        rows.removeAll()
        refused.removeAll(keepingCapacity: true)
        raw.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        records = 0
    }

    private mutating func keep(key: RawSpan?, value: RawSpan?) {
        places.append(
            Place(start: raw.count, keyCount: key?.byteCount ?? -1, valueCount: value?.byteCount ?? -1))
        key?.withUnsafeBytes { raw.append(contentsOf: $0) }
        value?.withUnsafeBytes { raw.append(contentsOf: $0) }
    }

    private static func copy(_ bytes: RawSpan?) -> [UInt8]? { bytes?.withUnsafeBytes { Array($0) } }
}
