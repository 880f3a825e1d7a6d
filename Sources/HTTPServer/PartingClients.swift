internal import Glibc

/// Clients that were refused while they still sent: what they send on is read and thrown away until they have ended.
///
/// A socket that is closed with bytes unread resets its connection, and a client that sends all before it reads loses the answer that
/// waits for it. *Source*: RFC 9112, section 9.6. *Thread*: the one that runs the server.
struct PartingClients: ~Copyable {
    private struct Client {
        let descriptor: Int32
        /// When it is closed whatever it sends.
        let endMs: Int64
        /// When it is closed unless something comes before.
        var quietEndMs: Int64
        var leftBytes: Int
    }

    /// Further ones are closed at once.
    private static let most = 64
    /// As much as is read of one of them.
    private static let mostBytes = 64 << 20
    private static let mostMs: Int64 = 30_000
    private static let quietMs: Int64 = 5_000
    /// In one turn, after which others have theirs.
    private static let readsPerTurn = 16

    private var clients: [Client] = []
    private var buffer: [UInt8] = []

    deinit { for client in clients { close(client.descriptor) } }

    /// Takes over a connection whose own descriptor is about to be closed, and ends our side of it.
    /// - Returns: the descriptor that stays; nil where there are too many already.
    mutating func add(copying descriptor: Int32, nowMs: Int64) -> Int32? {
        guard clients.count < PartingClients.most else { return nil }
        // libmicrohttpd takes its own descriptor off its epoll before it closes it: the copy keeps no event of it alive.
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { return nil }
        shutdown(copy, Int32(SHUT_WR))
        clients.append(
            Client(
                descriptor: copy, endMs: nowMs + PartingClients.mostMs, quietEndMs: nowMs + PartingClients.quietMs,
                leftBytes: PartingClients.mostBytes))
        return copy
    }

    /// Reads what has come, and closes those that are through. *Complexity*: nothing where there are none.
    mutating func turn(nowMs: Int64) {
        if clients.isEmpty { return }
        if buffer.isEmpty { buffer = [UInt8](repeating: 0, count: 64 << 10) }
        var staying: [Client] = []
        for var client in clients {
            if readsOn(&client, nowMs) { staying.append(client) } else { close(client.descriptor) }
        }
        clients = staying
        if clients.isEmpty { buffer = [] }
    }

    private mutating func readsOn(_ client: inout Client, _ nowMs: Int64) -> Bool {
        for _ in 0..<PartingClients.readsPerTurn {
            let count = recv(client.descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN { break }
            guard count > 0 else { return false }
            client.leftBytes -= count
            client.quietEndMs = nowMs + PartingClients.quietMs
        }
        return client.leftBytes > 0 && nowMs < min(client.endMs, client.quietEndMs)
    }
}
