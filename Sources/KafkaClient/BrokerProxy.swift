internal import Glibc
internal import System

/// A loopback port at which clients find the embedded broker, in words that they understand (`BrokerAnswer`).
///
/// It is for a cluster of one broker, and for clients that are not librdkafka; ours go to the broker itself.
/// *Thread*: one calls `serve` again and again; it owns none.
package final class BrokerProxy {
    /// No more clients at a time; others wait to be accepted.
    private static let mostConnections = 256

    /// Where clients find it.
    package let port: UInt16
    /// The port of the broker itself.
    private let broker: UInt16
    private let listener: FileDescriptor
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
        broker = bootstrap.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
        let listener: FileDescriptor
        do throws(SystemError) { listener = try Self.openSocket() } catch { throw Self.failure(error, port) }
        let number = listener.number
        var on: Int32 = 1  // a restart need not wait for the connections of the last run to time out
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        let bound = Self.withAddress(port: port) { address, size in
            bind(number, address, size) == 0 && listen(number, 64) == 0 && getsockname(number, address, &size) == 0
        }
        guard let bound else { throw Self.failure(.last("listen"), port) }
        self.port = bound
        self.listener = listener
    }

    private static func failure(_ error: SystemError, _ port: UInt16) -> KafkaError {
        .failed(operation: "listen on 127.0.0.1:\(port)", code: error.code, reason: error.reason)
    }

    /// Clients that are connected.
    package var count: Int { connections.count }

    /// Passes on what there is, waiting at most so long for the first of it.
    package func serve(waitMs: Int32) {
        let isFull = isExhausted || connections.count >= Self.mostConnections
        isExhausted = false
        var polls = [pollfd(fd: isFull ? -1 : listener.number, events: Int16(POLLIN), revents: 0)]
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
        do throws(SystemError) {
            let client = try FileDescriptor("accept") { Glibc.accept(listener.number, nil, nil) }
            _ = fcntl(client.number, F_SETFL, O_NONBLOCK)
            let upstream = try Self.openSocket()
            let number = upstream.number
            let reached = Self.withAddress(port: broker) { connect(number, $0, $1) == 0 || errno == EINPROGRESS }
            if reached == nil { return }
            connections.append(ProxyConnection(client: client, broker: upstream, port: port))
        } catch {
            isExhausted = error.code != EAGAIN && error.code != ECONNABORTED
        }
    }

    /// A socket that does not block. It sends at once, and so do those that it accepts: Linux hands that on.
    private static func openSocket() throws(SystemError) -> FileDescriptor {
        let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let descriptor = FileDescriptor(
            adopting: try SystemError.check("socket") { socket(AF_INET, Int32(kind), 0) })
        var on: Int32 = 1
        setsockopt(descriptor.number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    /// Hands out the address of a port on 127.0.0.1, and gives the port that it has afterwards; nil when that failed.
    private static func withAddress(
        port: UInt16, _ isDone: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Bool
    ) -> UInt16? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { isDone($0, &size) }
        }
        return result ? UInt16(bigEndian: address.sin_port) : nil
    }
}

@available(*, unavailable)
extension BrokerProxy: Sendable {}
