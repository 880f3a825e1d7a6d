internal import Glibc

/// One client's connection, and the proxy's own to the broker for it.
final class ProxyConnection {
    /// One end.
    private struct Socket {
        let descriptor: Int32
        /// It sends nothing more.
        var hasEnded = false
        /// It was told that nothing more comes.
        var wasToldEnd = false
    }

    private static let readBytes = 1 << 16

    private var client: Socket
    private var broker: Socket
    private var frames: ProxyFrames
    /// Both ends have nothing more to say, or one is lost: to be dropped.
    private(set) var isOver = false

    /// Owns both descriptors from here on; neither may block.
    init(client: Int32, broker: Int32, port: UInt16) {
        self.client = Socket(descriptor: client)
        self.broker = Socket(descriptor: broker)
        frames = ProxyFrames(port: port)
    }

    deinit {
        close(client.descriptor)
        close(broker.descriptor)
    }

    /// What `poll` is to look for, client first. Who sends faster than the other end reads is not read.
    var polls: [pollfd] {
        [
            Self.poll(client, reads: frames.requests.hasRoom, writes: !frames.answers.output.isEmpty),
            Self.poll(broker, reads: frames.answers.hasRoom, writes: !frames.requests.output.isEmpty),
        ]
    }

    /// Passes on what there is, after `poll` has answered.
    func serve(_ clientEvents: Int16, _ brokerEvents: Int16) {
        do throws(ProxyFrames.Broken) {
            if clientEvents & ~Int16(POLLOUT) != 0 {
                try read(&client) { bytes throws(ProxyFrames.Broken) in try frames.take(request: bytes) }
            }
            if brokerEvents & ~Int16(POLLOUT) != 0 {
                try read(&broker) { bytes throws(ProxyFrames.Broken) in try frames.take(answer: bytes) }
            }
        } catch { isOver = true }
        frames.noteSent(requests: send(frames.requests.output, to: broker))
        frames.noteSent(answers: send(frames.answers.output, to: client))
        // A client that has said all may still wait for answers.
        if client.hasEnded, frames.requests.output.isEmpty, !broker.wasToldEnd {
            broker.wasToldEnd = true
            shutdown(broker.descriptor, Int32(SHUT_WR))
        }
        if broker.hasEnded, frames.answers.output.isEmpty { isOver = true }
    }

    // MARK: Parts

    private static func poll(_ socket: Socket, reads: Bool, writes: Bool) -> pollfd {
        let events = (reads && !socket.hasEnded ? Int16(POLLIN) : 0) | (writes ? Int16(POLLOUT) : 0)
        // A connection that is gone is told without being asked for, again and again: not of one that nothing is wanted of.
        return pollfd(fd: events == 0 ? -1 : socket.descriptor, events: events, revents: 0)
    }

    private func read(
        _ socket: inout Socket, _ take: (UnsafeRawBufferPointer) throws(ProxyFrames.Broken) -> Void
    ) throws(ProxyFrames.Broken) {
        guard !socket.hasEnded else { return }
        let result: Result<Void, ProxyFrames.Broken> = withUnsafeTemporaryAllocation(
            byteCount: Self.readBytes, alignment: 1
        ) { buffer in
            let count = recv(socket.descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 {
                return Result { () throws(ProxyFrames.Broken) in
                    try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                }
            }
            if count == 0 { socket.hasEnded = true } else if !Self.mayTryAgain { isOver = true }
            return .success(())
        }
        try result.get()
    }

    /// How many bytes went out.
    private func send(_ queue: ByteQueue, to socket: Socket) -> Int {
        guard !queue.isEmpty, !isOver else { return 0 }
        let count = queue.withFirst(queue.count) {
            Glibc.send(socket.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count < 0, !Self.mayTryAgain { isOver = true }
        return max(0, count)
    }

    private static var mayTryAgain: Bool { errno == EAGAIN || errno == EINTR }
}
