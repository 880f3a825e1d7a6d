internal import Foundation

/// Threads that may block, a few of them.
///
/// `@unchecked Sendable`: `condition` guards what changes.
final class WaitingThreads: TaskExecutor, @unchecked Sendable {
    static let shared = WaitingThreads(6)

    private let width: Int
    private let condition = NSCondition()
    private var jobs: [UnownedJob] = []
    private var idle = 0
    private var started = 0
    private var threads: Set<pthread_t> = []

    init(_ width: Int) { self.width = width }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.withLock {
            jobs.append(job)
            if jobs.count > idle, started < width {
                started += 1
                Thread { [self] in work() }.start()
            }
            condition.signal()
        }
    }

    /// Whether the calling thread is one of these.
    var isCurrent: Bool { condition.withLock { threads.contains(pthread_self()) } }

    private func work() {
        _ = condition.withLock { threads.insert(pthread_self()) }
        while true { next().runSynchronously(on: asUnownedTaskExecutor()) }
    }

    private func next() -> UnownedJob {
        condition.withLock {
            idle += 1
            while jobs.isEmpty { condition.wait() }
            idle -= 1
            return jobs.removeFirst()
        }
    }
}
