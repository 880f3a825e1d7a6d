internal import Feeds
internal import ServiceKit
internal import ServiceRuntime

/// What one source counts. Feeds count by themselves; the differences are added once a batch.
struct FeedMetrics {
    private let ticks: Counter
    private let gaps: Counter
    private let repeated: Counter
    private let dropped: Counter
    private let malformed: Counter
    let badFrames: Counter
    let badLines: Counter
    let reconnects: Counter
    let rateLimits: Counter
    private let backfilled: Counter
    private let ahead: Counter
    private let held: Gauge
    let lost: Counter
    private let bufferedTicks: Gauge
    private let bufferedBytes: Gauge
    private let connected: Gauge
    private let drift: Gauge
    private(set) var before = TickWriter.Counters()

    init(_ context: ServiceContext, _ source: String) {
        func counter(_ what: String, _ help: String) -> Counter { context.counter(what, help, ["source": source]) }
        func gauge(_ what: String, _ help: String) -> Gauge { context.gauge(what, help, ["source": source]) }
        ticks = counter("ticks", "Ticks read: trades, quotes and gaps")
        gaps = counter("gaps", "Gap records written")
        repeated = counter("duplicates", "Trades that came again and were dropped")
        dropped = counter(
            "dropped_trades", "Trades that found no room to wait for others missing before them, or lost by the disk")
        malformed = counter("malformed_trades", "Trades whose price, quantity or time is none")
        backfilled = counter("backfilled", "Trades that were missing and came from the venue's history")
        ahead = counter("future_trades", "Trades more than a minute ahead of our clock, which were not taken")
        badFrames = counter("bad_frames", "Frames and answers that could not be read")
        badLines = counter("bad_lines", "Lines of replayed files that could not be read")
        reconnects = counter("disconnects", "Connections lost or not made")
        rateLimits = counter("rate_limits", "Times the venue wanted fewer requests")
        lost = counter("lost_ticks", "Ticks dropped because Kafka was away for too long; a gap says so")
        bufferedTicks = gauge("buffered_ticks", "Ticks that wait for Kafka beside its client")
        bufferedBytes = gauge("buffered_bytes", "What they take, in memory and on the disk")
        held = gauge("held_trades", "Trades that wait for others that are missing before them")
        connected = gauge("connected", "1 while the source answers")
        drift = gauge("drift_seconds", "Our clock less the newest tick's event time, when it came")
    }

    mutating func add(_ now: TickWriter.Counters) {
        ticks.add(now.ticks - before.ticks)
        gaps.add(now.gaps - before.gaps)
        repeated.add(now.repeated - before.repeated)
        dropped.add(now.dropped - before.dropped)
        malformed.add(now.malformed - before.malformed)
        backfilled.add(now.backfilled - before.backfilled)
        ahead.add(now.ahead - before.ahead)
        before = now
    }

    func setBuffered(ticks: Int, bytes: Int64) {
        bufferedTicks.set(ticks)
        bufferedBytes.set(Int(bytes))
    }

    func setHeld(_ trades: Int) { held.set(trades) }

    func setConnected(_ isConnected: Bool) { connected.set(isConnected ? 1 : 0) }

    /// *Units*: ms since the epoch.
    func noteDrift(eventTime: Int64, wallMs: Int64) { drift.set(Double(wallMs - eventTime) / 1000) }
}
