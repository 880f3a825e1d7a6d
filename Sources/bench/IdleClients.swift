import Glibc

/// Clients that listen to events and hear nothing, each by a socket of its own.
final class IdleClients {
    private var sockets: [Int32] = []

    /// - Throws: when the server does not answer, or there are not descriptors enough.
    init(_ count: Int, port: UInt16) throws {
        let request =
            "GET /events HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: text/event-stream\r\n\r\n"
        for _ in 0..<count {
            let descriptor = try IdleClients.connect(port)
            sockets.append(descriptor)
            _ = send(descriptor, request, request.utf8.count, Int32(MSG_NOSIGNAL))
        }
        for descriptor in sockets { try IdleClients.read(descriptor, until: "retry: ") }
    }

    deinit { for descriptor in sockets { close(descriptor) } }

    /// Waits until each has heard the text.
    func hear(_ text: String) throws {
        for descriptor in sockets { try IdleClients.read(descriptor, until: text) }
    }

    private static func connect(_ port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard descriptor >= 0, code == 0 else {
            throw SelfProcess.Failed(reason: "a client: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    private static func read(_ descriptor: Int32, until text: String) throws {
        var heard = ""
        var piece = [UInt8](repeating: 0, count: 4_096)
        while !heard.contains(text) {
            let count = recv(descriptor, &piece, piece.count, 0)
            guard count > 0 else { throw SelfProcess.Failed(reason: "a client heard only \(heard)") }
            heard += String(decoding: piece[..<count], as: UTF8.self)
        }
    }
}
