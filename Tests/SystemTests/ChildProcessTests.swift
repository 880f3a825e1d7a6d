import Glibc
import System
import TestSupport
import TestTraits
import Testing

private typealias ChildProcess = System.ChildProcess

@Suite("Child processes", .waiting)
struct ChildProcessTests {
    private func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }

    @Test("a child's status is what it ended with", arguments: [0, 1, 7, 255] as [Int32])
    func status(status: Int32) throws {
        let child = try ChildProcess(["sh", "-c", "exit \(status)"])
        #expect(child.wait() == .status(status))
        #expect(child.wait() == .status(status), "asked again")
        #expect(child.poll() == .status(status))
    }

    @Test("a child that a signal ends says which", arguments: [SIGKILL, SIGSEGV])
    func signals(number: Int32) throws {
        // Not a signal that this thread may have blocked: a child inherits that.
        let child = try ChildProcess(["sleep", "1000"])
        #expect(child.poll() == nil)
        child.signal(number)
        #expect(child.wait() == .signal(number))
        child.signal(number)  // not to whoever has its number now
    }

    @Test("what goes into a child comes out, however long it is", arguments: [0, 1, 1_000_000])
    func pipes(count: Int) throws {
        var random = SplitMix64(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        let file = try FileDescriptor(temporaryIn: "/tmp")
        try file.write(bytes, at: 0)
        let child = try ChildProcess(["cat"], input: .descriptor(file.number), output: .pipe)
        #expect(try child.output?.contents() == bytes)
        #expect(child.wait() == .status(0))
        let other = try ChildProcess(["wc", "-c"], input: .pipe, output: .pipe)
        try other.input?.write(bytes)
        other.input = nil
        #expect(text(try other.output?.contents()) == "\(count)\n")
    }

    @Test("standard error has a pipe of its own, or goes nowhere")
    func errors() throws {
        let script = "echo out; echo err >&2"
        let both = try ChildProcess(["sh", "-c", script], output: .pipe, errors: .pipe)
        #expect(text(try both.output?.contents()) == "out\n")
        #expect(text(try both.errors?.contents()) == "err\n")
        let one = try ChildProcess(["sh", "-c", script], output: .pipe, errors: .nowhere)
        #expect(text(try one.output?.contents()) == "out\n")
        let file = try FileDescriptor(temporaryIn: "/tmp")
        #expect(
            try ChildProcess(
                ["sh", "-c", script], output: .descriptor(file.number), errors: .descriptor(file.number)
            ).wait() == .status(0))
        #expect(try file.length() == 8)
    }

    @Test("no child holds a file or pipe of ours, however many threads make them while it starts")
    func descriptors() throws {
        // A folder of its own: other suites of this process hold files, too, and some of those are not ours to close.
        let folder = "/tmp/children-of-\(getpid())"
        mkdir(folder, 0o700)
        defer { rmdir(folder) }
        let stop = StopFlag()
        let makers = (0..<3).map { index in
            Thread(name: "maker\(index)") {
                while !stop.isRequested { _ = try FileDescriptor(temporaryIn: folder) }
            }
        }
        let other = try ChildProcess(["cat"], input: .pipe, output: .pipe)
        let pipe = target(of: other.input?.number ?? -1)
        #expect(pipe.hasPrefix("pipe:"))
        for _ in 0..<30 {
            let child = try ChildProcess(["ls", "-l", "/proc/self/fd"], input: .nowhere, output: .pipe)
            let held = text(try child.output?.contents())
            #expect(!held.contains(folder) && !held.contains(pipe))
        }
        stop.request()
        #expect(Thread.joinAll(makers, ms: 20_000).isEmpty)
    }

    /// What the kernel calls the file behind a descriptor.
    private func target(of number: Int32) -> String {
        var name = [UInt8](repeating: 0, count: 256)
        let count = name.withUnsafeMutableBytes { readlink("/proc/self/fd/\(number)", $0.baseAddress!, $0.count) }
        return text(Array(name[..<max(0, count)]))
    }

    @Test("a program that is not there is an error, and leaves no pipe open")
    func missing() throws {
        for _ in 0..<2_000 {
            #expect(throws: SystemError(operation: "posix_spawnp", code: ENOENT)) {
                _ = try ChildProcess(["no-such-program"], input: .pipe, output: .pipe)
            }
        }
    }

    @Test("the program may have another name than its first argument")
    func program() throws {
        let child = try ChildProcess(["other", "-c", "echo $0"], program: "/bin/sh", output: .pipe)
        #expect(text(try child.output?.contents()) == "other\n")
    }

    @Test("a child apart is signalled with all that it started, blocks no signal and does not ignore SIGPIPE")
    func apart() throws {
        signal(SIGPIPE, SIG_IGN)
        var blocked = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &blocked, nil)
        defer { pthread_sigmask(SIG_UNBLOCK, &blocked, nil) }
        let words = ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]
        let state = try ChildProcess(words, isApart: true, output: .pipe)
        let masks = text(try state.output?.contents()).split(separator: "\n").map { line in
            UInt64(line.split(separator: "\t").last ?? "", radix: 16)
        }
        #expect(masks.first == 0)
        #expect(masks.last?.map { $0 & 1 << UInt64(SIGPIPE - 1) } == 0)

        let child = try ChildProcess(["sh", "-c", "sleep 1000 & sleep 1000"], isApart: true, output: .pipe)
        child.signal(SIGTERM)
        #expect(child.wait() == .signal(SIGTERM))
        #expect(try child.output?.contents() == [], "the pipe ends with the last of those that hold it")
    }

    @Test("whoever drops a child closes its pipes and waits for its end")
    func dropping() throws {
        let pid: Int32
        do {
            let child = try ChildProcess(["cat"], input: .pipe, output: .pipe)
            pid = child.pid
        }
        #expect(waitpid(pid, nil, WNOHANG) == -1 && errno == ECHILD, "no zombie is left")
    }
}
