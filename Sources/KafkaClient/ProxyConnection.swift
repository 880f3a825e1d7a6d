internal import Glibc

/// One client's connection, and the proxy's own to the broker for it.
final class ProxyConnection {
    private static let readBytes = 1 << 16

    private let client: Int32
    private let broker: Int32
    private var frames: ProxyFrames
    /// Both ends have nothing more to say, or one is lost: to be dropped.
    private(set) var isOver = false

    /// Owns both descriptors from here on; neither may block.
    init(client: Int32, broker: Int32, port: UInt16) {
        self.client = client
        self.broker = broker
        frames = ProxyFrames(port: port)
    }

    deinit {
        close(client)
        close(broker)
    }

    /// What `poll` is to look for, client first. Who sends faster than the other end reads is not read.
    var polls: [pollfd] {
        [
            Self.poll(client, reads: frames.requests, writes: frames.answers),
            Self.poll(broker, reads: frames.answers, writes: frames.requests),
        ]
    }

    /// Passes on what there is, after `poll` has answered.
    func serve(_ clientEvents: Int16, _ brokerEvents: Int16) {
        do throws(ProxyFrames.Broken) {
            if clientEvents & ~Int16(POLLOUT) != 0 { try frames.take(request: read(client, &frames.requests.hasEnded)) }
            if brokerEvents & ~Int16(POLLOUT) != 0 { try frames.take(answer: read(broker, &frames.answers.hasEnded)) }
        } catch { isOver = true }
        send(&frames.requests.output, to: broker)
        send(&frames.answers.output, to: client)
        // A client that has said all may still wait for answers. To say so once more changes nothing.
        if frames.requests.isOver { shutdown(broker, Int32(SHUT_WR)) }
        if frames.answers.isOver { isOver = true }
    }

    // MARK: Parts

    private static func poll(_ descriptor: Int32, reads: ProxyFrames.Stream, writes: ProxyFrames.Stream) -> pollfd {
        let events = (reads.hasRoom ? Int16(POLLIN) : 0) | (writes.output.isEmpty ? 0 : Int16(POLLOUT))
        // A connection that is gone is told without being asked for, again and again: not of one that nothing is wanted of.
        return pollfd(fd: events == 0 ? -1 : descriptor, events: events, revents: 0)
    }

    /// What has come; nothing also when nothing more will.
    private func read(_ descriptor: Int32, _ hasEnded: inout Bool) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.readBytes) { buffer, count in
            let received = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            count = max(0, received)
            if received == 0 { hasEnded = true } else if received < 0, !Self.mayTryAgain { isOver = true }
        }
    }

    private func send(_ queue: inout ArraySlice<UInt8>, to descriptor: Int32) {
        guard !queue.isEmpty, !isOver else { return }
        let sent = queue.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if sent < 0, !Self.mayTryAgain { isOver = true }
        queue.removeFirst(max(0, sent))
    }

    private static var mayTryAgain: Bool { errno == EAGAIN || errno == EINTR }
}
