internal import CMicroHTTPD
internal import Glibc

/// All clients that listen. It looks at a bounded number of them a turn, so that a message to ten thousand keeps no request
/// waiting for long. *Thread*: the one that runs the server.
final class EventHub {
    /// A few milliseconds of a turn.
    static let clientsPerTurn = 256
    /// How often clients are looked at where nothing is published: heartbeats are late by so much at most.
    static let sweepMs: Int64 = 1_000

    /// Now, for all that one turn does. *Units*: milliseconds of the monotonic clock.
    var nowMs: Int64 = 0
    /// The server stops: clients are told.
    var isStopping = false { didSet { lookAtAll() } }
    /// Clients that were cut off for being too far behind.
    var cut: UInt64 = 0
    private(set) var clients: [EventClient] = []
    /// The streams that somebody listens to, and how many do.
    private var streams: [ObjectIdentifier: (stream: EventStream, clients: Int)] = [:]
    private let waker: Waker
    private var left = 0
    private var next = 0
    private var nextSweepMs: Int64 = 0

    init(_ waker: Waker) { self.waker = waker }

    deinit { for heard in streams.values { heard.stream.detach(waker) } }

    /// Makes the answer to a client that wants to listen; nil without memory.
    func makeResponse(_ connection: ClientConnection, _ stream: EventStream) -> OpaquePointer? {
        // libmicrohttpd 0.9.75 answers HEAD with a last chunk, which the client takes for the next answer.
        if connection.isHead { return try? MHDResponse.make([], headers: EventHub.headers) }
        begin(listeningTo: stream)
        let id = connection.handle.header("Last-Event-ID").map { String(cString: $0) }
        let client = EventClient(connection, stream, after: id, hub: self)
        // The response keeps the client until libmicrohttpd says that it needs it no more.
        let context = Unmanaged.passRetained(client)
        guard
            let response = MHD_create_response_from_callback(
                UInt64.max, EventHub.blockBytes, readEvents, context.toOpaque(), forgetClient)
        else {
            context.release()
            end(listeningTo: stream)
            return nil
        }
        MHDResponse.add(EventHub.headers, to: response)
        var bytes = EventHub.socketBytes
        setsockopt(connection.descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        client.index = clients.count
        clients.append(client)
        connection.listener = client
        connection.phase = .listening
        return response
    }

    /// The client is no more, however it ended.
    func remove(_ client: EventClient) {
        client.connection.listener = nil
        guard client.index < clients.count, clients[client.index] === client else { return }
        end(listeningTo: client.stream)
        let last = clients.removeLast()
        if last !== client {
            clients[client.index] = last
            last.index = client.index
            // Those that were to be looked at lie elsewhere now.
            if left > 0 { lookAtAll() }
        }
    }

    /// Something was published, or all are to be told something.
    func lookAtAll() { left = clients.count }

    /// How long the next turn may wait. *Units*: milliseconds.
    var patienceMs: Int64 { clients.isEmpty ? .max : left > 0 ? 0 : max(0, nextSweepMs - nowMs) }

    /// Looks at some clients.
    func turn() {
        if nowMs >= nextSweepMs {
            nextSweepMs = nowMs + EventHub.sweepMs
            lookAtAll()
        }
        for _ in 0..<min(left, EventHub.clientsPerTurn, clients.count) {
            if next >= clients.count { next = 0 }
            clients[next].look()
            next += 1
            left -= 1
        }
        if clients.isEmpty { left = 0 }
    }

    /// libmicrohttpd may not be stopped while connections are suspended.
    func resumeAll() {
        for client in clients {
            client.end(.gone)
            client.resume()
        }
    }

    private func begin(listeningTo stream: EventStream) {
        let count = streams[ObjectIdentifier(stream)]?.clients ?? 0
        if count == 0 { stream.attach(waker) }
        streams[ObjectIdentifier(stream)] = (stream, count + 1)
    }

    /// Lets go of a stream when its last client has left.
    private func end(listeningTo stream: EventStream) {
        guard let count = streams[ObjectIdentifier(stream)]?.clients else { return }
        if count == 1 { stream.detach(waker) }
        streams[ObjectIdentifier(stream)] = count > 1 ? (stream, count - 1) : nil
    }

    /// Kept by libmicrohttpd for each client, beside the connection's own memory.
    private static let blockBytes = 256
    /// What the kernel keeps of a client that does not read, beside `keptBytes`; it doubles the number.
    private static let socketBytes: Int32 = 64 << 10
    private static let headers = [
        ("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"),
    ]
}

private func readEvents(
    _ context: UnsafeMutableRawPointer?, _ position: UInt64, _ buffer: UnsafeMutablePointer<CChar>?, _ count: Int
) -> Int {
    guard let context, let buffer else { return Int(MHD_CONTENT_READER_END_WITH_ERROR) }
    return Unmanaged<EventClient>.fromOpaque(context).takeUnretainedValue().read(
        into: UnsafeMutableRawBufferPointer(start: buffer, count: count))
}

private func forgetClient(_ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    Unmanaged<EventClient>.fromOpaque(context).release()
}
