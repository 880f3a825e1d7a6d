internal import Glibc

/// A loopback port at which clients find the embedded broker, in words that they understand (`BrokerAnswer`).
///
/// It is for a cluster of one broker, and for clients that are not librdkafka; ours go to the broker itself.
/// *Thread*: one calls `serve` again and again; it owns none.
package final class BrokerProxy {
    /// No more clients at a time; others wait to be accepted.
    private static let mostConnections = 256

    /// Where clients find it.
    package let port: UInt16
    private let broker: sockaddr_in
    private let listener: Int32
    private var connections: [ProxyConnection] = []
    /// The process has no descriptor to spare: asking again at once would only turn in circles.
    private var isExhausted = false

    /// `host:port`.
    package var bootstrap: String { "127.0.0.1:\(port)" }

    /// Listens on 127.0.0.1.
    ///
    /// - Parameters:
    ///   - bootstrap: the broker's address, on 127.0.0.1.
    ///   - port: 0: any that is free.
    /// - Throws: `.failed` with `errno` when the port is taken.
    package init(of bootstrap: String, port: UInt16 = 0) throws(KafkaError) {
        let upstream = bootstrap.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
        self.broker = Self.address(port: upstream)
        let listener = Self.openSocket()
        var on: Int32 = 1  // a restart need not wait for the connections of the last run to time out
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = Self.address(port: port)
        let isBound = Self.withAddress(&address) { bind(listener, $0, $1) == 0 && listen(listener, 64) == 0 }
        guard listener >= 0, isBound else {
            let code = errno
            close(listener)
            throw .failed(
                operation: "listen on 127.0.0.1:\(port)", code: code, reason: String(cString: strerror(code)))
        }
        _ = Self.withAddress(&address) { pointer, size in
            var size = size
            return getsockname(listener, pointer, &size) == 0
        }
        self.port = UInt16(bigEndian: address.sin_port)
        self.listener = listener
    }

    deinit { close(listener) }

    /// Clients that are connected.
    package var count: Int { connections.count }

    /// Passes on what there is, waiting at most so long for the first of it.
    package func serve(waitMs: Int32) {
        let isFull = isExhausted || connections.count >= Self.mostConnections
        isExhausted = false
        var polls = [pollfd(fd: isFull ? -1 : listener, events: Int16(POLLIN), revents: 0)]
        for connection in connections { polls += connection.polls }
        guard poll(&polls, nfds_t(polls.count), waitMs) > 0 else { return }
        for (index, connection) in connections.enumerated() {
            let (client, broker) = (polls[1 + 2 * index].revents, polls[2 + 2 * index].revents)
            if client != 0 || broker != 0 { connection.serve(client, broker) }
        }
        connections.removeAll { $0.isOver }
        if polls[0].revents != 0 { accept() }
    }

    // MARK: Parts

    private func accept() {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else {
            isExhausted = errno != EAGAIN && errno != EINTR && errno != ECONNABORTED
            return
        }
        let upstream = Self.openSocket()
        var address = broker
        let isUnderWay = Self.withAddress(&address) { connect(upstream, $0, $1) == 0 || errno == EINPROGRESS }
        guard upstream >= 0, isUnderWay else {
            isExhausted = upstream < 0
            close(client)
            close(upstream)
            return
        }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        _ = fcntl(client, F_SETFL, O_NONBLOCK)
        for descriptor in [client, upstream] {
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        connections.append(ProxyConnection(client: client, broker: upstream, port: port))
    }

    private static func openSocket() -> Int32 {
        socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func withAddress(
        _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Bool
    ) -> Bool {
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}

@available(*, unavailable)
extension BrokerProxy: Sendable {}
