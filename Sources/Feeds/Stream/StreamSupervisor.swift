internal import CryptoCore

/// Keeps one WebSocket going: when to connect, what to send, when silence means that the connection is dead, and which gaps
/// that leaves. Pure: it opens nothing and reads no clock.
package struct StreamSupervisor<Session: StreamSession>: Sendable {
    /// How long silence may last. *Units*: ms.
    package struct Limits: Sendable, Equatable {
        /// Without any frame, pongs included, since subscribing.
        package var silenceMs: Int64
        /// Without data of any symbol: a subscription can be lost while the connection lives.
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
        /// Nothing for so long, or until a frame comes. *Units*: ms.
        case wait(ms: Int64)
        /// Close the connection, which is of no more use, and report it with `closed`.
        case giveUp(GapReason, String)
    }

    private enum State: Sendable, Equatable { case idle, connecting(sinceMs: Int64), open }

    package private(set) var session: Session
    private let limits: Limits
    private var state = State.idle
    private var policy: ReconnectPolicy
    private var staleness: StalenessClock<Int>
    private var isFresh = false
    /// Data is not told apart by symbol: a quiet market is no fault.
    private static var anyData: Int { 0 }

    package init(_ session: Session, limits: Limits? = nil, policy: ReconnectPolicy = ReconnectPolicy()) {
        self.session = session
        self.policy = policy
        let limits = limits ?? Limits(silenceMs: session.keepaliveMs * 5 / 2)
        self.limits = limits
        staleness = StalenessClock(connectionLimitMs: limits.silenceMs, keyLimitMs: limits.dataSilenceMs)
    }

    /// Whether a connection stands.
    package var isOpen: Bool { state == .open }

    /// What to do now.
    package mutating func next(at now: Moment) -> Action {
        switch state {
        case .idle:
            if session.wantedSymbols.isEmpty { return .wait(ms: 60_000) }
            let waitMs = policy.waitMs(now: now.monotonic)
            if waitMs > 0 { return .wait(ms: waitMs) }
            state = .connecting(sinceMs: now.monotonic)
            policy.noteAttempt(now: now.monotonic)
            return .connect(address: session.address)
        case .connecting(let sinceMs):
            if now.monotonic - sinceMs < limits.connectMs { return .wait(ms: 100) }
            return .giveUp(.disconnect, "no connection after \(limits.connectMs / 1000) s")
        case .open:
            if session.wantedSymbols.isEmpty { return .giveUp(.disconnect, "the venue refuses every symbol") }
            if session.isUnanswered(at: now) { return .giveUp(.silent, "the subscription was not answered") }
            if staleness.isSilent(now: now.monotonic) {
                return .giveUp(.silent, "nothing came for \(limits.silenceMs / 1000) s")
            }
            if staleness.isSilent(Self.anyData, now: now.monotonic) {
                return .giveUp(.silent, "no data came for \(limits.dataSilenceMs / 1000) s")
            }
            return .wait(ms: 100)
        }
    }

    /// The connection stands: what to send.
    package mutating func opened(at now: Moment, events: inout [FeedEvent]) -> [String] {
        state = .open
        isFresh = true
        policy.noteOpened(now: now.monotonic)
        let requests = session.opened(at: now)
        staleness.reset()
        staleness.noteSubscribed([Self.anyData], now: now.monotonic)
        events.append(.connected(address: session.address))
        return requests
    }

    /// A text frame came: what to send in answer. What cannot be read is reported, and the stream goes on.
    package mutating func received(
        _ frame: RawSpan, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) -> [String] {
        if isFresh { writer.gaps.noteConnected(wallMs: now.wall) }
        isFresh = false
        let before = writer.batch.count
        do throws(DecodeError) {
            let answers = try session.received(frame, at: now, into: &writer, events: &events)
            if writer.batch.count > before {
                staleness.noteData(Self.anyData, now: now.monotonic)
            } else {
                staleness.noteFrame(now: now.monotonic)
            }
            return answers
        } catch {
            // Rubbish is no sign of life: a proxy's error page must not keep a dead feed connected.
            events.append(.badFrame(reason: error.label, excerpt: frame.excerpt))
            return []
        }
    }

    /// A pong came.
    package mutating func heard(at now: Moment) { staleness.noteFrame(now: now.monotonic) }

    /// Time has passed: what to send.
    package mutating func elapsed(at now: Moment) -> [String] {
        state == .open ? session.elapsed(at: now) : []
    }

    /// The connection is gone, or was not made. Gaps open in all series; the next attempt is planned.
    package mutating func closed(
        _ gap: GapReason, _ reason: String, retryAfterSeconds: Int? = nil, at now: Moment,
        into writer: inout TickWriter, events: inout [FeedEvent]
    ) {
        state = .idle
        staleness.reset()
        let waitMs = policy.noteFailure(now: now.monotonic, retryAfterSeconds: retryAfterSeconds)
        writer.openGaps(gap, nowMs: now.wall)
        events.append(.disconnected(reason: reason, retryMs: waitMs))
    }
}

extension RawSpan {
    /// The first bytes as text, for a log.
    var excerpt: String {
        extracting(0..<min(byteCount, 120)).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
