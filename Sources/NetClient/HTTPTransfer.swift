internal import CCurl
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

/// One request on its way: the owner of a `CURL *`, which writes into it.
final class HTTPTransfer {
    let easy: UnsafeMutableRawPointer
    private let url: TransportURL
    private let bodyLimit: Int
    private var requestHeaders: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    private var headers = HTTPHeaders()
    private var headerBytes = 0
    /// The empty line after the headers came.
    private var isHeadComplete = false
    private var body: [UInt8] = []
    private var isTooLarge = false

    /// All headers of an answer together.
    private static let headerLimit = 256 << 10
    private static let redirectLimit = 3

    init(
        url: TransportURL, headers fields: [(String, String)], limits: HTTPClient.Limits
    ) throws(TransportError) {
        guard let easy = curl_easy_init() else { throw .interrupted(reason: "curl_easy_init: out of memory") }
        self.easy = easy
        self.url = url
        bodyLimit = limits.bodyBytes
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        for (name, value) in fields {
            let line = "\(name): \(value)"
            guard line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
                throw .badURL("the header \(name) contains a control character")
            }
            requestHeaders = curl_slist_append(requestHeaders, line)
        }
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(requestHeaders)
        errorText.deallocate()
    }

    /// Sets what the request is; before it starts.
    func configure(
        url text: String, userAgent: String, limits: HTTPClient.Limits, authorities: String?
    ) throws(TransportError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        // A request that starts with TLS never goes on without it.
        let redirects = url.scheme.isTLS ? "https" : "http,https"
        try check(ccurl_set_string(easy, CURLOPT_URL, text), "CURLOPT_URL")
        try check(ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https"), "CURLOPT_PROTOCOLS_STR")
        try check(ccurl_set_string(easy, CURLOPT_REDIR_PROTOCOLS_STR, redirects), "CURLOPT_REDIR_PROTOCOLS_STR")
        // Headers of ours may hold a key, and would go along to wherever the redirect leads.
        let follows = requestHeaders == nil
        try check(ccurl_set_long(easy, CURLOPT_FOLLOWLOCATION, follows ? 1 : 0), "CURLOPT_FOLLOWLOCATION")
        try check(ccurl_set_long(easy, CURLOPT_MAXREDIRS, HTTPTransfer.redirectLimit), "CURLOPT_MAXREDIRS")
        // "" offers everything that libcurl can undo: here gzip, deflate, br, zstd.
        try check(ccurl_set_string(easy, CURLOPT_ACCEPT_ENCODING, ""), "CURLOPT_ACCEPT_ENCODING")
        try check(
            ccurl_set_long(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS), "CURLOPT_HTTP_VERSION")
        try check(ccurl_set_string(easy, CURLOPT_USERAGENT, userAgent), "CURLOPT_USERAGENT")
        try check(ccurl_set_list(easy, CURLOPT_HTTPHEADER, requestHeaders), "CURLOPT_HTTPHEADER")
        try check(
            ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Int(limits.connectTimeoutMs)), "CURLOPT_CONNECTTIMEOUT_MS")
        try check(ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, Int(limits.totalTimeoutMs)), "CURLOPT_TIMEOUT_MS")
        try check(ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1), "CURLOPT_NOSIGNAL")
        // Else giving up a request waits for the name server's answer.
        try check(ccurl_set_long(easy, CURLOPT_QUICK_EXIT, 1), "CURLOPT_QUICK_EXIT")
        try check(ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText), "CURLOPT_ERRORBUFFER")
        try check(ccurl_set_write(easy, CURLOPT_HEADERFUNCTION, receiveHeader), "CURLOPT_HEADERFUNCTION")
        try check(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context), "CURLOPT_HEADERDATA")
        try check(ccurl_set_write(easy, CURLOPT_WRITEFUNCTION, receiveBody), "CURLOPT_WRITEFUNCTION")
        try check(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context), "CURLOPT_WRITEDATA")
        if let authorities { try check(ccurl_set_string(easy, CURLOPT_CAINFO, authorities), "CURLOPT_CAINFO") }
        // Loopback addresses are never meant for the proxy of the environment.
        if url.isLoopback { try check(ccurl_set_string(easy, CURLOPT_NOPROXY, "*"), "CURLOPT_NOPROXY") }
    }

    private func check(_ code: CURLcode, _ option: StaticString) throws(TransportError) {
        guard code != CURLE_OK else { return }
        throw .interrupted(reason: "\(option): \(String(cString: curl_easy_strerror(code)))")
    }

    /// What the finished transfer came to.
    func result(of code: CURLcode) -> Result<HTTPReply, TransportError> {
        guard code == CURLE_OK else { return .failure(error(for: code)) }
        // libcurl takes a connection that ends in the middle of the headers for a whole answer.
        guard isHeadComplete else { return .failure(.interrupted(reason: "the headers broke off")) }
        var status = 0
        ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        let wait = headers["Retry-After"].flatMap {
            HTTPDate.retryAfterSeconds($0, serverDate: headers["Date"], wallSeconds: Int64(time(nil)))
        }
        return .success(HTTPReply(status: status, headers: headers, body: body, retryAfterSeconds: wait))
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
        case CURLE_WRITE_ERROR where isTooLarge: .tooLarge(limit: bodyLimit)
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
            body.removeAll(keepingCapacity: true)
        } else if let colon = text.firstIndex(of: ":") {
            headers.append(
                name: String(text[..<colon]), value: String(text[text.index(after: colon)...].trimmingHTTPSpace()))
        } else if text == "\r\n" || text == "\n" {
            isHeadComplete = true
        }
        return line.count
    }

    /// - Returns: how many bytes were taken; fewer than given ends the transfer.
    fileprivate func addBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= bodyLimit else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }
}

extension Substring {
    fileprivate func trimmingHTTPSpace() -> Substring {
        var rest = self
        while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
        return rest.drop { $0.isWhitespace }
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
