internal import CCurl
internal import CryptoCore
internal import Glibc

/// libcurl's process-wide state.
enum CurlLibrary {
    private static let ready: Bool = {
        signal(SIGPIPE, SIG_IGN)
        return curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
    }()

    /// Once per process; later calls find it done.
    static func prepare() { precondition(ready, "curl_global_init failed") }
}

/// One request under way: the owner of a `CURL *`, which writes into it.
final class HTTPTransfer {
    let easy: UnsafeMutableRawPointer
    private let url: TransportURL
    private let limits: HTTPClient.Limits
    private let onBody: HTTPClient.BodyHandler?
    private var requestHeaders: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    private var headers = HTTPHeaders()
    private var headerBytes = 0
    /// The empty line after the headers came.
    private var isHeadComplete = false
    /// What `onBody` is told; made with the first bytes of the body.
    private var head: HTTPReply?
    private var body: [UInt8] = []
    private var bodyBytes = 0
    /// Why we ended the transfer.
    private var problem: TransportError?

    /// All headers of an answer together.
    private static let headerLimit = 256 << 10
    private static let redirectLimit = 3

    init(
        _ url: TransportURL, limits: HTTPClient.Limits, onBody: HTTPClient.BodyHandler?
    ) throws(TransportError) {
        guard let easy = curl_easy_init() else { throw .interrupted(reason: "curl_easy_init: out of memory") }
        self.easy = easy
        self.url = url
        self.limits = limits
        self.onBody = onBody
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(requestHeaders)
        errorText.deallocate()
    }

