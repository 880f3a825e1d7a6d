internal import CryptoCore

/// One venue's WebSocket as a feed: the supervisor decides, this moves the bytes.
package struct WebSocketFeed<Session: StreamSession, Clock: FeedClock>: Feed, ~Copyable {
    private var supervisor: StreamSupervisor<Session>
    private let endpoint: Endpoint?
    private let clock: Clock
    private var client: WebSocketClient?
    private var pingedMs: Int64 = 0

    /// - Parameter endpoint: where to connect instead of the venue's own address.
    package init(_ supervisor: StreamSupervisor<Session>, endpoint: Endpoint? = nil, clock: Clock) {
        self.supervisor = supervisor
        self.endpoint = endpoint
        self.clock = clock
    }

    package mutating func poll(
        waitMs: Int64, into writer: inout TickWriter, events: inout [FeedEvent]
    ) -> FeedState {
        var idleMs = waitMs
        switch supervisor.next(at: now) {
        case .connect(let address): connect(to: address, &writer, &events)
        case .giveUp(let gap, let reason): end(gap, reason, &writer, &events)
        case .wait(let ms): idleMs = min(ms, waitMs)
        }
        guard let client else {
            clock.wait(ms: idleMs)
            return .running
        }
        sendWhatIsDue(client)
        drive(client, waitMs: idleMs, &writer, &events)
        return .running
    }

    // MARK: Parts

    private var now: Moment { Moment(monotonic: clock.monotonicMs(), wall: clock.wallMs()) }

    private mutating func connect(to address: String, _ writer: inout TickWriter, _ events: inout [FeedEvent]) {
        do throws(TransportError) {
            client = try WebSocketClient(url: endpoint?.rewrite(address) ?? address)
        } catch {
            end(.disconnect, error.description, &writer, &events)
        }
    }

    private mutating func end(
        _ gap: GapReason, _ reason: String, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        let asked = client?.retryAfterSeconds
        client?.close()
        client = nil
        supervisor.closed(gap, reason, retryAfterSeconds: asked, at: now, into: &writer, events: &events)
    }

    /// The venue's own ping, and a ping frame with it: one alone has not kept every link alive.
    private mutating func sendWhatIsDue(_ client: WebSocketClient) {
        guard supervisor.isOpen else { return }
        let now = now
        for text in supervisor.elapsed(at: now) { client.send(text: text) }
        if now.monotonic - pingedMs >= supervisor.session.keepaliveMs {
            pingedMs = now.monotonic
            client.sendPing()
        }
    }

    private mutating func drive(
        _ client: WebSocketClient, waitMs: Int64, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        var closing: String?
        do throws(TransportError) {
            try client.poll(waitMs: Int32(clamping: waitMs)) { event in
                let now = now
                switch event {
                case .opened:
                    pingedMs = now.monotonic
                    for text in supervisor.opened(at: now, events: &events) { client.send(text: text) }
                case .text(let bytes):
                    let answers = supervisor.received(bytes.bytes, at: now, into: &writer, events: &events)
                    for text in answers { client.send(text: text) }
                case .pong: supervisor.heard(at: now)
                case .closed(let code, let reason):
                    closing = TransportError.closed(code: code, reason: reason).description
                }
            }
        } catch {
            closing = error.description
        }
        if let closing { end(.disconnect, closing, &writer, &events) }
    }
}
