/// Finds a connection that died in silence: one that usually speaks and says nothing is asked, and is dead without an answer. Any
/// is silent when nothing came for its limit, counted from the moment of subscribing.
///
///     trusted ──no frame for 3 usual intervals, at least 2 s──▶ doubted: it is pinged ──no frame for 3 s──▶ dead
///        ▲                                                              │                                      │
///        └───────────────────────────── any frame, a pong too ──────────┴──────────────────────────────────────┘
///
/// The usual interval is the longest one of late. A quiet market's is long, and is doubted as rarely; a ping that is answered makes
/// it longer. A server that has never answered a ping is never taken for dead: it may not answer any.
/// Pure. *Units*: ms of one monotonic clock.
struct LivenessProbe: Sendable {
    enum Verdict: Equatable, Sendable { case trusted, doubted, dead }

    /// A shorter silence says nothing.
    static let leastSilenceMs: Int64 = 2_000
    /// How long a pong may take.
    static let answerMs: Int64 = 3_000
    /// So many usual intervals of silence raise a doubt.
    private static let intervals = 3.0
    /// How much of the longest interval is left with each frame: it is forgotten after some hundred frames.
    private static let memory = 0.98

    /// Without any frame for so long every connection is of no use.
    private let limitMs: Int64
    /// When a frame came last, or the connection was opened; nil without one.
    private var heardMs: Int64?
    private var usualMs = 0.0
    private var askedMs: Int64?
    private var hasAnswered = false

    init(limitMs: Int64) {
        precondition(limitMs > 0, "a limit must be positive")
        self.limitMs = limitMs
    }

    /// A frame came, of whatever kind.
    @inline(__always)
    mutating func noteFrame(now: Int64) {
        if let heardMs { usualMs = max(Double(now &- heardMs), usualMs * LivenessProbe.memory) }
        heardMs = now
        askedMs = nil
    }

    /// A pong came: the server answers pings.
    mutating func notePong(now: Int64) {
        hasAnswered = true
        noteFrame(now: now)
    }

    /// A ping was sent because of the silence.
    mutating func noteAsked(now: Int64) { askedMs = now }

    /// A connection begins.
    mutating func begin(now: Int64) {
        self = LivenessProbe(limitMs: limitMs)
        heardMs = now
    }

    /// Whether nothing came for too long, whatever is usual.
    func isSilent(now: Int64) -> Bool { silenceMs(now: now) >= limitMs }

    /// How long nothing has come. *Units*: ms.
    func silenceMs(now: Int64) -> Int64 { heardMs.map { now - $0 } ?? 0 }

    /// What to think of the connection; `.doubted` until the ping was sent.
    func verdict(now: Int64) -> Verdict {
        guard hasAnswered, let heardMs else { return .trusted }
        if let askedMs { return now - askedMs >= LivenessProbe.answerMs ? .dead : .trusted }
        let patienceMs = max(LivenessProbe.leastSilenceMs, Int64(usualMs * LivenessProbe.intervals))
        return now - heardMs >= patienceMs ? .doubted : .trusted
    }
}
