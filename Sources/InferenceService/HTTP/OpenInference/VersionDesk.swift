internal import HTTPServer
internal import Synchronization
internal import System

/// Answers what must be looked up on a disk, so that the thread of the HTTP server, and with it all other clients, waits for none.
///
/// A thread is there while something is asked; one question is answered after the other. *Thread*: any.
final class VersionDesk: Sendable {
    /// How long a client waits.
    static let patienceMs: Int64 = 20_000
    /// Further clients hear at once that there are too many: a question has a body of some megabytes.
    private static let mostQuestions = 16

    private struct Question: Sendable {
        let answer: PendingAnswer
        let make: @Sendable () -> HTTPResponse
    }
    private struct State {
        var questions: [Question] = []
        var isWorking = false
    }
    private let state = Mutex(State())

    /// What clients get for whom there was no time.
    @Sendable static func busy() -> HTTPResponse {
        .error(
            "versions that are not served are read one after the other: ask again", status: 503,
            headers: [("Retry-After", "1")])
    }

    /// Has `make` answer, on another thread.
    func ask(_ answer: PendingAnswer, _ make: @escaping @Sendable () -> HTTPResponse) {
        let (isTaken, isFirst) = state.withLock { state in
            guard state.questions.count < VersionDesk.mostQuestions else { return (false, false) }
            state.questions.append(Question(answer: answer, make: make))
            defer { state.isWorking = true }
            return (true, !state.isWorking)
        }
        if !isTaken { answer.send(VersionDesk.busy()) }
        if isFirst { _ = Thread(name: "versions") { [self] in work() } }
    }

    private func work() {
        while let question = next() {
            if question.answer.isWanted { question.answer.send(question.make()) }
        }
    }

    private func next() -> Question? {
        state.withLock { state in
            state.isWorking = !state.questions.isEmpty
            return state.isWorking ? state.questions.removeFirst() : nil
        }
    }
}
