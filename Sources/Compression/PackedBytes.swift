internal import Glibc
internal import System

/// The bytes of a file as they lie in it, a piece at a time.
final class PackedBytes {
    private let file: FileDescriptor
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    /// What was read and not taken yet.
    private var unread = 0..<0

    /// - Throws: `.system`.
    init(_ path: String) throws(InputFileError.Problem) {
        do { file = try FileDescriptor(opening: path) } catch { throw .system(error) }
    }

    var count: Int { unread.count }

    func starts(with bytes: some Sequence<UInt8>) -> Bool { buffer[unread].starts(with: bytes) }

    /// Reads behind what is there, waiting for the first byte.
    /// - Returns: false at the end of the file.
    /// - Throws: `.system`.
    func fill() throws(InputFileError.Problem) -> Bool {
        if unread.isEmpty { unread = 0..<0 }
        let end = unread.upperBound
        let count = try buffer.withUnsafeMutableBufferPointer { bytes throws(InputFileError.Problem) in
            try read(into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[end...])))
        }
        unread = unread.lowerBound..<end + count
        return count > 0
    }

    /// Hands out what was read before, else reads.
    /// - Throws: `.system`.
    func take(into room: UnsafeMutableRawBufferPointer) throws(InputFileError.Problem) -> Int {
        guard !unread.isEmpty else { return try read(into: room) }
        let count = min(room.count, unread.count)
        room.copyBytes(from: buffer[unread.prefix(count)])
        unread = unread.dropFirst(count)
        return count
    }

    /// Calls `body` with what is there; `body` returns how much of it is done with.
    func consume(_ body: (UnsafeMutableBufferPointer<UInt8>) -> Int) {
        let unread = unread
        let count = buffer.withUnsafeMutableBufferPointer { body(UnsafeMutableBufferPointer(rebasing: $0[unread])) }
        self.unread = unread.dropFirst(count)
    }

    private func read(into room: UnsafeMutableRawBufferPointer) throws(InputFileError.Problem) -> Int {
        do { return try file.read(into: room) } catch { throw .system(error) }
    }
}
