internal import Foundation
internal import Synchronization

/// A webhook on the loopback, whose answer a test chooses and which may be away.
public final class Webhook: Sendable {
    /// What one request says of its first alert.
    public struct Notification: Equatable, Sendable {
        /// The rule, and the market.
        public var name: String, symbol: String
        /// `firing` or `resolved`.
        public var status: String
        public var startsAt: String
        public var fingerprint: String
        /// The header `Idempotency-Key`; empty where there is none.
        public var key: String
    }

    private final class Answer: Sendable {
        let status: Atomic<Int>
        init(_ status: Int) { self.status = Atomic(status) }
    }

    private let answer: Answer
    private let state: Mutex<(server: LoopbackServer, before: [LoopbackRequest])>
    /// Where it is.
    public let url: String

    public init(_ status: Int = 200) throws {
        let answer = Answer(status)
        self.answer = answer
        let server = try Webhook.server(answer)
        url = server.url("/hook")
        state = Mutex((server, []))
    }

    private static func server(_ answer: Answer, port: Int = 0) throws -> LoopbackServer {
        try LoopbackServer(port: port) { _, connection in
            try connection.reply(answer.status.load(ordering: .relaxed), "no")
        }
    }

    /// The server, until it leaves.
    public var server: LoopbackServer { state.withLock { $0.server } }

    /// What it answers from here on.
    public func answer(_ status: Int) { answer.status.store(status, ordering: .relaxed) }

    /// Nobody listens from here on.
    public func leave() { server.stop() }

    /// Listens again where it did.
    public func comeBack() throws {
        let port = server.port
        let again = try Webhook.server(answer, port: port)
        state.withLock { $0 = (again, $0.before + $0.server.requests) }
    }

    /// Every request that came, whether it was taken or not.
    public var requests: [LoopbackRequest] { state.withLock { $0.before + $0.server.requests } }

    /// What each of them says; nil where it is no notification.
    public var notifications: [Notification?] {
        requests.map { request in
            guard let payload = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any],
                let alert = (payload["alerts"] as? [[String: Any]])?.first,
                let labels = alert["labels"] as? [String: String], let name = labels["alertname"]
            else { return nil }
            func text(_ field: String) -> String { alert[field] as? String ?? "" }
            return Notification(
                name: name, symbol: labels["symbol"] ?? "", status: text("status"), startsAt: text("startsAt"),
                fingerprint: text("fingerprint"), key: request.headers["idempotency-key"] ?? "")
        }
    }

    /// `<rule> <status> <startsAt>` of every notification that came, whether it was taken or not.
    public var texts: [String] {
        notifications.map { $0.map { "\($0.name) \($0.status) \($0.startsAt)" } ?? "?" }
    }

    /// The same without the times.
    public var told: [String] { texts.map { $0.split(separator: " ").prefix(2).joined(separator: " ") } }
}
