internal import System

/// A call of the operating system failed.
struct BufferFailure: Error, CustomStringConvertible {
    let path: String
    let error: SystemError

    var description: String { "\(path): \(error)" }
}

/// An unlinked file of a buffer: its bytes are taken from the quota as they are written and given back when it goes.
final class BufferFile {
    private let file: FileDescriptor
    private let quota: DiskQuota
    /// Bytes written, and taken from the quota.
    private(set) var usedBytes: Int64 = 0

    init(_ quota: DiskQuota) throws(BufferFailure) {
        self.quota = quota
        do throws(SystemError) { file = try FileDescriptor(temporaryIn: quota.folder) } catch {
            throw BufferFailure(path: quota.folder, error: error)
        }
    }

    deinit { quota.giveBack(usedBytes) }

    /// Writes all of `bytes`, for which room was reserved, and returns where they begin.
    /// - Throws: then nothing was written, and nothing of the reservation is kept.
    func append(reserved bytes: [UInt8]) throws(BufferFailure) -> Int64 {
        let start = usedBytes
        do throws(SystemError) { try file.write(bytes, at: start) } catch {
            try? file.truncate(to: start)
            quota.giveBack(Int64(bytes.count))
            throw BufferFailure(path: quota.folder, error: error)
        }
        usedBytes += Int64(bytes.count)
        return start
    }

    /// Reads `count` bytes from `offset` on.
    /// - Throws: also when the file is shorter (`EIO`).
    func read(at offset: Int64, count: Int) throws(BufferFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        do throws(SystemError) {
            let done = try bytes.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
                try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            }
            guard done == count else { throw SystemError.endOfFile("pread") }
            return bytes
        } catch {
            throw BufferFailure(path: quota.folder, error: error)
        }
    }
}
