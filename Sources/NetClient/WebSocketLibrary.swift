internal import CWebSockets
internal import Glibc
internal import Synchronization

/// libwebsockets' process-wide state, and what connections share of TLS.
enum WebSocketLibrary {
    /// One read of the socket.
    static let bufferBytes = 65536
    /// A literal's bytes stay where they are.
    static var protocolName: UnsafePointer<CChar> {
        UnsafeRawPointer(("cryptostream" as StaticString).utf8Start).assumingMemoryBound(to: CChar.self)
    }

    /// A context of this kind has no listener, and no vhost until one is made.
    static func contextSettings() -> lws_context_creation_info {
        var settings = lws_context_creation_info()
        settings.port = CONTEXT_PORT_NO_LISTEN
        settings.options = UInt64(LWS_SERVER_OPTION_EXPLICIT_VHOSTS)
        settings.pt_serv_buf_size = UInt32(bufferBytes)
        settings.max_http_header_data2 = 16384
        settings.fd_limit_per_thread = 8
        settings.timeout_secs = 3600  // ours is shorter
        return settings
    }

    /// Initialises OpenSSL as libwebsockets uses it, once per process.
    ///
    /// Version 4.1 does that for every context that asks for TLS, and each time moves the place where a connection's TLS
    /// state points to the connection: the handshakes of all other contexts that are under way fail then. So only this
    /// one asks; connections give TLS to their vhost alone.
    private static let ready: Bool = {
        // Nothing of it goes to stderr: what matters comes back as errors.
        lws_set_log_level(0, nil)
        var settings = contextSettings()
        settings.options |= UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT)
        guard let context = lws_create_context(&settings) else { return false }
        lws_context_destroy(context)
        return true
    }()

    /// Once per process; later calls find it done.
    static func prepare() { precondition(ready, "lws_create_context failed") }

    /// The TLS settings of all connections that trust the same authorities; reading those takes longer than connecting.
    struct Trust: @unchecked Sendable {
        // Sendable: "SSL_CTX objects may be used by multiple threads" once set up (OpenSSL 3, openssl-threads(7)).
        let raw: OpaquePointer
        /// What the library's own object of these settings refers to.
        fileprivate let protocols: UnsafeMutablePointer<lws_protocols>
    }

    private static let trusts = Mutex<[String: Trust]>([:])

    /// What trusts the system's authorities and those of a PEM file; it lives as long as the process.
    static func trust(authorities: String?) -> Trust? {
        prepare()
        return trusts.withLock { known in
            if let trust = known[authorities ?? ""] { return trust }
            let trust = makeTrust(authorities: authorities)
            known[authorities ?? ""] = trust
            return trust
        }
    }

    /// Lets the library make a vhost's TLS settings, and catches them.
    private static func makeTrust(authorities: String?) -> Trust? {
        var found: OpaquePointer?
        return withUnsafeMutablePointer(to: &found) { found in
            var settings = contextSettings()
            settings.user = UnsafeMutableRawPointer(found)
            // Neither is ever destroyed: the settings are the vhost's.
            guard let context = lws_create_context(&settings) else { return nil }
            let protocols = UnsafeMutablePointer<lws_protocols>.allocate(capacity: 2)
            protocols.initialize(repeating: lws_protocols(), count: 2)
            protocols[0].name = protocolName
            protocols[0].callback = catchTrust
            settings.protocols = UnsafePointer(protocols)
            settings.options |= UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT)
            let file = authorities.flatMap { strdup($0) }
            defer { free(file) }
            settings.client_ssl_ca_filepath = UnsafePointer(file)
            guard lws_create_vhost(context, &settings) != nil, let raw = found.pointee else { return nil }
            return Trust(raw: raw, protocols: protocols)
        }
    }
}

/// Keeps the `SSL_CTX *` that the library hands out for more certificates to be added.
private func catchTrust(
    _ connection: OpaquePointer?, _ reason: lws_callback_reasons, _ user: UnsafeMutableRawPointer?,
    _ data: UnsafeMutableRawPointer?, _ count: Int
) -> CInt {
    guard reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_CLIENT_VERIFY_CERTS, let connection, let user,
        let context = lws_get_context(connection), let found = lws_context_user(context)
    else { return 0 }
    found.assumingMemoryBound(to: OpaquePointer?.self).pointee = OpaquePointer(user)
    return 0
}
