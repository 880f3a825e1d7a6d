import Glibc
import System
import TestSupport
import TestTraits
import Testing

@Suite("Descriptors", .waiting)
struct FileDescriptorTests {
    /// Far longer than anything here takes; only a test that fails waits for it.
    private static let limitMs: Int64 = 20_000

    /// A file with these bytes, of nobody else.
    private func file(_ bytes: [UInt8] = []) throws -> FileDescriptor {
        let file = try FileDescriptor(temporaryIn: "/tmp")
        try file.write(bytes)
        return file
    }

    private func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private func isOpen(_ number: Int32) -> Bool { fcntl(number, F_GETFD) >= 0 }

    @Test(
        "a call is made again as often as signals interrupt it, and its result is the last one's", arguments: [0, 1, 7])
    func interrupted(times: Int) throws {
        var calls = 0
        let result = try SystemError.check("read") {
            calls += 1
            errno = EINTR
            return calls > times ? 42 : -1
        }
        #expect(result == 42)
        #expect(calls == times + 1)
    }

    @Test("any other error is thrown, with the call's name, and the call is not made again")
    func failed() {
        var calls = 0
        #expect(throws: SystemError(operation: "write", code: ENOSPC)) {
            try SystemError.check("write") {
                calls += 1
                errno = ENOSPC
                return -1
            }
        }
        #expect(calls == 1)
        #expect("\(SystemError(operation: "write", code: ENOSPC))" == "write: No space left on device")
    }

    @Test("a read that signals interrupt gives what comes in the end")
    func interruptedRead() throws {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }  // without SA_RESTART the kernel ends a call with EINTR
        sigaction(SIGUSR1, &action, nil)
        // A child whose output comes when we say so.
        let child = try ChildProcess(["cat"], input: .pipe, output: .pipe)
        guard let output = child.output.take() else {
            Issue.record("no pipe")
            return
        }
        let (reader, text) = (Monitor<pthread_t?>(nil), Monitor<String?>(nil))
        let thread = Thread(name: "reader") {
            reader.change { $0 = pthread_self() }
            let bytes = try output.contents()
            text.change { $0 = String(decoding: bytes, as: UTF8.self) }
        }
        let id = try #require(reader.wait(ms: Self.limitMs) { $0 })
        for _ in 0..<50 {
            pthread_kill(id, SIGUSR1)
            sched_yield()
        }
        try child.input?.write(Array("hello".utf8))
        child.input = nil
        #expect(text.wait(ms: Self.limitMs) { $0 } == "hello")
        guard case .finished = thread.join(ms: Self.limitMs) else {
            Issue.record("the read was given up")
            return
        }
    }

    @Test("a descriptor is closed when its owner goes, and when it is told to")
    func closing() throws {
        let numbers: [Int32]
        do {
            let one = try file()
            let other = try file()
            numbers = [one.number, other.number]
            #expect(numbers.allSatisfy(isOpen))
            try one.close()
        }
        // Others may have opened files meanwhile; but not two unlinked ones of ours.
        for number in numbers where isOpen(number) {
            var status = stat()
            #expect(fstat(number, &status) != 0 || status.st_nlink > 0 || status.st_mode & S_IFMT != S_IFREG)
        }
    }

    @Test("what was written is read back, in pieces and from any place", arguments: [0, 1, 65_536, 300_001])
    func roundTrip(count: Int) throws {
        let written = bytes(count, seed: UInt64(count))
        let file = try file(written)
        #expect(try file.length() == Int64(count))
        var all = [UInt8](repeating: 0, count: count + 10)
        #expect(try all.withUnsafeMutableBytes { try file.read(into: $0, at: 0) } == count, "the file ends there")
        #expect(Array(all[..<count]) == written)
        let middle = count / 2
        try file.write([1, 2, 3], at: Int64(middle))
        var piece: [UInt8] = [0, 0, 0]
        #expect(try piece.withUnsafeMutableBytes { try file.read(into: $0, at: Int64(middle)) } == 3)
        #expect(piece == [1, 2, 3])
        try file.truncate(to: Int64(middle))
        #expect(try file.length() == Int64(middle))
        try file.sync()
    }

    @Test("a file is read to its end, whatever its size says")
    func contents() throws {
        #expect(try FileDescriptor(opening: "/proc/self/cmdline").contents().isEmpty == false)
        for count in [0, 1, 65_536, 100_000] {
            #expect(try FileDescriptor(opening: "/dev/zero").contents(upTo: count) == Array(repeating: 0, count: count))
        }
        #expect(throws: SystemError(operation: "open", code: ENOENT)) {
            _ = try FileDescriptor(opening: "/no/such/file")
        }
        #expect(throws: SystemError(operation: "read", code: EISDIR)) { try FileDescriptor(opening: "/").contents() }
        #expect(throws: SystemError(operation: "write", code: ENOSPC)) {
            try FileDescriptor(opening: "/dev/full", O_WRONLY).write([1])
        }
    }

    @Test("a lock is one owner's until it is closed")
    func locking() throws {
        let path = "/tmp/system-tests-\(getpid()).lock"
        defer { unlink(path) }
        do {
            let first = try FileDescriptor(opening: path, O_RDWR | O_CREAT)
            let second = try FileDescriptor(opening: path, O_RDWR)
            #expect(try first.lock())
            #expect(try !second.lock())
        }
        #expect(try FileDescriptor(opening: path, O_RDWR).lock())
    }

    @Test("a mark knows a file by what it is, not by its name")
    func marks() throws {
        let path = "/tmp/system-tests-\(getpid()).mark"
        defer { unlink(path) }
        let first = try FileDescriptor(opening: path, O_RDWR | O_CREAT)
        #expect(FileMark(path: path) == FileMark(first))
        unlink(path)
        #expect(FileMark(path: path) == nil)
        let second = try FileDescriptor(opening: path, O_RDWR | O_CREAT)
        #expect(FileMark(path: path) == FileMark(second))
        #expect(FileMark(first) != FileMark(second))
    }
}
