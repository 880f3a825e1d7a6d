internal import HTTPServer
internal import Storage
internal import Synchronization
internal import System

/// A thread that answers what people ask the store in its own language, one at a time, so that nobody's question makes the page wait.
///
/// *Thread*: any may ask.
final class QuestionDesk: Sendable {
    /// Answered with 504 by the server where the thread is still at it: a little more than the store's own limit.
    static let patienceMs: Int64 = QuestionLimits().timeMs + 1_000

    private struct Job: Sendable {
        let asked: AskedQuestion
        let answer: PendingAnswer
    }

    private let readers: ReaderPool
    private let stop = StopFlag()
    private let jobs = JobQueue<Job>(limit: 8)
    private let thread = Mutex<System.Thread?>(nil)

    init(_ readers: ReaderPool) { self.readers = readers }

    func start() {
        thread.withLock { thread in
            if thread == nil { thread = System.Thread(name: "store questions") { [self] in loop() } }
        }
    }

    func close() {
        stop.request()
        for job in jobs.close() { job.answer.send(ErrorForm.api.response(.closed)) }
        _ = thread.withLock { $0 }?.join(ms: 2_000)
    }

    func ask(_ asked: AskedQuestion, _ answer: PendingAnswer) {
        let state = readers.state
        if state.kind != .ready { return answer.send(ErrorForm.api.response(state)) }
        if !jobs.add(Job(asked: asked, answer: answer)) { answer.send(ErrorForm.api.response(.busy)) }
    }

    private func loop() {
        while !stop.isRequested {
            guard let job = jobs.next(waitMs: 60_000) else { continue }
            guard job.answer.isAwaited else {
                job.answer.send(ErrorForm.api.response(.notWanted))
                continue
            }
            job.answer.send(response(to: job))
        }
    }

    private func response(to job: Job) -> HTTPResponse {
        let startNs = SystemClock().monotonicNs()
        var limits = QuestionLimits()
        limits.rows = job.asked.limit
        let location: StoreLocation
        do throws(StoreError) { location = try readers.location() } catch {
            return ErrorForm.api.response(readers.state)
        }
        do throws(QuestionFault) {
            let answer = try location.answer(job.asked.question, limits) { [stop] in
                job.answer.isAwaited && !stop.isRequested
            }
            return answer.response(since: startNs)
        } catch {
            return QuestionDesk.response(error)
        }
    }

    private static func response(_ fault: QuestionFault) -> HTTPResponse {
        switch fault {
        case .refused(let reason): ErrorForm.api.response(reason, status: 400)
        case .tooSlow(let ms): tooSlow(ms: ms)
        case .notWanted: ErrorForm.api.response(.notWanted)
        case .store(let error):
            ErrorForm.api.response("the store did not answer: \(error)", status: 503, retry: true)
        }
    }

    static func tooSlow(ms: Int64) -> HTTPResponse {
        ErrorForm.api.response(
            "the question took longer than \(ms / 1000) s: ask for one series, a shorter time or fewer rows",
            status: 504)  // a browser sends a POST again that was answered 408
    }
}
