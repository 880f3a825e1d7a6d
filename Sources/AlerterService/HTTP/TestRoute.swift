internal import CryptoCore
internal import HTTPServer
internal import ServiceKit
internal import ServiceRuntime
internal import Synchronization
internal import System

/// `POST /test`: sends a test message to everybody who is told of alerts and answers how it went with each.
///
/// It goes out on a thread of its own, one test at a time. *Thread*: any.
final class TestRoute: Sendable {
    private let notifiers: NotifierSettings
    private let isUnderWay = Atomic<Bool>(false)

    init(_ notifiers: NotifierSettings) { self.notifiers = notifiers }

    func route(_ context: ServiceContext) -> HTTPRoute {
        let late = HTTPError.unavailable("the test message took too long").response
        return .later("/test", on: .post, patienceMs: TestMessage.limitMs + 5_000, otherwise: { late }) {
            [self] (request, _, answer) throws(HTTPError) in
            try request.requireJSON()
            guard notifiers.hasTargets else { throw .unavailable(TestMessage.nobody) }
            guard !isUnderWay.exchange(true, ordering: .acquiringAndReleasing) else {
                throw .unavailable("another test message is under way: ask again")
            }
            _ = Thread(name: "test-message") { [self] in
                defer { isUnderWay.store(false, ordering: .releasing) }
                let results = TestMessage.send(notifiers, until: context.stop)
                for result in results {
                    context.log.info("a test message was sent", ["to": result.target.shown, "outcome": result.words])
                }
                answer.send(TestRoute.response(results))
            }
        }
    }

    private static func response(_ results: [TestMessage.Result]) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.key("sent")
        json.beginArray()
        for result in results {
            json.beginObject()
            json.field("notifier", result.target.name)
            json.field("to", result.target.shown)
            json.field("ok", result.outcome == .taken)
            if result.outcome != .taken { json.field("error", result.words) }
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json.bytes)
    }
}
