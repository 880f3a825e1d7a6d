internal import System

/// A call of the operating system failed.
struct SpoolFailure: Error, CustomStringConvertible {
    let path: String
    let error: SystemError

    var description: String { "\(path): \(error)" }
}

/// An unlinked file of a spool: its bytes are taken from the budget as they are written and given back when it goes.
final class SpoolSegment {
    private let file: FileDescriptor
    private let budget: SpoolBudget
    /// Bytes written, and taken from the budget.
    private(set) var usedBytes: Int64 = 0

    init(_ budget: SpoolBudget) throws(SpoolFailure) {
        self.budget = budget
        do throws(SystemError) { file = try FileDescriptor(temporaryIn: budget.folder) } catch {
            throw SpoolFailure(path: budget.folder, error: error)
        }
    }

    deinit { budget.giveBack(usedBytes) }

    /// Writes all of `bytes`, for which room was reserved, and returns where they begin.
    /// - Throws: then nothing was written, and nothing of the reservation is kept.
    func append(reserved bytes: [UInt8]) throws(SpoolFailure) -> Int64 {
        let start = usedBytes
        do throws(SystemError) { try file.write(bytes, at: start) } catch {
            try? file.truncate(to: start)
            budget.giveBack(Int64(bytes.count))
            throw SpoolFailure(path: budget.folder, error: error)
        }
        usedBytes += Int64(bytes.count)
        return start
    }

    /// Reads `count` bytes from `offset` on.
    /// - Throws: also when the file is shorter (`EIO`).
    func read(at offset: Int64, count: Int) throws(SpoolFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        do throws(SystemError) {
            let done = try bytes.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
                try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            }
            guard done == count else { throw SystemError.endOfFile("pread") }
            return bytes
        } catch {
            throw SpoolFailure(path: budget.folder, error: error)
        }
    }

    /// Breaks a byte; for tests of what becomes of it.
    func damage(at offset: Int64) throws {
        try file.write([read(at: offset, count: 1)[0] ^ 0x10], at: offset)
    }
}
