/// Bytes that wait to be used, first in, first out; the memory stays.
struct ByteQueue {
    private var bytes: [UInt8] = []
    private var start = 0

    var count: Int { bytes.count - start }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }

    mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    /// Forgets the first `n`, of which there are as many.
    mutating func removeFirst(_ n: Int) {
        start += n
        guard start == bytes.count || start > 1 << 16 else { return }
        bytes.removeSubrange(..<start)
        start = 0
    }

    /// The first `n`, or as many as there are; valid during the call.
    func withFirst<R>(_ n: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<start + min(n, count)])) }
    }

    /// A number of four bytes at a place that is there.
    func int32(at offset: Int) -> Int32 {
        bytes[(start + offset)..<(start + offset + 4)].reduce(0) { $0 << 8 | Int32($1) }
    }

    /// A number of two bytes at a place that is there.
    func int16(at offset: Int) -> Int16 { Int16(bytes[start + offset]) << 8 | Int16(bytes[start + offset + 1]) }

    /// A copy of the first `n`, of which there are as many.
    func first(_ n: Int) -> [UInt8] { Array(bytes[start..<start + n]) }
}
