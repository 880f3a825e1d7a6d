import Foundation
import TestSupport
import Testing

/// A server that speaks TLS in front of a loopback server: certificates by openssl, the relay in Python.
final class TLSRelay {
    let port: Int
    /// The certificate, which signs itself: who trusts it, trusts the relay.
    let certificate: String
    private let folder: URL
    private let relay: ChildProcess

    /// - Parameter offers: the protocols it prefers, best first (ALPN).
    /// - Returns: `nil`, after a line saying so,, where openssl or python3 is missing.
    static func start(before server: LoopbackServer, name: String, offers: String = "http/1.1") throws -> TLSRelay? {
        for tool in ["openssl", "python3"] {
            let version = tool == "openssl" ? "version" : "--version"
            guard let result = try? ChildProcess(tool, [version]).wait(), result.status == 0 else {
                print("skipped: \(tool) is not installed, so nothing speaks TLS with us")
                return nil
            }
        }
        return try TLSRelay(before: server, name: name, offers: offers)
    }

    private init(before server: LoopbackServer, name: String, offers: String) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let key = folder.appendingPathComponent("key.pem").path
        certificate = folder.appendingPathComponent("certificate.pem").path
        let made = try ChildProcess(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)", "-keyout", key, "-out", certificate,
            ]
        ).wait()
        try #require(made.status == 0, "openssl: \(made.errors)")
        let relay = try ChildProcess(
            "python3", ["-u", "-c", TLSRelay.program, certificate, key, "\(server.port)", offers])
        self.relay = relay
        _ = waitUntil(seconds: 30) { relay.outputSoFar.hasSuffix("\n") || !relay.isRunning }
        let line = relay.outputSoFar.trimmingCharacters(in: .whitespacesAndNewlines)
        port = try #require(Int(line), "the relay did not start: \(relay.errorsSoFar)")
    }

    deinit {
        relay.signal(SIGKILL)
        try? FileManager.default.removeItem(at: folder)
    }

    private static let program = """
        import socket, ssl, sys, threading
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        context.set_alpn_protocols(sys.argv[4].split())
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        def pump(source, sink):
            try:
                while data := source.recv(65536):
                    sink.sendall(data)
            except OSError:
                pass
            finally:
                for end in (source, sink):
                    try: end.shutdown(socket.SHUT_RDWR)
                    except OSError: pass
        def serve(plain):
            try:
                secure = context.wrap_socket(plain, server_side=True)
            except OSError:
                return plain.close()
            inner = socket.create_connection(("127.0.0.1", int(sys.argv[3])))
            threading.Thread(target=pump, args=(inner, secure), daemon=True).start()
            pump(secure, inner)
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
        """
}
