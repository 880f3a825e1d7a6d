internal import Glibc
internal import Synchronization

/// Held while a descriptor is made and marked as ours alone, and while a child starts: neither happens amid the other.
let startOfChildren = Mutex(())

/// An open file or pipe, closed when its owner goes. No child process inherits it.
///
/// *Thread*: any; the kernel takes the calls as they come.
package struct FileDescriptor: ~Copyable, Sendable {
    /// The process's standard error.
    package static let standardError = FileDescriptor(adopting: STDERR_FILENO)

    /// The kernel's number, to lend to a C function or a child.
    package let number: Int32

    /// Owns what a C function opened.
    package init(adopting number: Int32) { self.number = number }

    /// Opens a file. *Units*: `mode` as for `open`, before the process's mask.
    package init(
        opening path: String, _ flags: Int32 = O_RDONLY, mode: UInt32 = 0o666
    ) throws(SystemError) {
        number = try SystemError.check("open") { open(path, flags | O_CLOEXEC, mode) }
    }

    /// Owns what a C function makes that cannot mark it as ours alone, such as `accept`: it must not wait.
    package init(_ operation: StaticString, from call: () -> Int32) throws(SystemError) {
        number = try startOfChildren.withLock { _ throws(SystemError) in
            let made = try SystemError.check(operation, call)
            _ = fcntl(made, F_SETFD, FD_CLOEXEC)
            return made
        }
    }

    /// A file of its own in that folder, which nobody else can see and which goes with the descriptor.
    package init(temporaryIn folder: String) throws(SystemError) {
        var template = Array("\(folder)/cryptostream-XXXXXX".utf8CString)
        self = try FileDescriptor("mkstemp") { mkstemp(&template) }
        unlink(template)
    }

    deinit { Glibc.close(number) }

    /// Closes it now. Whatever this throws, it is closed; the file system may tell here what it could not write.
    package consuming func close() throws(SystemError) {
        let code = Glibc.close(number)
        let error = SystemError.last("close")
        discard self
        if code != 0, error.code != EINTR { throw error }
    }

    /// Both ends of a new pipe; the caller owns both.
    static func pipe() throws(SystemError) -> (reading: Int32, writing: Int32) {
        try startOfChildren.withLock { _ throws(SystemError) in
            var ends: [Int32] = [-1, -1]
            try SystemError.check("pipe") { Glibc.pipe(&ends) }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return (ends[0], ends[1])
        }
    }

    // MARK: Bytes

    /// Reads what there is, waiting for the first byte; how many, 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        try SystemError.check("read") { Glibc.read(number, buffer.baseAddress, buffer.count) }
    }

    /// The same from a place in a file; fewer than there is room for only at its end.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(SystemError) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = try SystemError.check("pread") {
                pread(number, rest.baseAddress, rest.count, Int(offset) + done)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Everything up to the end, or so many bytes of it.
    package func contents(upTo limit: Int = .max) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit, 1 << 16))
        while bytes.count < limit {
            let count = try chunk.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
                try read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<min(count, limit - bytes.count)])
        }
        return bytes
    }

    /// Writes all of it; part of it may be written when this throws.
    package func write(_ bytes: [UInt8]) throws(SystemError) {
        try writeAll("write", bytes) { rest, _ in Glibc.write(number, rest.baseAddress, rest.count) }
    }

    /// The same at a place in a file.
    package func write(_ bytes: [UInt8], at offset: Int64) throws(SystemError) {
        try writeAll("pwrite", bytes) { rest, done in pwrite(number, rest.baseAddress, rest.count, Int(offset) + done) }
    }

    private func writeAll(
        _ operation: StaticString, _ bytes: [UInt8], _ call: (UnsafeRawBufferPointer, Int) -> Int
    ) throws(SystemError) {
        try bytes.withUnsafeBufferPointer { buffer throws(SystemError) in
            let all = UnsafeRawBufferPointer(buffer)
            var done = 0
            while done < all.count {
                let rest = UnsafeRawBufferPointer(rebasing: all[done...])
                let count = try SystemError.check(operation) { call(rest, done) }
                // No file takes nothing for ever: the disk is full.
                if count == 0 { throw SystemError(operation: operation.description, code: ENOSPC) }
                done += count
            }
        }
    }

    // MARK: The file

    /// *Units*: bytes.
    package func length() throws(SystemError) -> Int64 {
        var status = stat()
        try SystemError.check("fstat") { fstat(number, &status) }
        return Int64(status.st_size)
    }

    /// Cuts the file.
    package func truncate(to length: Int64) throws(SystemError) {
        try SystemError.check("ftruncate") { ftruncate(number, Int(length)) }
    }

    /// Waits until the disk has what was written.
    package func sync() throws(SystemError) { try SystemError.check("fsync") { fsync(number) } }

    /// Gives back what `lock` took. Closing alone does not, while a child process that was just begun has a copy of the descriptor: until its
    /// program starts. *Source*: flock(2).
    package func unlock() { flock(number, LOCK_UN) }

    /// Takes the file for this process until it is closed; false while another one has it.
    package func lock() throws(SystemError) -> Bool {
        do {
            try SystemError.check("flock") { flock(number, LOCK_EX | LOCK_NB) }
            return true
        } catch  where error.code == EWOULDBLOCK {
            return false
        }
    }
}
