import Glibc

/// Many clients of `/api/stream`, and when each of them hears what.
final class EventListeners {
    private struct Client {
        let socket: Int32
        /// The end of what was heard: a text may come in two pieces.
        var tail: [UInt8] = []
        var hasHeard = false
    }

    private var clients: [Client] = []
    private var waiting: [pollfd] = []
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    /// How long each text took to each client. *Units*: ms.
    private(set) var times: [Int64] = []

    init(_ count: Int, port: UInt16) throws {
        let request = "GET /api/stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
        for _ in 0..<count {
            let socket = try LoopbackSocket.connect(port)
            clients.append(Client(socket: socket))
            waiting.append(pollfd(fd: socket, events: Int16(POLLIN), revents: 0))
            _ = send(socket, request, request.utf8.count, Int32(MSG_NOSIGNAL))
        }
        try hear("retry: ", withinMs: 10_000, untilAll: true)
        guard times.count == count else { throw SelfProcess.Failed(reason: "only \(times.count) clients are let in") }
        times = []
    }

    deinit { for client in clients { close(client.socket) } }

    /// Reads for so long what comes, and notes when each client hears the text.
    func hear(_ text: String, withinMs: Int64, untilAll: Bool = false) throws {
        for number in clients.indices { clients[number].hasHeard = false }
        let clock = ContinuousClock(), start = clock.now
        let wanted = Array(text.utf8)
        var missing = clients.count
        while case let ms = Int64(nanoseconds(clock.now - start) / 1e6), ms < withinMs, !(untilAll && missing == 0) {
            _ = poll(&waiting, nfds_t(waiting.count), Int32(withinMs - ms))
            for number in clients.indices where waiting[number].revents != 0 {
                guard try read(number, wanted) else { continue }
                missing -= 1
                times.append(Int64(nanoseconds(clock.now - start) / 1e6))
            }
        }
    }

    /// Whether the client has heard the text now.
    private func read(_ number: Int, _ wanted: [UInt8]) throws -> Bool {
        let kept = clients[number].tail.count
        buffer.replaceSubrange(0..<kept, with: clients[number].tail)
        let count = buffer.withUnsafeMutableBytes { bytes in
            let room = UnsafeMutableRawBufferPointer(rebasing: bytes[kept...])
            return recv(clients[number].socket, room.baseAddress, room.count, Int32(MSG_DONTWAIT))
        }
        guard count > 0 else {
            if count < 0, errno == EAGAIN { return false }
            throw SelfProcess.Failed(reason: "client \(number) was cut off")
        }
        let heard = kept + count
        clients[number].tail = Array(buffer[max(0, heard - wanted.count + 1)..<heard])
        guard !clients[number].hasHeard else { return false }
        clients[number].hasHeard = buffer.withUnsafeBytes { EventListeners.holds($0[..<heard], wanted) }
        return clients[number].hasHeard
    }

    private static func holds(_ bytes: Slice<UnsafeRawBufferPointer>, _ wanted: [UInt8]) -> Bool {
        var rest = bytes
        while let start = rest.firstIndex(of: wanted[0]) {
            if rest[start...].starts(with: wanted) { return true }
            rest = rest[(start + 1)...]
        }
        return false
    }
}
