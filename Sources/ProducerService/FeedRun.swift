internal import CryptoCore
internal import Feeds
internal import NetClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// Makes one source's feed and runs it.
struct FeedRun {
    /// Trade ids that are remembered to drop what a venue sends again after a reconnect.
    private static let rememberedIDs = 1 << 17
    /// A gap that began longer ago is not announced at the start: its windows are final. *Units*: ms.
    private static let announcedMs: Int64 = 300_000

    let clock: SystemClock
    let shared: FeedResources
    /// Of the connection, in logs and recordings.
    let name: String
    /// What the topic holds of each series.
    let last: [Series: LastTick]

    func run(_ source: ProducerPlan.Source, _ loop: inout FeedLoop) throws {
        switch source {
        case .venue(let source):
            switch source.venue.feed {
            case .stream(let make, let past):
                guard let source = try listed(source, loop) else { return }
                try run(make(source.order), past, source, &loop)
            case .prices(let make): try run(make(source.order), source, &loop)
            }
        case .replay(let options):
            var writer = TickWriter(batchBytes: 1 << 20)
            var feed = try ReplayFeed(options, clock: clock)
            try loop.run(&feed, &writer)
        case .synthetic(let options):
            var writer = TickWriter(batchBytes: 1 << 20)
            var feed = SyntheticFeed(options, clock: clock)
            try loop.run(&feed, &writer)
        }
    }

    // MARK: Streams

    /// The same with its markets by the venue's list, which is asked for until it is there where nothing can be read without it; nil
    /// when stop was requested before.
    /// - Throws: `UsageError` when the list has nothing that is wanted.
    private func listed(
        _ source: ProducerPlan.VenueSource, _ loop: FeedLoop
    ) throws(UsageError) -> ProducerPlan.VenueSource? {
        var source = source
        var backoff = Backoff(firstMs: 1_000, capMs: 60_000)
        while source.venue.markets.areNeeded, !source.order.isListed {
            let stop = loop.context.stop
            let findings = SymbolCheck.findings(
                [source], coins: shared.coins, deadlineMs: SymbolLists.deadlineMs, until: { stop.isRequested })
            source.order = findings.orders[0]
            if source.order.isListed, source.order.items.isEmpty { throw UsageError(findings.problems) }
            for problem in findings.problems { loop.context.log.error("a symbol is left out", ["reason": problem]) }
            if source.order.isListed { break }
            let reason = findings.warnings.first ?? "no list"
            let waitMs = backoff.next()
            loop.context.log.warning(
                "nothing can be read without the list of markets",
                ["source": loop.name, "reason": reason, "retry_ms": waitMs])
            loop.context.notReady(loop.name, because: reason)
            if stop.wait(ms: waitMs) { return nil }
        }
        return source
    }

    private func run(
        _ venue: some PriceVenue, _ source: ProducerPlan.VenueSource, _ loop: inout FeedLoop
    ) throws {
        var writer = TickWriter()
        var options = PriceOptions(
            intervalMs: shared.intervalMs, backfillMs: shared.backfillMs, endpoint: source.endpoint)
        options.recorder = shared.recorder.map { ($0, name) }
        options.gate = shared.gate(venue.profile.rest ?? venue.profile.source)
        var feed = PriceFeed(venue, options, clock: clock, writer: &writer)
        for series in source.series { begin(series, &writer) }
        try loop.run(&feed, &writer)
    }

    private func run(
        _ venue: some StreamVenue, _ past: Venue.Past, _ source: ProducerPlan.VenueSource, _ loop: inout FeedLoop
    ) throws {
        let order = source.order
        var writer = TickWriter(remembering: past.isNumbered ? 0 : FeedRun.rememberedIDs)
        let session = SubscriptionSession(venue, symbols: order.symbols, writer: &writer)
        let gate = shared.gate(venue.profile.rest ?? venue.profile.source)
        let seed = UInt64(bitPattern: clock.wallMs())
        var rules = BackfillPolicy(quota: shared.quota, horizonMs: max(3_600_000, shared.backfillMs + 600_000))
        rules.memoryBytes = shared.holeBytes
        writer.continuity.policy = rules
        var backfill: Backfill?
        switch past {
        case .nothing: break
        case .numbered(let make):
            let history = make(order)
            backfill = Backfill(
                BackfillByID(history), pace: RequestPace(gate, spacingMs: history.spacingMs), seed: seed)
        case .newest(let make):
            let trades = make(order)
            backfill = Backfill(
                BackfillByNewest(trades), pace: RequestPace(gate, spacingMs: trades.spacingMs), seed: seed)
        }
        for series in source.series { follow(series, past, &writer) }
        var feed = WebSocketFeed(
            StreamSupervisor(session, gate: shared.gate(session.address)), backfill: backfill,
            endpoint: source.endpoint, recorder: shared.recorder.map { ($0, name) }, clock: clock)
        try loop.run(&feed, &writer)
    }

    // MARK: The start

    /// A series begins with a gap, from its last tick on the topic on. Where that tick's windows can still be open the gap is
    /// announced at once.
    private func begin(_ series: Series, _ writer: inout TickWriter) {
        let wallMs = clock.wallMs()
        let id = writer.series.intern(series)
        writer.gaps.resume(id, after: last[series]?.eventTime)
        writer.gaps.open(id, .start)
        if let time = last[series]?.eventTime, wallMs - time < FeedRun.announcedMs {
            writer.gaps.announce(id, nowMs: wallMs)
        }
    }

    /// Asks for what is missing since the last tick on the topic: trades after its number, or those among the venue's newest that
    /// are newer. Without such a tick, or a past, the series begins with a gap.
    private func follow(_ series: Series, _ past: Venue.Past, _ writer: inout TickWriter) {
        let wallMs = clock.wallMs()
        let id = writer.series.intern(series)
        let tick = last[series]
        writer.gaps.resume(id, after: tick?.eventTime)
        switch past {
        case .nothing: begin(series, &writer)
        case .numbered:
            let known = tick.flatMap { tick in tick.tradeID.map { (id: $0, timeMs: tick.tradeTime) } }
            if known == nil { begin(series, &writer) }
            let historyFromMs = shared.backfillMs > 0 ? wallMs - shared.backfillMs : nil
            writer.continuity.follow(id, after: known, historyFromMs: historyFromMs, nowMs: wallMs)
        case .newest:
            if !writer.continuity.followNewest(id, after: tick?.trade, nowMs: wallMs) { begin(series, &writer) }
        }
    }
}
