package import CryptoCore

/// Encoded ticks one behind the other in one reused buffer, as they go to Kafka.
package struct TickBatch: Sendable {
    /// Where one tick lies, and what the shell wants to know without decoding it.
    package struct Entry: BitwiseCopyable, Sendable {
        package var series: SeriesID
        package var offset: Int
        package var count: Int
        package var eventTime: Int64
        package var kind: TickKind
    }

    /// The ticks in the order in which they must be sent.
    package private(set) var entries: [Entry] = []
    /// Memory for the ticks' JSON; what lies behind `usedBytes` is not part of the batch.
    private var storage: [UInt8]
    /// Bytes of JSON in the batch.
    package private(set) var usedBytes = 0

    package init(reservingBytes capacity: Int = 1 << 16) {
        storage = [UInt8](repeating: 0, count: max(capacity, 64))
        entries.reserveCapacity(capacity / 192)
    }

    package var isEmpty: Bool { entries.isEmpty }
    package var count: Int { entries.count }

    /// Forgets the ticks, keeps the memory.
    package mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        usedBytes = 0
    }

    /// The JSON of one tick, valid during the call.
    package func withBytes<R, Failure: Error>(
        of entry: Entry, _ body: (RawSpan) throws(Failure) -> R
    ) throws(Failure) -> R {
        try body(storage.span.bytes.extracting(entry.offset..<entry.offset + entry.count))
    }

    /// Puts the JSON of one tick in place of what `bytes` hold.
    func copy(_ entry: Entry, to bytes: inout [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        withBytes(of: entry) { json in json.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    }

    /// One tick read back.
    package func tick(_ entry: Entry) throws(DecodeError) -> Tick {
        try withBytes(of: entry) { bytes throws(DecodeError) in try Tick(decoding: bytes) }
    }

    /// All ticks read back; for tests and tools, not for the record path.
    package func ticks() throws(DecodeError) -> [Tick] {
        var ticks: [Tick] = []
        for entry in entries { ticks.append(try tick(entry)) }
        return ticks
    }

    // MARK: Writing

    /// Adds a tick that `body` writes: it gets room for `limit` bytes and returns how many it used.
    @inline(__always)
    mutating func append(
        _ series: SeriesID, _ kind: TickKind, eventTime: Int64, limit: Int,
        _ body: (UnsafeMutablePointer<UInt8>) -> Int
    ) {
        if storage.count &- usedBytes < limit { grow(by: limit) }
        let start = usedBytes
        let written = storage.withUnsafeMutableBufferPointer { buffer in
            body(buffer.baseAddress! + start)  // not nil: the storage is never empty
        }
        precondition(written <= limit, "a tick was longer than announced")
        usedBytes = start &+ written
        entries.append(Entry(series: series, offset: start, count: written, eventTime: eventTime, kind: kind))
    }

    /// Adds a tick of another batch.
    package mutating func append(_ entry: Entry, of other: TickBatch) {
        other.withBytes(of: entry) { bytes in
            bytes.withUnsafeBytes { append(entry.series, entry.kind, eventTime: entry.eventTime, copying: $0) }
        }
    }

    /// Adds a tick that is encoded already.
    mutating func append(
        _ series: SeriesID, _ kind: TickKind, eventTime: Int64, copying json: UnsafeRawBufferPointer
    ) {
        append(series, kind, eventTime: eventTime, limit: json.count) { target in
            if let source = json.baseAddress {
                UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: json.count)
            }
            return json.count
        }
    }

    private mutating func grow(by bytes: Int) {
        storage += [UInt8](repeating: 0, count: max(storage.count, bytes))
    }
}
