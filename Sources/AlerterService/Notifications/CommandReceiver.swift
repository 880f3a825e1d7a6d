internal import Glibc
internal import System

/// Delivers by a command: `sh -c` runs it with a webhook's payload on its standard input, for at most 30 s.
///
/// Exit status 0 is success, and 65 (`EX_DATAERR`) says that it will never take this one; everything else is tried again. What it
/// prints goes to our standard error. The process must ignore SIGPIPE.
/// *Source*: `sysexits.h` for 65.
final class CommandReceiver: Receiver {
    private static let refusal: Int32 = 65

    private let words: String
    private let name: String
    private let timeoutMs: Int64
    private let clock = SystemClock()
    private var child: ChildProcess?
    private var deadlineMs: Int64 = 0
    /// What the command has not been given yet.
    private var unsent: ArraySlice<UInt8> = []
    /// Why the attempt could not even begin.
    private var problem: SystemError?

    /// - Parameter timeoutMs: longer it may not run.
    init(_ words: String, name: String, timeoutMs: Int64 = 30_000) {
        self.words = words
        self.name = name
        self.timeoutMs = timeoutMs
    }

    deinit { cancel() }

    var batchLimit: Int { 1 }

    func begin(_ changes: [AlertChange], at nowMs: Int64) {
        cancel()
        do throws(SystemError) {
            let child = try ChildProcess(
                ["sh", "-c", words], isApart: true, input: .pipe,
                output: .descriptor(FileDescriptor.standardError.number))
            // A command that does not read must not make us wait.
            if let pipe = child.input?.number { _ = fcntl(pipe, F_SETFL, O_NONBLOCK) }
            self.child = child
            unsent = WebhookPayload.json(changes[0], receiver: name)[...]
            deadlineMs = clock.monotonicMs() + timeoutMs
        } catch { problem = error }
    }

    func poll(waitMs: Int32) -> DeliveryOutcome? {
        if let problem {
            self.problem = nil
            return .failed(reason: "sh: \(problem)", retryAfterMs: nil)
        }
        guard let child else { return nil }
        let untilMs = clock.monotonicMs() + Int64(waitMs)
        while true {
            send(to: child)
            if let exit = child.poll() {
                self.child = nil
                return outcome(exit)
            }
            let now = clock.monotonicMs()
            if now >= deadlineMs {
                cancel()
                return .failed(reason: "still ran at its time limit", retryAfterMs: nil)
            }
            if now >= untilMs { return nil }
            clock.wait(ms: min(5, untilMs - now))
        }
    }

    func cancel() {
        child?.signal(SIGKILL)
        child = nil
        problem = nil
    }

    /// Writes what there is room for, and lets the command read the end behind it.
    private func send(to child: ChildProcess) {
        guard let pipe = child.input?.number else { return }
        let count = unsent.withUnsafeBytes { write(pipe, $0.baseAddress, $0.count) }
        if count > 0 { unsent = unsent.dropFirst(count) }
        // It may have closed its input: it wants no more.
        let isAway = count < 0 && errno != EAGAIN && errno != EINTR
        if unsent.isEmpty || isAway { child.input = nil }
    }

    private func outcome(_ exit: ChildProcess.Exit) -> DeliveryOutcome {
        switch exit {
        case .status(0): .taken
        case .status(CommandReceiver.refusal): .refused(reason: "exit status 65")
        case .status(let status): .failed(reason: "exit status \(status)", retryAfterMs: nil)
        case .signal(let number): .failed(reason: "ended by signal \(number)", retryAfterMs: nil)
        }
    }
}