    /// Sets how the request is made: timeouts, protocols, callbacks; before `ask`.
    func configure(userAgent: String, authorities: String?) throws(TransportError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        // A request that starts with TLS never goes on without it.
        try set(CURLOPT_REDIR_PROTOCOLS_STR, url.scheme.isTLS ? "https" : "http,https")
        try set(CURLOPT_MAXREDIRS, HTTPTransfer.redirectLimit)
        // "" offers everything that libcurl can undo: here gzip, deflate, br, zstd.
        try set(CURLOPT_ACCEPT_ENCODING, "")
        try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
        try set(CURLOPT_USERAGENT, userAgent)
        try set(CURLOPT_CONNECTTIMEOUT_MS, Int(Int32(clamping: limits.connectTimeoutMs)))
        try set(CURLOPT_TIMEOUT_MS, Int(Int32(clamping: limits.totalTimeoutMs)))
        try set(CURLOPT_NOSIGNAL, 1)
        // Else giving up a request waits for the name server's answer.
        try set(CURLOPT_QUICK_EXIT, 1)
        try check(ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText), CURLOPT_ERRORBUFFER)
        try check(ccurl_set_write(easy, CURLOPT_HEADERFUNCTION, receiveHeader), CURLOPT_HEADERFUNCTION)
        try check(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context), CURLOPT_HEADERDATA)
        try check(ccurl_set_write(easy, CURLOPT_WRITEFUNCTION, receiveBody), CURLOPT_WRITEFUNCTION)
        try check(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context), CURLOPT_WRITEDATA)
        if let authorities { try set(CURLOPT_CAINFO, authorities) }
        // Loopback addresses are never meant for the proxy of the environment.
        if url.isLoopback { try set(CURLOPT_NOPROXY, "*") }
    }

    /// Sets what is asked for; the headers were checked.
    func ask(_ request: HTTPRequest) throws(TransportError) {
        try set(CURLOPT_URL, request.url)
        // Headers of the caller's may hold a key, and would go along to wherever the redirect leads.
        let follows = request.method.isRead && request.headers.fields.isEmpty && request.body.isEmpty
        try set(CURLOPT_FOLLOWLOCATION, follows ? 1 : 0)
        // An empty value needs a semicolon: a colon would take away a header of libcurl's own.
        var lines = request.headers.fields.map { $1.isEmpty ? "\($0);" : "\($0): \($1)" }
        if request.method.hasBody || !request.body.isEmpty {
            try check(ccurl_set_off(easy, CURLOPT_POSTFIELDSIZE_LARGE, request.body.count), CURLOPT_POSTFIELDSIZE_LARGE)
            // Without any address libcurl would read the body from standard input.
            let code = request.body.withUnsafeBufferPointer { body in
                body.isEmpty
                    ? ccurl_set_string(easy, CURLOPT_COPYPOSTFIELDS, "")
                    : ccurl_set_bytes(easy, CURLOPT_COPYPOSTFIELDS, body.baseAddress)
            }
            try check(code, CURLOPT_COPYPOSTFIELDS)
            // Of libcurl's own: a type that is not the body's, and for a long body a wait for the server's permission.
            lines += request.headers["Content-Type"] == nil ? ["Content-Type:", "Expect:"] : ["Expect:"]
        }
        switch request.method {
        case .get where request.body.isEmpty: break
        case .head: try set(CURLOPT_NOBODY, 1)
        default: try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        for line in lines { requestHeaders = curl_slist_append(requestHeaders, line) }
        try check(ccurl_set_list(easy, CURLOPT_HTTPHEADER, requestHeaders), CURLOPT_HTTPHEADER)
    }

    private func set(_ option: CURLoption, _ value: String) throws(TransportError) {
        try check(ccurl_set_string(easy, option, value), option)
    }

    private func set(_ option: CURLoption, _ value: Int) throws(TransportError) {
        try check(ccurl_set_long(easy, option, value), option)
    }

    private func check(_ code: CURLcode, _ option: CURLoption) throws(TransportError) {
        guard code != CURLE_OK else { return }
        let name = curl_easy_option_by_id(option).map { String(cString: $0.pointee.name) } ?? "\(option.rawValue)"
        throw .interrupted(reason: "libcurl refuses the option \(name): \(String(cString: curl_easy_strerror(code)))")
    }

    /// The answer of the finished transfer, or why there is none.
    func result(of code: CURLcode) -> Result<HTTPReply, TransportError> {
        guard code == CURLE_OK else { return .failure(problem ?? error(for: code)) }
        // libcurl takes a connection that ends in the middle of the headers for a whole answer.
        guard isHeadComplete else { return .failure(.interrupted(reason: "the headers broke off")) }
        return .success(reply(body: body))
    }

    private func reply(body: [UInt8]) -> HTTPReply {
        var status = 0
        ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        let wait = headers["Retry-After"].flatMap {
            HTTPDate.retryAfterSeconds($0, serverDate: headers["Date"], wallSeconds: Int64(time(nil)))
        }
        return HTTPReply(status: status, headers: headers, body: body, retryAfterSeconds: wait)
    }

    private func error(for code: CURLcode) -> TransportError {
        let text = String(cString: errorText)
        let reason = text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
        return switch code {
        // After an answer it is about where a redirect leads.
        case CURLE_URL_MALFORMAT where headerBytes == 0: .badURL(reason)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve(host: url.authority, reason: reason)
        case CURLE_COULDNT_CONNECT: .connect(host: url.authority, reason: reason)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CIPHER,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            .tls(host: url.authority, reason: reason)
        case CURLE_OPERATION_TIMEDOUT: .timeout(operation: "HTTP request to \(url.authority)")
        default: .interrupted(reason: reason)
        }
    }

    /// - Returns: how many bytes were taken; fewer than given ends the transfer.
    fileprivate func addHeader(_ line: UnsafeRawBufferPointer) -> Int {
        headerBytes += line.count
        guard headerBytes <= HTTPTransfer.headerLimit else { return 0 }
        let text = String(decoding: line, as: UTF8.self)
        // Each answer of a chain of redirects starts anew; the last one counts.
        if text.hasPrefix("HTTP/") {
            headers = HTTPHeaders()
            isHeadComplete = false
            head = nil
        } else if let colon = text.firstIndex(of: ":") {
            headers.append(
                name: String(text[..<colon]), value: String(text[text.index(after: colon)...].trimming(" \t\n\r\n")))
        } else if text == "\r\n" || text == "\n" {
            isHeadComplete = true
        }
        return line.count
    }

    /// - Returns: how many bytes were taken; fewer than given ends the transfer.
    fileprivate func addBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        // libcurl never hands out the body of a redirect that it follows.
        bodyBytes += bytes.count
        if bodyBytes > limits.bodyBytes {
            problem = .tooLarge(limit: limits.bodyBytes)
        } else if let onBody {
            let head = head ?? reply(body: [])
            self.head = head
            if !onBody(head, bytes.bytes) { problem = .stopped }
        } else {
            body.append(contentsOf: bytes)
        }
        return problem == nil ? bytes.count : 0
    }
}

private func receiveHeader(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
    return Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue().addHeader(bytes)
}

private func receiveBody(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
    return Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue().addBody(bytes)
}
