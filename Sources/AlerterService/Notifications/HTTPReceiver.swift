internal import CryptoCore
internal import NetClient

/// Delivers by HTTP: to a webhook, Alertmanager or Telegram.
///
/// 2xx is success. What says that this one message can never be taken is refused for good: 400, 409, 411, 413, 414, 415, 422, 431. All
/// else is tried again, after `Retry-After` or Telegram's `retry_after` where that is said: a receiver that is away (no answer, 5xx, 429),
/// and what somebody has to mend there or here (401, 403, 404, a redirect, which is not followed, a chat that Telegram does not know).
final class HTTPReceiver: Receiver {
    /// From the connection to the last byte of the answer. *Units*: ms.
    private static let timeoutMs: Int64 = 10_000
    /// Nobody can ask us to wait longer. *Units*: seconds.
    private static let longestWaitSeconds: Int64 = 86_400
    /// What is kept of an answer. *Units*: bytes.
    private static let answerBytes = 4096
    /// What is shown of it. *Units*: characters.
    private static let reasonLength = 300
    /// Statuses by which a message will never be taken, however often it is sent.
    private static let refusals: Set = [400, 409, 411, 413, 414, 415, 422, 431]

    private let target: NotifierTarget
    private let refreshMs: Int64
    /// Whoever names an address decides whether it has TLS: Alertmanager's usual one has none.
    private let client = HTTPClient(
        limits: .init(connectTimeoutMs: 5_000, totalTimeoutMs: timeoutMs), requiresTLS: false)
    private var request: HTTPClient.RequestID?
    private var answer: [UInt8] = []
    /// Why an attempt could not even begin.
    private var problem: TransportError?

    init(_ target: NotifierTarget, refreshMs: Int64) {
        self.target = target
        self.refreshMs = refreshMs
    }

    var batchLimit: Int { if case .alertmanager = target { AlertmanagerPost.batchLimit } else { 1 } }

    func begin(_ changes: [AlertChange], at nowMs: Int64) {
        cancel()
        answer = []
        do throws(TransportError) {
            // The client ends an answer that is too long as no answer at all; kept is only what a log line shows.
            request = try client.start(request(changes, at: nowMs)) { [weak self] _, bytes in
                self?.keep(bytes)
                return true
            }
        } catch { problem = error }
    }

    func poll(waitMs: Int32) -> DeliveryOutcome? {
        if let problem {
            self.problem = nil
            return outcome(.failure(problem))
        }
        guard let request, let done = client.poll(waitMs: waitMs).first(where: { $0.id == request }) else { return nil }
        self.request = nil
        return outcome(done.result)
    }

    func cancel() {
        if let request { client.cancel(request) }
        request = nil
        problem = nil
    }

    // MARK: Parts

    private func request(_ changes: [AlertChange], at nowMs: Int64) -> HTTPRequest {
        var headers: HTTPHeaders = ["Content-Type": "application/json"]
        switch target {
        case .alertmanager(let url):
            let body = AlertmanagerPost.json(changes, at: nowMs, everyMs: refreshMs)
            return HTTPRequest(AlertmanagerPost.url(of: url), method: .post, headers: headers, body: body)
        case .telegram(let chat, let token, let api):
            let body = TelegramMessage.json(changes[0], chat: chat)
            let url = NotifierTarget.sendMessageURL(api: api, token)
            return HTTPRequest(url, method: .post, headers: headers, body: body)
        case .webhook(let url):
            headers.append(name: "Idempotency-Key", value: WebhookPayload.idempotencyKey(changes[0]))
            let body = WebhookPayload.json(changes[0], receiver: target.name)
            return HTTPRequest(url, method: .post, headers: headers, body: body)
        case .command, .console: preconditionFailure("no HTTP leads to \(target)")
        }
    }

    private func keep(_ bytes: RawSpan) {
        let room = min(bytes.byteCount, HTTPReceiver.answerBytes - answer.count)
        for index in 0..<max(0, room) { answer.append(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) }
    }

    private func outcome(_ result: Result<HTTPReply, TransportError>) -> DeliveryOutcome {
        switch result {
        case .success(let reply): outcome(reply)
        case .failure(.badURL), .failure(.badHeader):
            .failed(reason: "the address is not one we can use", retryAfterMs: nil)
        case .failure(let error): .failed(reason: target.masking("\(error)"), retryAfterMs: nil)
        }
    }

    private func outcome(_ reply: HTTPReply) -> DeliveryOutcome {
        if (200..<300).contains(reply.status) { return .taken }
        var text = String(Substring(decoding: answer, as: UTF8.self).trimming(" \r\n"))
        var seconds = reply.retryAfterSeconds.map { Int64($0) }
        var isForGood = HTTPReceiver.refusals.contains(reply.status)
        if case .telegram = target {
            let problem = TelegramMessage.Problem(answer)
            text = problem.text
            seconds = problem.retryAfter ?? seconds
            if problem.isOfTheChat { isForGood = false }
        }
        text = String(target.masking(text).prefix(HTTPReceiver.reasonLength))
        let reason = "HTTP status \(reply.status)\(text.isEmpty ? "" : ": \(text)")"
        if isForGood { return .refused(reason: reason) }
        let waitMs = seconds.map { min(max(0, $0), HTTPReceiver.longestWaitSeconds) * 1000 }
        return .failed(reason: reason, retryAfterMs: waitMs)
    }
}
