internal import Glibc
internal import Synchronization

/// A program that runs as a child of this process. It has its three standard streams and no
/// `FileDescriptor` of ours.
///
/// It inherits what the calling thread blocks: where that is SIGINT, a terminal's ^C leaves the child to us.
///
/// *Thread*: one at a time. When nobody holds it any more, our ends of its pipes are closed and its end is waited for, so that
/// no zombie is left: a child that does not end by itself is signalled before.
package final class ChildProcess {
    /// Where a standard stream of the child leads.
    package enum Stream: Sendable {
        /// Where ours does.
        case inherited
        /// `/dev/null`.
        case nowhere
        /// To us: `input`, `output` or `errors`.
        case pipe
        /// A copy of this descriptor.
        case descriptor(Int32)
    }

    /// How a child ended.
    package enum Exit: Equatable, Sendable {
        /// With a status.
        case status(Int32)
        /// By a signal.
        case signal(Int32)
    }

    package let pid: Int32
    private let isApart: Bool
    /// Our end of the pipe to its standard input; nil closes it, and the child reads the end.
    package var input: FileDescriptor?
    /// Our end of the pipe from its standard output.
    package var output: FileDescriptor?
    /// Our end of the pipe from its standard error.
    package var errors: FileDescriptor?
    private var exit: Exit?

    /// Starts it.
    ///
    /// - Parameters:
    ///   - words: its arguments, its own name first.
    ///   - program: the file; without a slash, the first so named in the folders of `PATH`. Nil: the first of the words.
    ///   - isApart: in a process group of its own, which `signal` reaches whole, and as from a shell: no signal is blocked, and
    ///     SIGPIPE ends it.
    /// - Throws: `posix_spawnp`, with `ENOENT` where there is no such program; `pipe`.
    package init(
        _ words: [String], program: String? = nil, isApart: Bool = false, input: Stream = .inherited,
        output: Stream = .inherited, errors: Stream = .inherited
    ) throws(SystemError) {
        var streams = ChildStreams()
        let inputEnd = try streams.connect(STDIN_FILENO, input)
        let outputEnd = try streams.connect(STDOUT_FILENO, output)
        let errorsEnd = try streams.connect(STDERR_FILENO, errors)
        pid = try streams.spawn(program ?? words[0], words, isApart: isApart)
        self.isApart = isApart
        self.input = inputEnd.map { FileDescriptor(adopting: $0) }
        self.output = outputEnd.map { FileDescriptor(adopting: $0) }
        self.errors = errorsEnd.map { FileDescriptor(adopting: $0) }
    }

    deinit {
        // A child that writes to them, or waits for input, ends by that.
        input = nil
        output = nil
        errors = nil
        _ = wait()
    }

    /// Waits for its end.
    @discardableResult
    package func wait() -> Exit { exit ?? note(look(0)) }

    /// Its end, once that has come; nil while it runs.
    package func poll() -> Exit? {
        if let exit { return exit }
        let info = look(WNOHANG)
        return info._sifields._sigchld.si_pid == 0 ? nil : note(info)
    }

    /// Sends a signal, unless its end was seen: another process may have its number by then.
    package func signal(_ number: Int32) {
        if exit == nil { kill(isApart ? -pid : pid, number) }
    }

    private func look(_ options: Int32) -> siginfo_t {
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | options) != 0 {
            // It is our child, and nobody else may wait for it.
            precondition(errno == EINTR, "the child was reaped behind our back")
        }
        return info
    }

    private func note(_ info: siginfo_t) -> Exit {
        let status = info._sifields._sigchld.si_status
        let ended = info.si_code == Int32(CLD_EXITED) ? Exit.status(status) : .signal(status)
        exit = ended
        return ended
    }
}

/// Sets up the standard streams of a child, and starts it. The child's ends of pipes are closed with this.
private struct ChildStreams: ~Copyable {
    private var actions = posix_spawn_file_actions_t()
    private var pipes: [(ours: Int32, childs: Int32)] = []
    private var isStarted = false

    init() { posix_spawn_file_actions_init(&actions) }

    deinit {
        var actions = actions
        posix_spawn_file_actions_destroy(&actions)
        for pipe in pipes {
            close(pipe.childs)
            if !isStarted { close(pipe.ours) }
        }
    }

    /// Leads a stream somewhere; our end, where that is a pipe. It is the caller's once the child is started.
    mutating func connect(_ number: Int32, _ stream: ChildProcess.Stream) throws(SystemError) -> Int32? {
        switch stream {
        case .inherited: return nil
        case .descriptor(let own):
            posix_spawn_file_actions_adddup2(&actions, own, number)
            return nil
        case .nowhere:
            posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
            return nil
        case .pipe:
            let ends = try FileDescriptor.pipe()
            let isInput = number == STDIN_FILENO
            let (childs, ours) = isInput ? (ends.reading, ends.writing) : (ends.writing, ends.reading)
            pipes.append((ours, childs))
            posix_spawn_file_actions_adddup2(&actions, childs, number)
            return ours
        }
    }

    mutating func spawn(_ program: String, _ words: [String], isApart: Bool) throws(SystemError) -> Int32 {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        if isApart { ChildStreams.setApart(&attributes) }
        var pid = pid_t()
        let code = startOfChildren.withLock { _ in
            posix_spawnp(&pid, program, &actions, &attributes, &arguments, environ)
        }
        guard code == 0 else { throw SystemError(operation: "posix_spawnp", code: code) }
        isStarted = true
        return pid
    }

    private static func setApart(_ attributes: inout posix_spawnattr_t) {
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var usual = none
        sigaddset(&usual, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    }
}
