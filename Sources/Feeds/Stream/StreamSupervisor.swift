internal import CryptoCore
package import NetClient

/// Keeps one WebSocket going: when to connect, what to send, when silence means that the connection is dead, and which gaps
/// that leaves. Pure: it opens nothing and reads no clock.
package struct StreamSupervisor<Venue: StreamVenue> {
    /// How long silence may last. *Units*: ms.
    package struct Limits: Sendable, Equatable {
        /// Without any frame, pongs included, since subscribing.
        package var silenceMs: Int64
        /// Without data of a symbol: a subscription can be lost while the connection lives.
        package var dataSilenceMs: Int64
        /// A connection is given up when it did not stand after this.
        package var connectMs: Int64

        package init(silenceMs: Int64, dataSilenceMs: Int64 = 300_000, connectMs: Int64 = 20_000) {
            self.silenceMs = silenceMs
            self.dataSilenceMs = dataSilenceMs
            self.connectMs = connectMs
        }
    }

    /// What the shell is to do with its connection.
    package enum Action: Equatable, Sendable {
        /// Connect to this address.
        case connect(address: String)
        /// Connect to this address while the old connection, which seems to be dead, stays open.
        case connectBeside(address: String)
        /// Send a ping frame and these texts.
        case ping([String])
        /// Nothing for so long, or until a frame comes. *Units*: ms.
        case wait(ms: Int64)
        /// Close the connection, which is of no more use, and report it with `closed`.
        case giveUp(GapReason, String, retryAfterSeconds: Int?)
    }

    ///     idle ──connect──▶ connecting ──▶ open ──its socket seems dead──▶ replacing ──the new one stands──▶ open
    ///      ▲                    │           │ ▲                               │
    ///      └───── closed ───────┴───────────┘ └── the old one speaks again, ──┘
    ///                                             or no new one can be had
    private enum State: Sendable, Equatable {
        case idle
        case connecting(sinceMs: Int64)
        case open(sinceMs: Int64)
        case replacing(openSinceMs: Int64)
    }

    package private(set) var session: SubscriptionSession<Venue>
    private let limits: Limits
    private let profile: VenueProfile
    private let gate: RateLimiter
    private var state = State.idle
    private var policy: ReconnectPolicy
    private var probe: LivenessProbe
    private var isFresh = false
    /// Whether somebody was told that the connection seems to be dead.
    private var isDoubted = false
    /// Since when the venue has confirmed everything that is wanted. *Units*: ms, monotonic.
    private var subscribedMs: Int64?
    /// Whether somebody was told that the venue gives what is wanted.
    private var isLive = false

    /// - Parameter gate: keeps the attempts of all connections to the venue apart.
    package init(
        _ session: SubscriptionSession<Venue>, limits: Limits? = nil, policy: ReconnectPolicy = ReconnectPolicy(),
        gate: RateLimiter = RateLimiter()
    ) {
        self.session = session
        self.policy = policy
        self.gate = gate
        profile = session.venue.profile
        let limits = limits ?? Limits(silenceMs: profile.limits.keepaliveMs * 5 / 2)
        self.limits = limits
        self.session.dataSilenceMs = limits.dataSilenceMs
        probe = LivenessProbe(limitMs: limits.silenceMs)
    }

    /// Whether a connection stands.
    package var isOpen: Bool {
        switch state {
        case .open, .replacing: true
        case .idle, .connecting: false
        }
    }

    /// Whether another connection is wanted beside the one that stands.
    package var isReplacing: Bool { if case .replacing = state { true } else { false } }

    /// For how long everything that is wanted has been subscribed; 0 while something is not yet; nil without a connection.
    /// *Units*: ms.
    package func openMs(at now: Moment) -> Int64? {
        guard isOpen else { return nil }
        return subscribedMs.map { now.monotonic - $0 } ?? 0
    }

    /// What to do now.
    package mutating func next(at now: Moment) -> Action {
        switch state {
        case .idle:
            session.reinstate(at: now)
            if !session.areAnyWanted { return .wait(ms: 60_000) }
            if let waitMs = waitForAttempt(now) { return .wait(ms: waitMs) }
            state = .connecting(sinceMs: now.monotonic)
            return .connect(address: session.address)
        case .connecting(let sinceMs):
            if now.monotonic - sinceMs < limits.connectMs { return .wait(ms: 100) }
            return giveUp(.disconnect, "no connection after \(limits.connectMs / 1000) s")
        case .open(let sinceMs): return check(sinceMs, now) ?? doubt(sinceMs, now)
        case .replacing(let sinceMs): return check(sinceMs, now) ?? .wait(ms: 5)
        }
    }

    /// The connection stands: what to send.
    /// - Parameter endpoint: where it leads instead of to the venue.
    package mutating func opened(
        at now: Moment, through endpoint: Endpoint? = nil, events: inout [FeedEvent]
    ) -> [String] {
        state = .open(sinceMs: now.monotonic)
        probe.begin(now: now.monotonic)
        isFresh = true
        isDoubted = false
        subscribedMs = nil
        isLive = false
        policy.noteOpened(now: now.monotonic)
        let address = profile.stream ?? session.address
        events.append(.connected(address: endpoint?.rewrite(address) ?? address))
        return session.opened(at: now)
    }

    /// The connection beside the old one stands, which can be closed: what to send.
    package mutating func replaced(
        at now: Moment, through endpoint: Endpoint? = nil, _ writer: inout TickWriter, events: inout [FeedEvent]
    ) -> [String] {
        let reason = "nothing came for \(probe.silenceMs(now: now.monotonic) / 1000) s, a ping was not answered"
        writer.beginOutages(.silent, nowMs: now.wall)
        events.append(.disconnected(reason: reason, retryMs: 0))
        return opened(at: now, through: endpoint, events: &events)
    }

    /// No connection could be made beside the old one, which is kept.
    package mutating func notReplaced(
        _ reason: String, retryAfterSeconds: Int? = nil, at now: Moment, events: inout [FeedEvent]
    ) {
        guard case .replacing(let sinceMs) = state else { return }
        state = .open(sinceMs: sinceMs)
        isDoubted = true
        events.append(.notReplaced(reason: reason, retryMs: noteFailure(retryAfterSeconds, now)))
    }

    /// A text frame came: what to send in answer. What cannot be read is reported, and the stream goes on.
    package mutating func received(
        _ frame: RawSpan, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) -> [String] {
        if isFresh { writer.gaps.noteConnected(wallMs: now.wall) }
        isFresh = false
        do throws(DecodeError) {
            let answers = try session.received(frame, at: now, into: &writer, events: &events)
            probe.noteFrame(now: now.monotonic)
            keep()
            noteSubscribed(now, &events)
            return answers
        } catch {
            // Rubbish is no sign of life: a proxy's error page must not keep a dead feed connected.
            events.append(.badFrame(reason: error.label, excerpt: frame.excerpt))
            return []
        }
    }

    /// A pong came.
    package mutating func heard(at now: Moment) {
        probe.notePong(now: now.monotonic)
        keep()
    }

    /// Time has passed: what to send.
    package mutating func elapsed(
        at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) -> [String] {
        guard isOpen else { return [] }
        let messages = session.elapsed(at: now, into: &writer, events: &events)
        noteSubscribed(now, &events)
        if isDoubted, isLive, probe.silenceMs(now: now.monotonic) < LivenessProbe.leastSilenceMs {
            isDoubted = false
            events.append(.live)
        }
        return messages
    }

    /// The connection is gone, or was not made. Gaps open in all series; the next attempt is planned.
    package mutating func closed(
        _ gap: GapReason, _ reason: String, retryAfterSeconds: Int? = nil, at now: Moment,
        into writer: inout TickWriter, events: inout [FeedEvent]
    ) {
        state = .idle
        let waitMs = noteFailure(retryAfterSeconds, now)
        writer.beginOutages(gap, nowMs: now.wall)
        events.append(.disconnected(reason: reason, retryMs: waitMs))
    }

    // MARK: Parts

    /// An attempt failed, or a connection is gone: how long the next attempt waits. *Units*: ms.
    private mutating func noteFailure(_ retryAfterSeconds: Int?, _ now: Moment) -> Int64 {
        let waitMs = policy.noteFailure(now: now.monotonic, retryAfterSeconds: retryAfterSeconds)
        if retryAfterSeconds != nil { gate.pause(untilMs: now.monotonic + waitMs) }
        return waitMs
    }

    /// How long to wait before the next attempt to connect; nil when it is made now. *Units*: ms.
    private mutating func waitForAttempt(_ now: Moment) -> Int64? {
        let waitMs = policy.waitMs(now: now.monotonic)
        if waitMs > 0 { return waitMs }
        let gateMs = gate.acquire(nowMs: now.monotonic, spacingMs: profile.limits.attemptSpacingMs)
        if gateMs > 0 { return gateMs }
        policy.noteAttempt(now: now.monotonic)
        return nil
    }

    /// Why the connection is of no use; nil while it is.
    private func check(_ sinceMs: Int64, _ now: Moment) -> Action? {
        if let ending = session.ending {
            return .giveUp(ending.gap, ending.reason, retryAfterSeconds: ending.retryAfterSeconds)
        }
        if !session.areAnyWanted { return giveUp(.disconnect, "the venue refuses every symbol") }
        if session.isUnanswered(at: now) { return giveUp(.silent, "the subscription was not answered") }
        if probe.isSilent(now: now.monotonic) {
            return giveUp(.silent, "nothing came for \(limits.silenceMs / 1000) s")
        }
        if session.isSilent(at: now) {
            return giveUp(.silent, "no data came for \(limits.dataSilenceMs / 1000) s")
        }
        if let lifetimeMs = profile.limits.lifetimeMs, now.monotonic - sinceMs > lifetimeMs - lifetimeMs / 100 {
            return giveUp(.disconnect, "the venue ends connections of this age")
        }
        return nil
    }

    /// Asks a connection that has fallen silent whether it lives, and wants another one beside it when it does not answer.
    private mutating func doubt(_ sinceMs: Int64, _ now: Moment) -> Action {
        switch probe.verdict(now: now.monotonic) {
        case .trusted: return .wait(ms: 100)
        case .doubted:
            probe.noteAsked(now: now.monotonic)
            return .ping(session.venue.ping.map { [$0] } ?? [])
        case .dead:
            if let waitMs = waitForAttempt(now) { return .wait(ms: min(waitMs, 100)) }
            state = .replacing(openSinceMs: sinceMs)
            return .connectBeside(address: session.address)
        }
    }

    /// The old connection speaks: no other one is needed.
    private mutating func keep() {
        if case .replacing(let sinceMs) = state { state = .open(sinceMs: sinceMs) }
    }

    private mutating func noteSubscribed(_ now: Moment, _ events: inout [FeedEvent]) {
        subscribedMs = session.isSubscribed ? subscribedMs ?? now.monotonic : nil
        guard !isLive, subscribedMs != nil, session.isAnswered else { return }
        isLive = true
        events.append(.live)
    }

    private func giveUp(_ gap: GapReason, _ reason: String) -> Action {
        .giveUp(gap, reason, retryAfterSeconds: nil)
    }
}

extension RawSpan {
    /// The first bytes as text, for a log.
    var excerpt: String {
        extracting(0..<min(byteCount, 120)).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
