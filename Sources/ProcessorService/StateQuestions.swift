internal import CryptoCore
package import HTTPServer
internal import ServiceKit
package import ServiceRuntime
internal import Synchronization
internal import System

/// Answers `GET /windows`, which windows are open, and `GET /indicators`, the newest of each series: for screens and for debugging.
///
/// Both belong to the processor's loop, so the server leaves a question there and serves others until the loop has
/// answered; while nobody asks that costs the loop one atomic load a turn. A loop that is busy elsewhere (restoring, a Kafka that
/// does not answer) makes the client's answer 503, with what the processor waits for.
/// *Thread*: any.
package final class StateQuestions: Sendable {
    /// What a client wants to know.
    struct Question: Sendable {
        let subject: Subject
        /// One series alone, windows in detail; nil for all, in short.
        let series: Series?
        let answer: PendingAnswer
    }

    /// What a question is about: each is a route.
    enum Subject: String, CaseIterable {
        case windows = "/windows"
        case indicators = "/indicators"
    }

    /// Further clients hear at once that there are too many.
    private static let mostQuestions = 16

    /// How long a client waits.
    private let patienceMs: Int64
    private let isAsked = Atomic<Bool>(false)
    /// Ticks that the loop had not read yet when it last looked.
    private let unread = Atomic<Int>(0)
    private let questions = Mutex<[Question]>([])

    /// Nobody has asked yet.
    package init(patienceMs: Int64 = 1_000) { self.patienceMs = patienceMs }

    /// Serves each subject, of all series or that of `?series=`; `context` is the processor's, or that of its process.
    package func routes(_ context: ServiceContext) -> [HTTPRoute] {
        Subject.allCases.map { route($0, context) }
    }

    private func route(_ subject: Subject, _ context: ServiceContext) -> HTTPRoute {
        let health = context.health
        let busy: @Sendable () -> HTTPResponse = { [self] in
            StateQuestions.failure(503, "the processor does not answer now", reasons(beside: health.reasons))
        }
        return .later(subject.rawValue, patienceMs: patienceMs, otherwise: busy) { [self] request, _, answer in
            var wanted: Series?
            if let text = request.queryValue("series") {
                guard let series = Series(text) else {
                    let error = "series is <source>:<BASE>-<QUOTE>, such as bybit:BTC-USDT"
                    return answer.send(StateQuestions.failure(400, error, [:]))
                }
                wanted = series
            }
            if !ask(Question(subject: subject, series: wanted, answer: answer)) { answer.send(busy()) }
        }
    }

    // MARK: The client's side

    /// Why the loop does not answer: what the service is not ready for; where it is ready, what keeps it busy.
    private func reasons(beside known: [String: String]) -> [String: String] {
        guard known.isEmpty else { return known }
        let count = unread.load(ordering: .relaxed)
        guard count > 0 else { return ["loop": "busy for \(patienceMs) ms: ask again"] }
        return ["ticks": "catching up, \(count) ticks are not read yet: ask again"]
    }

    /// Leaves the question for the loop; false where too many wait already.
    private func ask(_ question: Question) -> Bool {
        let isTaken = questions.withLock { questions in
            questions.removeAll { !$0.answer.isWanted }
            guard questions.count < StateQuestions.mostQuestions else { return false }
            questions.append(question)
            return true
        }
        if isTaken { isAsked.store(true, ordering: .releasing) }
        return isTaken
    }

    private static func failure(_ status: Int, _ error: String, _ reasons: [String: String]) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.field("error", error)
        json.key("waiting_for")
        json.beginObject()
        for (condition, reason) in reasons.sorted(by: { $0.key < $1.key }) {
            json.key(condition)
            json.value(reason)
        }
        json.endObject()
        json.endObject()
        return HTTPResponse(status: status, contentType: "application/json", body: json.bytes)
    }

    // MARK: The loop's side

    /// Tells how many ticks are not read yet.
    func note(unread count: Int) { unread.store(count, ordering: .relaxed) }

    /// The question that waits longest; nil when nobody asked, or nobody waits any more.
    func takeQuestion() -> Question? {
        guard isAsked.load(ordering: .acquiring) else { return nil }
        return questions.withLock { questions in
            questions.removeAll { !$0.answer.isWanted }
            let first = questions.isEmpty ? nil : questions.removeFirst()
            if questions.isEmpty { isAsked.store(false, ordering: .relaxed) }
            return first
        }
    }
}
