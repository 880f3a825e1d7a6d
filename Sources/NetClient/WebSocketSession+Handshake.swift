internal import CWebSockets
internal import Glibc

// Up to the open connection: what the library calls on the way, and what it means.
extension WebSocketSession {
    /// Adds our name to the request.
    func appendHeaders(
        _ connection: OpaquePointer?, _ data: UnsafeMutableRawPointer?, _ count: Int
    ) -> CInt {
        phase = .handshaking
        guard let cursor = data?.assumingMemoryBound(to: UnsafeMutablePointer<UInt8>?.self),
            let end = cursor.pointee?.advanced(by: count)
        else { return -1 }
        let name = "CryptoStream"
        let code = lws_add_http_header_by_name(connection, "User-Agent:", name, CInt(name.utf8.count), cursor, end)
        return code == 0 ? 0 : -1
    }

    /// There is no connection: says why.
    func refused(_ connection: OpaquePointer?, _ reason: String) {
        guard phase.isBeforeOpen else { return ended() }
        let status = Int(lws_http_client_http_response(connection))
        if phase == .handshaking {
            if status != 0 { readRetryAfter(connection) }
            fail(.handshake(status: status, reason: reason))
        } else if url.scheme.isTLS, sawCertificate || WebSocketSession.isConnected(connection) {
            fail(.tls(host: url.authority, reason: reason))
        } else {
            fail(.connect(host: url.authority, reason: reason))
        }
    }

    /// Whether TCP got through, so that it was TLS that failed.
    private static func isConnected(_ connection: OpaquePointer?) -> Bool {
        guard let connection else { return false }
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getpeername(lws_get_socket_fd(connection), $0, &size) == 0
            }
        }
    }

    private func readRetryAfter(_ connection: OpaquePointer?) {
        func header(_ token: lws_token_indexes) -> String? {
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
                lws_hdr_copy(connection, text.baseAddress, CInt(text.count), token) > 0
                    ? text.baseAddress.map { String(cString: $0) } : nil
            }
        }
        retryAfterSeconds = header(WSI_TOKEN_HTTP_RETRY_AFTER).flatMap {
            HTTPDate.retryAfterSeconds($0, serverDate: header(WSI_TOKEN_HTTP_DATE), wallSeconds: Int64(time(nil)))
        }
    }
}
