internal import Glibc
internal import System

/// One client's connection, and the proxy's own to the broker for it.
final class ProxyConnection {
    private static let readBytes = 1 << 16

    private let client: FileDescriptor
    private let broker: FileDescriptor
    private var frames: ProxyFrames
    /// Both ends have nothing more to say, or one is lost: to be dropped.
    private(set) var isOver = false

    /// Owns both descriptors from here on; neither may block.
    init(client: consuming FileDescriptor, broker: consuming FileDescriptor, port: UInt16) {
        self.client = client
        self.broker = broker
        frames = ProxyFrames(port: port)
    }

    /// What `poll` is to look for, client first. Who sends faster than the other end reads is not read.
    var polls: [pollfd] {
        [
            Self.poll(client.number, reads: frames.requests, writes: frames.answers),
            Self.poll(broker.number, reads: frames.answers, writes: frames.requests),
        ]
    }

    /// Passes on what there is, after `poll` has answered.
    func serve(_ clientEvents: Int16, _ brokerEvents: Int16) {
        do throws(ProxyFrames.Broken) {
            if clientEvents & ~Int16(POLLOUT) != 0 {
                try frames.take(request: read(client.number, &frames.requests.hasEnded))
            }
            if brokerEvents & ~Int16(POLLOUT) != 0 {
                try frames.take(answer: read(broker.number, &frames.answers.hasEnded))
            }
        } catch { isOver = true }
        send(&frames.requests.output, to: broker.number)
        send(&frames.answers.output, to: client.number)
        // A client that has said all may still wait for answers. To say so once more changes nothing.
        if frames.requests.isOver { shutdown(broker.number, Int32(SHUT_WR)) }
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
            do throws(SystemError) {
                count = try SystemError.check("recv") { recv(descriptor, buffer.baseAddress, buffer.count, 0) }
                if count == 0 { hasEnded = true }
            } catch { note(error) }
        }
    }

    private func send(_ queue: inout ArraySlice<UInt8>, to descriptor: Int32) {
        guard !queue.isEmpty, !isOver else { return }
        do throws(SystemError) {
            let sent = try SystemError.check("send") {
                queue.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            }
            queue.removeFirst(sent)
        } catch { note(error) }
    }

    /// A socket that is not ready is tried again after the next `poll`.
    private func note(_ error: SystemError) {
        if error.code != EAGAIN { isOver = true }
    }
}
