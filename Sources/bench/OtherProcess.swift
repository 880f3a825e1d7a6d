import Glibc

/// A program that runs beside the benchmark, to be measured or to measure. It is killed when nobody has it any more.
final class OtherProcess {
    let pid: pid_t
    private let output: Int32
    private var buffered: [UInt8] = []
    private var isOver = false

    /// Starts a program; one without a slash is looked for in `PATH`.
    /// - Parameter core: where it runs; nil, or a machine with one core: anywhere.
    init(_ words: [String], core: Int? = nil) throws {
        let isPinned = core != nil && sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1
        let all = (isPinned ? ["taskset", "-c", "\(core ?? 0)"] : []) + words
        var pipes: [Int32] = [0, 0]
        guard pipe(&pipes) == 0 else { throw SelfProcess.Failed(reason: String(cString: strerror(errno))) }
        for end in pipes { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO)
        var arguments: [UnsafeMutablePointer<CChar>?] = all.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        let code = posix_spawnp(&child, all[0], &actions, nil, &arguments, environ)
        close(pipes[1])
        output = pipes[0]
        pid = child
        guard code == 0 else {
            isOver = true
            throw SelfProcess.Failed(reason: "\(all[0]): \(String(cString: strerror(code)))")
        }
    }

    deinit {
        if !isOver { kill(pid, SIGKILL) }
        close(output)
        if !isOver { wait() }
    }

    /// The path of a program beside this one.
    static func sibling(_ name: String) -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = max(0, readlink("/proc/self/exe", &path, Int(PATH_MAX)))
        let own = String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return own[...(own.lastIndex(of: "/") ?? own.startIndex)] + name
    }

    /// The next line that it prints; nil at its end.
    func line() -> String? {
        while true {
            if let end = buffered.firstIndex(of: UInt8(ascii: "\n")) {
                defer { buffered.removeFirst(end + 1) }
                return String(decoding: buffered[..<end], as: UTF8.self)
            }
            guard more() else { return nil }
        }
    }

    /// All that it prints until its end.
    /// - Throws: when it did not exit with 0.
    func finish() throws -> String {
        while more() {}
        guard wait() == 0 else { throw SelfProcess.Failed(reason: String(decoding: buffered, as: UTF8.self)) }
        return String(decoding: buffered, as: UTF8.self)
    }

    /// CPU time so far. *Units*: microseconds, by the kernel's ticks of 10 ms.
    var cpuUs: Double {
        guard let file = fopen("/proc/\(pid)/stat", "r") else { return 0 }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 1_024)
        guard fgets(&text, Int32(text.count), file) != nil else { return 0 }
        let line = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The name, in parentheses, may have blanks; user and system time are the 12th and 13th behind it.
        let fields = line[(line.lastIndex(of: ")") ?? line.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
        return (user + system) * 1e6 / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private func more() -> Bool {
        var piece = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(output, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            if count > 0 { buffered += piece[..<count] }
            return count > 0
        }
    }

    @discardableResult
    private func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        isOver = true
        return status
    }
}
