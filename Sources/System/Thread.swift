internal import Glibc

/// A named POSIX thread: what can block runs on one of these, never in a `Task`.
///
/// *Thread*: any may join; the thread goes on by itself when nobody does.
package final class Thread: Sendable {
    /// How a thread ended.
    package enum Outcome: Sendable {
        /// Its body returned.
        case finished
        /// Its body threw.
        case failed(any Error)
        /// It still runs.
        case running
    }

    /// At most 15 bytes, as the kernel keeps it.
    package let name: String
    private let outcome = Monitor(Outcome.running)

    /// Starts the body at once; when it throws, the error is kept and `stopping` is requested.
    package init(name: String, stopping stop: StopFlag? = nil, body: @escaping @Sendable () throws -> Void) {
        precondition((1...15).contains(name.utf8.count), "the kernel keeps 15 bytes of a thread's name: \(name)")
        self.name = name
        let outcome = outcome
        let start = Start(name: name) {
            do {
                try body()
                outcome.change { $0 = .finished }
            } catch {
                outcome.change { $0 = .failed(error) }
                stop?.request()
            }
        }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(start)  // the thread releases it
        let code = pthread_create(&thread, nil, runThread, context.toOpaque())
        precondition(code == 0, "pthread_create: \(String(cString: strerror(code)))")
        pthread_detach(thread)
    }

    /// Waits until the body ended, at most so long. *Units*: milliseconds.
    package func join(ms: Int64) -> Outcome {
        outcome.wait(ms: ms) { if case .running = $0 { nil } else { $0 } } ?? .running
    }

    /// Whether the body still runs.
    package var isRunning: Bool { if case .running = join(ms: 0) { true } else { false } }

    /// Joins the last one first, all of them within the time; the names of those that still run.
    package static func joinAll(_ threads: [Thread], ms: Int64) -> [String] {
        let clock = SystemClock()
        let endMs = clock.monotonicMs() + ms
        return threads.reversed().filter { thread in
            if case .running = thread.join(ms: endMs - clock.monotonicMs()) { true } else { false }
        }.map(\.name)
    }
}

/// What a new thread is to do.
private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
    setName(start.name)
    start.body()
    return nil
}

/// Names the calling thread for `top`, `ps` and debuggers; without /proc it stays without a name.
private func setName(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = write(file, name, name.utf8.count)
    close(file)
}
