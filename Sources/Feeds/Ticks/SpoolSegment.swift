internal import Glibc

/// A call of the operating system failed.
struct SpoolFailure: Error, CustomStringConvertible {
    let operation: StaticString
    let path: String
    let code: Int32

    var description: String { "\(path): \(operation): \(String(cString: strerror(code)))" }
}

/// An unlinked file of a spool: its bytes are taken from the budget as they are written and given back when it goes.
final class SpoolSegment {
    private let descriptor: Int32
    private let budget: SpoolBudget
    /// Bytes written, and taken from the budget.
    private(set) var usedBytes: Int64 = 0

    init(_ budget: SpoolBudget) throws(SpoolFailure) {
        self.budget = budget
        var template = Array("\(budget.folder)/cryptostream-XXXXXX".utf8CString)
        descriptor = template.withUnsafeMutableBufferPointer { name in
            let file = mkstemp(name.baseAddress!)  // not nil: the name is not empty
            if file >= 0 { unlink(name.baseAddress!) }  // not nil: see above
            return file
        }
        guard descriptor >= 0 else { throw SpoolFailure(operation: "mkstemp", path: budget.folder, code: errno) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        budget.giveBack(usedBytes)
    }

    /// Writes all of `bytes`, for which room was reserved, and returns where they begin.
    /// - Throws: then nothing was written, and nothing of the reservation is kept.
    func append(reserved bytes: [UInt8]) throws(SpoolFailure) -> Int64 {
        let start = usedBytes
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                pwrite(descriptor, raw.baseAddress! + done, raw.count - done, Int(start) + done)  // not nil: not empty
            }
            if count > 0 {
                done += count
                continue
            }
            let code = count == 0 ? ENOSPC : errno
            if code == EINTR { continue }
            _ = ftruncate(descriptor, Int(start))
            budget.giveBack(Int64(bytes.count))
            throw SpoolFailure(operation: "pwrite", path: budget.folder, code: code)
        }
        usedBytes += Int64(bytes.count)
        return start
    }

    /// Reads `count` bytes from `offset` on.
    /// - Throws: also when the file is shorter (`EIO`).
    func read(at offset: Int64, count: Int) throws(SpoolFailure) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, done in
            while done < count, code == 0 {
                let got = pread(descriptor, target.baseAddress! + done, count - done, Int(offset) + done)  // not nil
                if got > 0 {
                    done += got
                } else if got == 0 {
                    code = EIO
                } else if errno != EINTR {
                    code = errno
                }
            }
        }
        guard code == 0 else { throw SpoolFailure(operation: "pread", path: budget.folder, code: code) }
        return bytes
    }

    /// Breaks a byte; for tests of what becomes of it.
    func damage(at offset: Int64) throws(SpoolFailure) {
        var byte = try read(at: offset, count: 1)[0] ^ 0x10
        guard pwrite(descriptor, &byte, 1, Int(offset)) == 1 else {
            throw SpoolFailure(operation: "pwrite", path: budget.folder, code: errno)
        }
    }
}
