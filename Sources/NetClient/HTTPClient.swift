internal import CCurl
internal import Glibc
internal import System

/// HTTP GET over libcurl: requests run side by side on one thread, which polls.
///
/// HTTP/1.1 or 2, gzip accepted, certificates checked, connections reused, up to three redirects followed (never from
/// TLS to none). An address without TLS must be a loopback one.
package final class HTTPClient {
    /// What tells the answers of several requests apart.
    package struct RequestID: Hashable, Sendable {
        fileprivate let number: Int
    }

    /// How long steps may take and how large an answer may be.
    package struct Limits: Sendable, Equatable {
        package var connectTimeoutMs: Int64
        /// From start to the last byte.
        package var totalTimeoutMs: Int64
        package var bodyBytes: Int

        package init(connectTimeoutMs: Int64 = 10_000, totalTimeoutMs: Int64 = 30_000, bodyBytes: Int = 16 << 20) {
            self.connectTimeoutMs = connectTimeoutMs
            self.totalTimeoutMs = totalTimeoutMs
            self.bodyBytes = bodyBytes
        }
    }

    private let multi: UnsafeMutableRawPointer
    private let userAgent: String
    private let limits: Limits
    private let authorities: String?
    private var transfers: [RequestID: HTTPTransfer] = [:]
    private var started = 0
    /// Answers to others that came while `get` waited for its own.
    private var undelivered: [(id: RequestID, result: Result<HTTPReply, TransportError>)] = []

    /// - Parameters:
    ///   - userAgent: what we call ourselves: some venues refuse a request without it.
    ///   - authorities: a PEM file of certificate authorities to trust instead of the system's.
    package init(userAgent: String = "CryptoStream", limits: Limits = Limits(), authorities: String? = nil) {
        CurlLibrary.prepare()
        guard let multi = curl_multi_init() else { preconditionFailure("curl_multi_init: out of memory") }
        self.multi = multi
        self.userAgent = userAgent
        self.limits = limits
        self.authorities = authorities
        LiveTransports.add(1)
    }

    deinit {
        for transfer in transfers.values { curl_multi_remove_handle(multi, transfer.easy) }
        transfers.removeAll()
        curl_multi_cleanup(multi)
        LiveTransports.add(-1)
    }

    /// Requests that are under way.
    package var pending: Int { transfers.count }

    /// Starts a request; `poll` drives it.
    /// - Parameter bodyBytes: a larger answer is refused; `nil`: what the client's limits say.
    /// - Throws: `.badURL`.
    package func start(
        url: String, headers: [(String, String)] = [], bodyBytes: Int? = nil
    ) throws(TransportError) -> RequestID {
        var limits = limits
        limits.bodyBytes = bodyBytes ?? limits.bodyBytes
        let parts = try TransportURL(parsing: url)
        guard !parts.scheme.isWebSocket else { throw .badURL("\(url) is not http:// or https://") }
        try parts.requireTLSOrLoopback()
        let transfer = try HTTPTransfer(url: parts, headers: headers, limits: limits)
        try transfer.configure(url: url, userAgent: userAgent, limits: limits, authorities: authorities)
        let code = curl_multi_add_handle(multi, transfer.easy)
        guard code == CURLM_OK else { throw .interrupted(reason: String(cString: curl_multi_strerror(code))) }
        started += 1
        let id = RequestID(number: started)
        transfers[id] = transfer
        return id
    }

    /// Waits at most `waitMs` for something to happen and returns the answers that are complete.
    package func poll(waitMs: Int32) -> [(id: RequestID, result: Result<HTTPReply, TransportError>)] {
        let earlier = undelivered
        undelivered.removeAll()
        return earlier + drive(waitMs: earlier.isEmpty ? waitMs : 0)
    }

    /// Gives up a request; its answer will not come.
    package func cancel(_ id: RequestID) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        curl_multi_remove_handle(multi, transfer.easy)
    }

    /// Asks and waits for the answer, looking at `isStopped` ten times a second.
    /// - Throws: why there is none; `.stopped` when `isStopped` said so, `.timeout` after `deadlineMs`.
    package func get(
        _ url: String, headers: [(String, String)] = [], deadlineMs: Int64? = nil, until isStopped: () -> Bool
    ) throws(TransportError) -> HTTPReply {
        try wait(for: try start(url: url, headers: headers), deadlineMs, isStopped)
    }

    private func wait(
        for id: RequestID, _ deadlineMs: Int64?, _ isStopped: () -> Bool
    ) throws(TransportError) -> HTTPReply {
        let end = SystemClock().monotonicMs() + (deadlineMs ?? limits.totalTimeoutMs)
        while true {
            var others = drive(waitMs: 100)
            if let index = others.firstIndex(where: { $0.id == id }) {
                let own = others.remove(at: index)
                undelivered += others
                return try own.result.get()
            }
            undelivered += others
            if isStopped() {
                cancel(id)
                throw .stopped
            }
            if SystemClock().monotonicMs() >= end {
                cancel(id)
                throw .timeout(operation: "HTTP request")
            }
        }
    }

    private func drive(waitMs: Int32) -> [(id: RequestID, result: Result<HTTPReply, TransportError>)] {
        var running: CInt = 0
        curl_multi_perform(multi, &running)
        let done = takeFinished()
        guard done.isEmpty, waitMs > 0 else { return done }
        curl_multi_poll(multi, nil, 0, CInt(waitMs), nil)
        curl_multi_perform(multi, &running)
        return takeFinished()
    }

    private func takeFinished() -> [(id: RequestID, result: Result<HTTPReply, TransportError>)] {
        var done: [(id: RequestID, result: Result<HTTPReply, TransportError>)] = []
        var left: CInt = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            let easy = message.pointee.easy_handle
            let code = ccurl_message_result(message)
            guard let id = transfers.first(where: { $0.value.easy == easy })?.key,
                let transfer = transfers.removeValue(forKey: id)
            else { continue }
            let result = transfer.result(of: code)
            curl_multi_remove_handle(multi, easy)
            done.append((id, result))
        }
        return done
    }
}

@available(*, unavailable)
extension HTTPClient: Sendable {}
