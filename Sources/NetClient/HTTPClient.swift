internal import CCurl
internal import Glibc
internal import System

/// HTTP over libcurl: requests run side by side on one thread, which polls.
///
/// HTTP/1.1 or 2, gzip accepted, certificates checked, connections reused. Up to three redirects of a GET or HEAD without headers
/// of the caller's are followed, never from TLS to none; any other redirect is an answer. An address without TLS must be a loopback
/// one, unless the client is told otherwise. A request is sent a second time where a reused connection ends before any of its answer
/// came.
package final class HTTPClient {
    /// A closure that is given the head of an answer and the next bytes of its body: decompressed, at most 16 KiB, valid during the
    /// call.
    ///
    /// It returns false to end the request with `.stopped`. It may not poll the client; while it runs nothing is received.
    package typealias BodyHandler = (_ head: HTTPReply, _ bytes: RawSpan) -> Bool

    /// Tells the answers of several requests apart.
    package struct RequestID: Hashable, Sendable {
        fileprivate let number: Int
    }

    /// How long steps may take and how large an answer may be.
    package struct Limits: Sendable, Equatable {
        package var connectTimeoutMs: Int64
        /// From start to the last byte; at most 24 days.
        package var totalTimeoutMs: Int64
        /// A longer body of an answer ends it with `.tooLarge`, whether it is kept or handed to a closure.
        package var bodyBytes: Int

        package init(connectTimeoutMs: Int64 = 10_000, totalTimeoutMs: Int64 = 30_000, bodyBytes: Int = 16 << 20) {
            self.connectTimeoutMs = connectTimeoutMs
            self.totalTimeoutMs = totalTimeoutMs
            self.bodyBytes = bodyBytes
        }
    }

    private let multi: UnsafeMutableRawPointer
    private let userAgent: String
    /// Of requests without their own.
    package let limits: Limits
    private let authorities: String?
    private let requiresTLS: Bool
    private var transfers: [RequestID: HTTPTransfer] = [:]
    private var started = 0

    /// - Parameters:
    ///   - userAgent: what we call ourselves: some venues refuse a request without it.
    ///   - authorities: a PEM file of certificate authorities to trust instead of the system's.
    ///   - requiresTLS: whether an address without TLS must be a loopback one; false where somebody chose each address.
    package init(
        userAgent: String = "CryptoStream", limits: Limits = Limits(), authorities: String? = nil,
        requiresTLS: Bool = true
    ) {
        CurlLibrary.prepare()
        guard let multi = curl_multi_init() else { preconditionFailure("curl_multi_init: out of memory") }
        self.multi = multi
        self.userAgent = userAgent
        self.limits = limits
        self.authorities = authorities
        self.requiresTLS = requiresTLS
        liveTransports.add(1)
    }

    deinit {
        for transfer in transfers.values { curl_multi_remove_handle(multi, transfer.easy) }
        transfers.removeAll()
        curl_multi_cleanup(multi)
        liveTransports.add(-1)
    }

    /// Requests that are under way.
    package var pending: Int { transfers.count }

    /// Starts a request; `poll` drives it.
    /// - Parameter onBody: is given the body as it comes; `nil`: it is kept for the reply.
    /// - Throws: `.badURL`, `.badHeader`.
    package func start(
        _ request: HTTPRequest, onBody: BodyHandler? = nil
    ) throws(TransportError) -> RequestID {
        let url = try HTTPClient.url(parsing: request.url)
        if requiresTLS { try url.requireTLSOrLoopback() }
        try request.headers.check()
        let transfer = try HTTPTransfer(url, limits: request.limits ?? limits, onBody: onBody)
        try transfer.configure(userAgent: userAgent, authorities: authorities)
        try transfer.ask(request)
        let code = curl_multi_add_handle(multi, transfer.easy)
        guard code == CURLM_OK else { throw .interrupted(reason: String(cString: curl_multi_strerror(code))) }
        started += 1
        let id = RequestID(number: started)
        transfers[id] = transfer
        return id
    }

    /// Waits at most `waitMs` for something to happen and returns the answers that are complete.
    package func poll(waitMs: Int32) -> [(id: RequestID, result: Result<HTTPReply, TransportError>)] {
        var running: CInt = 0
        curl_multi_perform(multi, &running)
        let done = takeFinished()
        guard done.isEmpty, waitMs > 0 else { return done }
        curl_multi_poll(multi, nil, 0, CInt(waitMs), nil)
        curl_multi_perform(multi, &running)
        return takeFinished()
    }

    /// Gives up a request; its answer will not come.
    package func cancel(_ id: RequestID) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        curl_multi_remove_handle(multi, transfer.easy)
    }

    /// Sends a request while no other is under way and waits for the answer, looking at `isStopped` ten times a second.
    /// - Throws: why there is none; `.stopped` when `isStopped` or `onBody` said so.
    package func send(
        _ request: HTTPRequest, onBody: BodyHandler? = nil, until isStopped: () -> Bool
    ) throws(TransportError) -> HTTPReply {
        precondition(transfers.isEmpty, "the answers of other requests would be lost")
        let id = try start(request, onBody: onBody)
        while true {
            if let done = poll(waitMs: 100).first { return try done.result.get() }
            if isStopped() {
                cancel(id)
                throw .stopped
            }
        }
    }

    /// What is wrong with an address of HTTP, with or without TLS; nil where nothing is.
    package static func problem(inAddress text: String) -> String? {
        do {
            _ = try url(parsing: text)
            return nil
        } catch .badURL(let reason) { return reason } catch { return "\(error)" }
    }

    private static func url(parsing text: String) throws(TransportError) -> TransportURL {
        let url = try TransportURL(parsing: text)
        guard !url.scheme.isWebSocket else { throw .badURL("\(TransportURL.shown(text)) is not http:// or https://") }
        return url
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
