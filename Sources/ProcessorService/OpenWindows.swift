internal import CryptoCore
package import HTTPServer
internal import ServiceKit
package import ServiceRuntime
internal import Synchronization
internal import System

/// Answers `GET /windows`: which windows are open, for screens and for debugging.
///
/// The windows belong to the processor's loop, so the client's thread leaves a question and waits a moment for the loop's answer;
/// while nobody asks that costs the loop one atomic load a turn. A loop that is busy elsewhere (restoring, a Kafka that does not
/// answer) makes the client's answer 503, with what the processor waits for.
/// *Thread*: any.
package final class OpenWindows: Sendable {
    /// What a client wants to know.
    struct Question: Equatable {
        let number: UInt64
        /// One series alone, in detail; nil for all, in short.
        let series: Series?
        let askedMs: Int64
    }

    private struct State {
        var asked: UInt64 = 0
        var question: Question?
        var answer: (number: UInt64, json: [UInt8])?
    }

    /// How long a client waits; others of its server wait with it.
    private let patienceMs: Int64
    private let clock = SystemClock()
    private let isAsked = Atomic<Bool>(false)
    /// Ticks that the loop had not read yet when it last looked.
    private let unread = Atomic<Int>(0)
    private let state = Mutex(State())

    /// Nobody has asked yet.
    package init(patienceMs: Int64 = 1_000) { self.patienceMs = patienceMs }

    /// Serves `/windows`, all series or that of `?series=`; `context` is the processor's, or that of its process.
    package func route(_ context: ServiceContext) -> HTTPRoute {
        let health = context.health
        return HTTPRoute("GET", "/windows") { request in
            var wanted: Series?
            if let text = request.queryValue("series") {
                guard let series = Series(text) else {
                    return OpenWindows.failure(400, "series is <source>:<BASE>-<QUOTE>, such as bybit:BTC-USDT", [:])
                }
                wanted = series
            }
            guard let json = self.ask(wanted) else {
                return OpenWindows.failure(
                    503, "the processor does not answer now", self.reasons(beside: health.reasons))
            }
            return HTTPResponse(contentType: "application/json", body: json)
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

    /// The answer of the loop; nil when it does not come in time.
    private func ask(_ series: Series?) -> [UInt8]? {
        let number: UInt64? = state.withLock { state in
            // Somebody waits already, or waited in vain and the loop still has not come by: one such wait is enough.
            guard state.question == nil else { return nil }
            state.asked += 1
            state.answer = nil
            state.question = Question(number: state.asked, series: series, askedMs: clock.monotonicMs())
            return state.asked
        }
        guard let number else { return nil }
        isAsked.store(true, ordering: .releasing)
        var json: [UInt8]?
        _ = StopFlag().wait(ms: patienceMs, pollMs: 2) {
            json = take(number)
            return json != nil
        }
        return json
    }

    private func take(_ number: UInt64) -> [UInt8]? {
        state.withLock { state in
            guard state.answer?.number == number else { return nil }
            defer { state.answer = nil }
            return state.answer?.json
        }
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

    /// The question that waits; nil when nobody asked, or nobody waits any more.
    func takeQuestion() -> Question? {
        guard isAsked.load(ordering: .acquiring) else { return nil }
        isAsked.store(false, ordering: .relaxed)
        return state.withLock { state in
            guard let question = state.question else { return nil }
            if clock.monotonicMs() - question.askedMs < patienceMs { return question }
            state.question = nil
            return nil
        }
    }

    func answer(_ question: Question, with json: [UInt8]) {
        state.withLock { state in
            guard state.question == question else { return }
            state.question = nil
            state.answer = (question.number, json)
        }
    }
}
