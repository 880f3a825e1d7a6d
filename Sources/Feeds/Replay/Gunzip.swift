internal import Glibc

/// `gzip` as a child process: the pipe to read from or to write to, and its end.
enum Gunzip {
    /// Starts unpacking the open file and returns the pipe's reading end.
    /// - Throws: `.noGzip`, or `.system` when no pipe or process can be made.
    static func start(reading file: Int32, _ path: String) throws(RecordingError) -> (pipe: Int32, child: pid_t?) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw .system(operation: "pipe", file: path, code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        do throws(RecordingError) {
            return (ends[0], try spawn(["gzip", "-dc"], input: file, output: ends[1], path))
        } catch {
            close(ends[0])
            throw error
        }
    }

    private static func spawn(
        _ command: [String], input: Int32, output: Int32, _ path: String
    ) throws(RecordingError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var child: pid_t = 0
        let code = command.withCStrings { arguments in
            posix_spawnp(&child, command[0], &actions, nil, arguments, environ)
        }
        if code == ENOENT { throw .noGzip(file: path) }
        guard code == 0 else { throw .system(operation: "posix_spawnp gzip", file: path, code: code) }
        return child
    }

    /// Starts packing to the open file and returns the pipe's writing end.
    /// - Throws: `.noGzip`, or `.system` when no pipe or process can be made.
    static func startPacking(to file: Int32, _ path: String) throws(RecordingError) -> (pipe: Int32, child: pid_t?) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw .system(operation: "pipe", file: path, code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        do throws(RecordingError) {
            return (ends[1], try spawn(["gzip", "-c"], input: ends[0], output: file, path))
        } catch {
            close(ends[1])
            throw error
        }
    }

    /// Whether the child, whose output is at its end, ended with an error. It stays to be reaped.
    static func hasFailed(_ child: pid_t) -> Bool {
        var info = siginfo_t()
        guard waitid(P_PID, id_t(child), &info, WEXITED | WNOWAIT) == 0 else { return false }
        return info.si_code != Int32(CLD_EXITED) || info._sifields._sigchld.si_status != 0
    }

    /// Waits for the child's end and returns its status.
    static func reap(_ child: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status
    }
}

extension [String] {
    /// The strings as a C argument vector, valid during the call.
    fileprivate func withCStrings<R>(_ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
        let copies = map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return body(copies + [nil])
    }
}
