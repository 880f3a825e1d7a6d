internal import CryptoCore

/// Encoded ticks one behind the other, each with what a batch knows of it: 17 bytes, then the JSON.
struct BufferBlock {
    static let headBytes = 17

    private(set) var bytes: [UInt8] = []
    /// Ticks that were not taken yet.
    private(set) var count = 0
    private var start = 0

    init() {}

    /// A block that was written before, read back.
    init(_ bytes: [UInt8], count: Int) {
        self.bytes = bytes
        self.count = count
    }

    /// Bytes that were not taken yet.
    var sizeBytes: Int { bytes.count - start }

    mutating func append(_ entry: TickBatch.Entry, _ json: RawSpan) {
        func put<T: FixedWidthInteger>(_ number: T) {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        put(entry.series.index)
        put(entry.kind.rawValue)
        put(entry.eventTime)
        put(UInt32(json.byteCount))
        json.withUnsafeBytes { bytes.append(contentsOf: $0) }
        count += 1
    }

    /// Copies the oldest ticks to the end of `batch`: at most `limit`, and no more than `most` bytes of JSON; with
    /// `evenTooLong` the first one whatever its length.
    func copy(limit: Int, bytes most: Int, evenTooLong: Bool, into batch: inout TickBatch) -> Int {
        var (copied, used) = (0, 0)
        forEach { entry, json in
            if copied == limit || used + entry.count > most && (copied > 0 || !evenTooLong) { return false }
            json.withUnsafeBytes { batch.append(entry.series, entry.kind, eventTime: entry.eventTime, copying: $0) }
            copied += 1
            used += entry.count
            return true
        }
        return copied
    }

    /// Drops the oldest `ticks`, of which there are so many.
    mutating func removeFirst(_ ticks: Int) {
        precondition(ticks <= count, "a buffer's block has fewer ticks")
        var (left, end) = (ticks, start)
        forEach { entry, _ in
            if left == 0 { return false }
            left -= 1
            end = entry.offset + entry.count
            return true
        }
        count -= ticks
        start = end
    }

    /// Calls `body` for each tick that was not taken yet, the oldest first, until it returns false; the JSON lies at the entry's
    /// offset in `bytes`.
    func forEach(_ body: (TickBatch.Entry, RawSpan) -> Bool) {
        let span = bytes.span.bytes
        bytes.withUnsafeBytes { raw in
            var at = start
            for _ in 0..<count {
                let entry = TickBatch.Entry(
                    series: SeriesID(index: raw.loadUnaligned(fromByteOffset: at, as: Int32.self).littleEndian),
                    offset: at + BufferBlock.headBytes,
                    count: Int(raw.loadUnaligned(fromByteOffset: at + 13, as: UInt32.self).littleEndian),
                    eventTime: raw.loadUnaligned(fromByteOffset: at + 5, as: Int64.self).littleEndian,
                    kind: TickKind(rawValue: raw[at + 4]) ?? .gap)
                at = entry.offset + entry.count
                guard body(entry, span.extracting(entry.offset..<at)) else { return }
            }
        }
    }

    var checksum: UInt64 {
        WordHash.of(bytes.span.bytes, from: 0, count: bytes.count, seed: 0x9E37_79B9_7F4A_7C15)
    }
}
