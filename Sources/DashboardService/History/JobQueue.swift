internal import System

/// Questions on their way to the threads that answer them: those that somebody waits for first, then what is read ahead.
///
/// *Thread*: any.
final class JobQueue<Job: Sendable>: Sendable {
    private struct Lanes {
        var asked: [Job] = []
        var background: [Job] = []
        var isClosed = false
    }

    private let lanes = Monitor(Lanes())
    /// How many may wait in a lane.
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Adds one that somebody waits for; false where too many wait already.
    func add(_ job: Job) -> Bool { add(job, to: \.asked) }

    /// Adds one that nobody waits for; false where too many wait already.
    func addToBackground(_ job: Job) -> Bool { add(job, to: \.background) }

    private func add(_ job: Job, to lane: WritableKeyPath<Lanes, [Job]>) -> Bool {
        lanes.change { lanes in
            guard !lanes.isClosed, lanes[keyPath: lane].count < limit else { return false }
            lanes[keyPath: lane].append(job)
            return true
        }
    }

    /// The next one; nil where none came in time, or none will come. *Units*: ms.
    func next(waitMs: Int64) -> Job? {
        // The outer nil waits on, the inner one ends the wait: a plain nil in a choice would be the inner one.
        let found: Job?? = lanes.wait(ms: waitMs) { lanes -> Job?? in
            if lanes.isClosed { return .some(nil) }
            if !lanes.asked.isEmpty { return .some(lanes.asked.removeFirst()) }
            if !lanes.background.isEmpty { return .some(lanes.background.removeFirst()) }
            return .none
        }
        return found ?? nil
    }

    /// Takes no more, and wakes who waits.
    /// - Returns: those that wait still.
    func close() -> [Job] {
        lanes.change { lanes in
            defer { (lanes.asked, lanes.background, lanes.isClosed) = ([], [], true) }
            return lanes.asked + lanes.background
        }
    }
}
