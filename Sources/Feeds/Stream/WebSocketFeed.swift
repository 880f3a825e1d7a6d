internal import CryptoCore
package import NetClient
package import System

/// One venue's WebSocket as a feed: the supervisor decides, this moves the bytes. What is missing is asked for over HTTP on
/// the same thread.
package struct WebSocketFeed<Venue: StreamVenue, Clock: WaitingClock>: Feed, ~Copyable {
    /// While an answer is awaited the socket is not waited for longer. *Units*: ms.
    private static var sharedWaitMs: Int64 { 5 }

    private var supervisor: StreamSupervisor<Venue>
    private var backfill: Backfill?
    private var past: VenueClient
    private let endpoint: Endpoint?
    private let recorder: Recorder?
    private let name: String
    private let clock: Clock
    private var client: WebSocketClient?
    /// A connection in the making beside `client`, which seems to be dead.
    private var successor: WebSocketClient?
    private var pingedMs: Int64 = 0
    private var isDraining = false

    /// - Parameters:
    ///   - backfill: asks for what is missing; nil where the venue tells nothing of the past.
    ///   - endpoint: where to connect instead of the venue's own address.
    ///   - recorder: is given every frame and answer, under the name of this connection.
    package init(
        _ supervisor: StreamSupervisor<Venue>, backfill: Backfill? = nil, endpoint: Endpoint? = nil,
        recorder: (Recorder, name: String)? = nil, clock: Clock
    ) {
        self.supervisor = supervisor
        self.backfill = backfill
        past = VenueClient(endpoint, recorder: recorder)
        self.endpoint = endpoint
        self.recorder = recorder?.0
        name = recorder?.name ?? ""
        self.clock = clock
    }

    package mutating func poll(
        waitMs: Int64, into writer: inout TickWriter, events: inout [FeedEvent]
    ) -> FeedState {
        var idleMs = isDraining ? 0 : !past.isAwaiting ? waitMs : min(waitMs, Self.sharedWaitMs)
        switch supervisor.next(at: now) {
        case .connect(let address): connect(to: address, &writer, &events)
        case .connectBeside(let address): connectBeside(to: address, &events)
        case .ping(let texts):
            for text in texts { client?.send(text: text) }
            client?.sendPing()
        case .giveUp(let gap, let reason, let seconds): end(gap, reason, seconds, &writer, &events)
        case .wait(let ms): idleMs = min(ms, idleMs)
        }
        if let client {
            sendWhatIsDue(client, &writer, &events)
            if let failure = drive(client, waitMs: idleMs, &writer, &events) {
                end(.disconnect, failure, nil, &writer, &events)
            }
            driveSuccessor(&writer, &events)
        } else {
            clock.wait(ms: idleMs)
        }
        fill(&writer, &events)
        return .running
    }

    // MARK: The stream

    private var now: Moment { Moment(monotonic: clock.monotonicMs(), wall: clock.wallMs()) }

    private mutating func connect(to address: String, _ writer: inout TickWriter, _ events: inout [FeedEvent]) {
        do throws(TransportError) {
            client = try WebSocketClient(url: endpoint?.rewrite(address) ?? address)
        } catch {
            end(.disconnect, error.description, nil, &writer, &events)
        }
    }

    private mutating func connectBeside(to address: String, _ events: inout [FeedEvent]) {
        do throws(TransportError) {
            successor = try WebSocketClient(url: endpoint?.rewrite(address) ?? address)
        } catch {
            supervisor.notReplaced(error.description, at: now, events: &events)
        }
    }

    /// Lets the connection beside the old one come to be; once it stands it takes over.
    private mutating func driveSuccessor(_ writer: inout TickWriter, _ events: inout [FeedEvent]) {
        guard let successor else { return }
        guard supervisor.isReplacing else {
            successor.close()
            self.successor = nil
            return
        }
        if let failure = drive(successor, waitMs: 0, &writer, &events) {
            self.successor = nil
            supervisor.notReplaced(
                failure, retryAfterSeconds: successor.retryAfterSeconds, at: now, events: &events)
        }
    }

    private mutating func end(
        _ gap: GapReason, _ reason: String, _ retryAfterSeconds: Int?, _ writer: inout TickWriter,
        _ events: inout [FeedEvent]
    ) {
        recorder?.closed(name, gap, wallMs: clock.wallMs())
        let asked = retryAfterSeconds ?? client?.retryAfterSeconds
        client?.close()
        client = nil
        successor?.close()
        successor = nil
        supervisor.closed(gap, reason, retryAfterSeconds: asked, at: now, into: &writer, events: &events)
    }

    /// The venue's own ping, and a ping frame with it: one alone has not kept every link alive.
    private mutating func sendWhatIsDue(
        _ client: WebSocketClient, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        guard supervisor.isOpen else { return }
        let now = now
        for text in supervisor.elapsed(at: now, into: &writer, events: &events) { client.send(text: text) }
        if now.monotonic - pingedMs >= supervisor.session.venue.profile.limits.keepaliveMs {
            pingedMs = now.monotonic
            client.sendPing()
        }
    }

    /// Lets a connection work, and takes what it has to say.
    /// - Returns: why it has ended; nil while it goes on.
    private mutating func drive(
        _ client: WebSocketClient, waitMs: Int64, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) -> String? {
        var closing: String?
        do throws(TransportError) {
            try client.poll(waitMs: Int32(clamping: waitMs)) { event in
                let now = now
                switch event {
                case .opened: for text in opened(client, now, &writer, &events) { client.send(text: text) }
                case .text(let bytes):
                    recorder?.received(name, bytes.bytes, wallMs: now.wall)
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
        return closing
    }

    /// A connection stands: what to send. A successor takes the place of the old one.
    private mutating func opened(
        _ client: WebSocketClient, _ now: Moment, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) -> [String] {
        // The first keepalive ping goes out at once: only who has answered one can be taken for dead.
        pingedMs = .min / 2
        let isSuccessor = client === successor
        if isSuccessor {
            recorder?.closed(name, .silent, wallMs: now.wall)
            self.client?.close()
            self.client = client
            successor = nil
        }
        recorder?.connected(
            name, address: supervisor.session.address, symbols: writer.series.all.map(\.symbol), wallMs: now.wall)
        return isSuccessor
            ? supervisor.replaced(at: now, through: endpoint, &writer, events: &events)
            : supervisor.opened(at: now, through: endpoint, events: &events)
    }

    // MARK: What is missing

    private mutating func fill(_ writer: inout TickWriter, _ events: inout [FeedEvent]) {
        guard backfill != nil else { return }
        let answer = past.take(waitMs: 0, clock)
        let now = answer?.at ?? now
        switch answer?.result {
        case .success(let response)?: backfill?.answered(response, at: now, into: &writer, events: &events)
        case .failure(let error)?: backfill?.failed(error.description, at: now, into: &writer, events: &events)
        case nil: break
        }
        let openMs = supervisor.openMs(at: now)
        if case .send(let wanted)? = backfill?.next(&writer, openMs: openMs, at: now, events: &events) {
            do throws(TransportError) { try past.send(wanted) } catch {
                backfill?.failed(error.description, at: now, into: &writer, events: &events)
            }
        }
        isDraining = writer.continuity.settle(nowMs: now.wall)
    }
}
