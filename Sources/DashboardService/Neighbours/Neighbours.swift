internal import CryptoCore
internal import HTTPServer
internal import NetClient
internal import ServiceKit
internal import ServiceRuntime
internal import Synchronization
internal import System

/// The other services: asks them on the page's behalf, and looks every two seconds how they do.
///
/// *Thread*: one calls `run`; questions come from any.
final class Neighbours: Sendable {
    /// Questions that wait, beyond those under way.
    private static let mostWaiting = 64
    private static let mostPending = 32
    private static let lookMs: Int64 = 2_000
    /// A prediction of a full request takes its time; so does a test message to a chat.
    static let patienceMs: Int64 = 30_000

    private let context: ServiceContext
    private let services: [ServiceAddress]
    private let waiting = Mutex<[NeighbourQuestion]>([])
    private let onHealth: @Sendable (String) -> Void

    /// - Parameter onHealth: is told how the services do, an array in JSON, where something changed.
    init(_ context: ServiceContext, _ services: [ServiceAddress], onHealth: @escaping @Sendable (String) -> Void) {
        self.context = context
        self.services = services
        self.onHealth = onHealth
    }

    /// Has a question asked; the answer's status and body are handed on as they are.
    /// - Throws: `.overloaded` where too many wait.
    func ask(_ question: NeighbourQuestion) throws(HTTPError) {
        let isTaken = waiting.withLock { waiting in
            guard waiting.count < Neighbours.mostWaiting else { return false }
            waiting.append(question)
            return true
        }
        guard isTaken else { throw .overloaded }
    }

    /// Runs until stop is requested.
    func run() {
        let limits = HTTPClient.Limits(
            connectTimeoutMs: 2_000, totalTimeoutMs: Neighbours.patienceMs, bodyBytes: 8 << 20)
        // Whoever runs the dashboard has chosen each address.
        let client = HTTPClient(limits: limits, requiresTLS: false)
        var questions: [HTTPClient.RequestID: NeighbourQuestion] = [:]
        var watch = ServiceWatch(services, everyMs: Neighbours.lookMs)
        let clock = SystemClock()
        while !context.stop.isRequested {
            for question in take(room: Neighbours.mostPending - questions.count) {
                do throws(TransportError) {
                    questions[try client.start(question.request)] = question
                } catch { Neighbours.answer(question, .failure(error)) }
            }
            watch.begin(client, now: clock.wallMs())
            for done in client.poll(waitMs: 20) {
                if let question = questions.removeValue(forKey: done.id) {
                    Neighbours.answer(question, done.result)
                } else {
                    watch.end(done.id, done.result, now: clock.wallMs())
                }
            }
            if client.pending == 0 { context.stop.wait(ms: 20) }
            if let health = watch.takeNews() { onHealth(health) }
        }
        for question in questions.values { Neighbours.answer(question, .failure(.stopped)) }
    }

    private func take(room: Int) -> [NeighbourQuestion] {
        waiting.withLock { waiting in
            let taken = Array(waiting.prefix(max(0, room)))
            waiting.removeFirst(taken.count)
            return taken
        }
    }

    private static func answer(_ question: NeighbourQuestion, _ result: Result<HTTPReply, TransportError>) {
        switch result {
        case .success(let reply):
            // Anything else, such as HTML, would be ours to a browser.
            let isText = reply.headers["Content-Type"]?.hasPrefix("text/plain") ?? false
            let type = isText ? "text/plain; charset=utf-8" : "application/json"
            question.answer.send(HTTPResponse(status: reply.status, contentType: type, body: reply.body))
        case .failure(let error):
            question.answer.send(away(question.name, because: "\(error)"))
        }
    }

    /// The answer where a service gives none.
    static func away(_ name: String, because reason: String) -> HTTPResponse {
        var json = JSONWriter(reservingBytes: 256)
        json.beginObject()
        json.field("error", "the \(name) does not answer: \(Secrets.masking(reason)); --\(name) says where it is")
        json.field("away", name)
        json.endObject()
        return HTTPResponse(status: 503, contentType: "application/json", body: json.bytes)
    }
}
