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

    init(_ width: Int) { self.width = width }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.lock()
        defer { condition.unlock() }
        jobs.append(job)
        if jobs.count > idle, started < width {
            started += 1
            Thread { [self] in work() }.start()
        }
        condition.signal()
    }

    private func work() {
        Thread.current.name = "waiting"
        while true { next().runSynchronously(on: asUnownedTaskExecutor()) }
    }

    private func next() -> UnownedJob {
        condition.lock()
        defer { condition.unlock() }
        idle += 1
        while jobs.isEmpty { condition.wait() }
        idle -= 1
        return jobs.removeFirst()
    }
}
