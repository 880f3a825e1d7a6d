internal import CCurl
internal import Glibc

/// Looks up the addresses of a host name without blocking, which libwebsockets' own lookup would do.
///
/// libcurl resolves while it is polled and asks for a socket for each address it would try; it gets none, and we know
/// the addresses. (glibc's `getaddrinfo_a` does the same, but starts threads that the thread sanitizer dies of.)
final class AddressLookup {
    private let host: String
    private let multi: UnsafeMutableRawPointer
    private let easy: UnsafeMutableRawPointer
    private var found: [String] = []

    /// - Throws: `.resolve` when the lookup cannot even start.
    init(host: String) throws(TransportError) {
        CurlLibrary.prepare()
        guard let multi = curl_multi_init() else { throw .resolve(host: host, reason: "curl_multi_init failed") }
        guard let easy = curl_easy_init() else {
            curl_multi_cleanup(multi)
            throw .resolve(host: host, reason: "curl_easy_init failed")
        }
        self.host = host
        self.multi = multi
        self.easy = easy
        let codes = [
            ccurl_set_string(easy, CURLOPT_URL, "http://\(host)/"),
            ccurl_set_string(easy, CURLOPT_PROXY, ""),
            ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1),
            // Else giving up waits for the name server's answer.
            ccurl_set_long(easy, CURLOPT_QUICK_EXIT, 1),
            ccurl_set_open_socket(easy, CURLOPT_OPENSOCKETFUNCTION, noteAddress),
            ccurl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, Unmanaged.passUnretained(self).toOpaque()),
        ]
        guard codes.allSatisfy({ $0 == CURLE_OK }), curl_multi_add_handle(multi, easy) == CURLM_OK else {
            throw .resolve(host: host, reason: "libcurl refuses the name")
        }
    }

    deinit {
        curl_multi_remove_handle(multi, easy)
        curl_easy_cleanup(easy)
        curl_multi_cleanup(multi)
    }

    /// Waits at most `waitMs` for the addresses, in the order to try them; `nil`: not yet.
    /// - Throws: `.resolve`.
    func addresses(waitMs: Int64) throws(TransportError) -> [String]? {
        var running: CInt = 0
        curl_multi_perform(multi, &running)
        if running > 0, waitMs > 0 {
            curl_multi_poll(multi, nil, 0, CInt(clamping: waitMs), nil)
            curl_multi_perform(multi, &running)
        }
        guard running == 0 else { return nil }
        guard found.isEmpty else { return found }
        var left: CInt = 0
        let code = curl_multi_info_read(multi, &left).map { ccurl_message_result($0) } ?? CURLE_COULDNT_RESOLVE_HOST
        throw .resolve(host: host, reason: String(cString: curl_easy_strerror(code)))
    }

    /// Whether `host` is an address already.
    static func isNumeric(_ host: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1
    }

    fileprivate func note(_ entry: UnsafeMutablePointer<curl_sockaddr>) {
        // The address is longer than its declared type: it must be read where it is.
        guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return }
        let address = (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: sockaddr.self)
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { text in
            let code = getnameinfo(
                address, entry.pointee.addrlen, text.baseAddress, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            return code == 0 ? text.baseAddress.map { String(cString: $0) } : nil
        }
        if let text, !found.contains(text) { found.append(text) }
    }
}

private func noteAddress(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    if let context, let address { Unmanaged<AddressLookup>.fromOpaque(context).takeUnretainedValue().note(address) }
    return CURL_SOCKET_BAD
}
