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
        bytes.withUnsafeBytes { raw in
            var at = start
            var copied = 0
            var used = 0
            while copied < min(limit, count) {
                let length = BufferBlock.jsonLength(raw, at)
                if used + length > most, copied > 0 || !evenTooLong { break }
                let json = at + BufferBlock.headBytes
                batch.append(
                    SeriesID(index: raw.loadUnaligned(fromByteOffset: at, as: Int32.self).littleEndian),
                    TickKind(rawValue: raw[at + 4]) ?? .gap,
                    eventTime: raw.loadUnaligned(fromByteOffset: at + 5, as: Int64.self).littleEndian,
                    copying: UnsafeRawBufferPointer(rebasing: raw[json..<json + length]))
                used += length
                copied += 1
                at = json + length
            }
            return copied
        }
    }

    /// Drops the oldest `ticks`, of which there are so many.
    mutating func removeFirst(_ ticks: Int) {
        precondition(ticks <= count, "a buffer's block has fewer ticks")
        start = bytes.withUnsafeBytes { raw in
            var at = start
            for _ in 0..<ticks { at += BufferBlock.headBytes + BufferBlock.jsonLength(raw, at) }
            return at
        }
        count -= ticks
    }

    var checksum: UInt64 {
        WordHash.of(bytes.span.bytes, from: 0, count: bytes.count, seed: 0x9E37_79B9_7F4A_7C15)
    }

    private static func jsonLength(_ raw: UnsafeRawBufferPointer, _ at: Int) -> Int {
        Int(raw.loadUnaligned(fromByteOffset: at + 13, as: UInt32.self).littleEndian)
    }
}
