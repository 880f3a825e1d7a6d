import Glibc

/// Runs this program once more, so that a measurement has a process of its own: its CPU time and memory are its own.
enum SelfProcess {
    /// Runs `bench WORDS` to its end.
    /// - Returns: what it printed to standard output.
    /// - Throws: `Failed` when it did not exit with 0.
    static func run(_ words: [String]) throws -> String {
        var pipes: [Int32] = [0, 0]
        guard pipe(&pipes) == 0 else { throw Failed(reason: String(cString: strerror(errno))) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO)
        posix_spawn_file_actions_addclose(&actions, pipes[0])
        posix_spawn_file_actions_addclose(&actions, pipes[1])
        var arguments: [UnsafeMutablePointer<CChar>?] = (["bench"] + words).map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        let code = posix_spawn(&child, "/proc/self/exe", &actions, nil, &arguments, environ)
        close(pipes[1])
        defer { close(pipes[0]) }
        guard code == 0 else { throw Failed(reason: String(cString: strerror(code))) }
        let output = readAll(pipes[0])
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else { throw Failed(reason: "wait status \(status)") }
        return output
    }

    private static func readAll(_ file: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    struct Failed: Error, CustomStringConvertible {
        let reason: String
        var description: String { "a part in a process of its own failed: \(reason)" }
    }
}
