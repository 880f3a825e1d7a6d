import Glibc

/// Clients that listen to events and hear nothing, each by a socket of its own.
final class IdleClients {
    private var sockets: [Int32] = []

    /// - Throws: when the server does not answer, or there are not descriptors enough.
    init(_ count: Int, port: UInt16) throws {
        let request =
            "GET /events HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: text/event-stream\r\n\r\n"
        for _ in 0..<count {
            let descriptor = try LoopbackSocket.connect(port)
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
