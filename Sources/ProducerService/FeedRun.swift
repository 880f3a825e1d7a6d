internal import CryptoCore
internal import Feeds
internal import NetClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

extension ProducerPlan.Source {
    /// The source cut into parts that each need a connection of their own.
    var connections: [ProducerPlan.Source] {
        guard case .venue(let venue, let order, let intervalMs, let endpoint) = self,
            case .stream(let make, _) = venue.feed
        else { return [self] }
        func cut(_ stream: some StreamVenue) -> [[String]] { SubscriptionSession.connections(order.symbols, stream) }
        return cut(make(order)).map { .venue(venue, order.only($0), intervalMs: intervalMs, endpoint) }
    }

    /// The series of a live source, which leave gaps where they were not watched; none where it is seen when they come.
    var liveSeries: [Series] {
        guard case .venue(let venue, let order, _, _) = self else { return [] }
        return order.symbols.map { Series(source: venue.source, symbol: $0) }
    }
}

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
        case .venue(let venue, let order, let intervalMs, let endpoint):
            switch venue.feed {
            case .stream(let make, let past):
                guard let order = try listed(.init(venue: venue, order: order, endpoint: endpoint), loop) else {
                    return
                }
                try run(make(order), past, order, endpoint, &loop)
            case .prices(let make):
                let options = PriceOptions(intervalMs: intervalMs, backfillMs: shared.backfillMs, endpoint: endpoint)
                try run(make(order), options, source.liveSeries, &loop)
            }
        case .replay(let options):
            var writer = TickWriter(batchBytes: 1 << 20)
            var feed = try ReplayFeed(options, clock: clock)
            try loop.run(&feed, &writer)
        case .synthetic(let symbols, let rate, let seed, let count):
            var writer = TickWriter(batchBytes: 1 << 20)
            var feed = SyntheticFeed(.init(symbols: symbols, rate: rate, seed: seed, count: count), clock: clock)
            try loop.run(&feed, &writer)
        }
    }

    // MARK: Streams

    /// The order by the venue's list, which is asked for until it is there where nothing can be read without it; nil when stop was
    /// requested before.
    /// - Throws: `UsageError` when the list has nothing that is wanted.
    private func listed(_ wanted: SymbolCheck.Wanted, _ loop: FeedLoop) throws(UsageError) -> VenueOrder? {
        var wanted = wanted
        var backoff = Backoff(firstMs: 1_000, capMs: 60_000)
        while wanted.venue.markets.areNeeded, !wanted.order.isListed {
            let stop = loop.context.stop
            let findings = SymbolCheck.findings(
                [wanted], coins: shared.coins, deadlineMs: SymbolLists.deadlineMs, until: { stop.isRequested })
            wanted.order = findings.orders[0]
            if wanted.order.isListed, wanted.order.items.isEmpty { throw UsageError(findings.problems) }
            for problem in findings.problems { loop.context.log.error("a symbol is left out", ["reason": problem]) }
            if wanted.order.isListed { break }
            let reason = findings.warnings.first ?? "no list"
            let waitMs = backoff.next()
            loop.context.log.warning(
                "nothing can be read without the list of markets",
                ["source": loop.name, "reason": reason, "retry_ms": waitMs])
            loop.context.notReady(loop.name, because: reason)
            if stop.wait(ms: waitMs) { return nil }
        }
        return wanted.order
    }

    private func run(
        _ venue: some PriceVenue, _ options: PriceOptions, _ series: [Series], _ loop: inout FeedLoop
    ) throws {
        var writer = TickWriter()
        var options = options
        options.recorder = shared.recorder.map { ($0, name) }
        options.gate = shared.gate(venue.profile.rest ?? venue.profile.source)
        var feed = PriceFeed(venue, options, clock: clock, writer: &writer)
        begin(series, &writer)
        try loop.run(&feed, &writer)
    }

    private func run(
        _ venue: some StreamVenue, _ past: Venue.Past, _ order: VenueOrder, _ endpoint: Endpoint?,
        _ loop: inout FeedLoop
    ) throws {
        let symbols = order.symbols
        var writer = TickWriter(remembering: past.isNumbered ? 0 : FeedRun.rememberedIDs)
        let session = SubscriptionSession(venue, symbols: symbols, writer: &writer)
        let series = symbols.map { Series(source: venue.profile.source, symbol: $0) }
        let gate = shared.gate(venue.profile.rest ?? venue.profile.source)
        let seed = UInt64(bitPattern: clock.wallMs())
        var rules = BackfillPolicy(quota: shared.quota, horizonMs: max(3_600_000, shared.backfillMs + 600_000))
        rules.memoryBytes = shared.holeBytes
        writer.continuity.policy = rules
        var backfill: Backfill?
        switch past {
        case .nothing:
            begin(series, &writer)
        case .numbered(let make):
            let history = make(order)
            backfill = Backfill(
                BackfillByID(history), pace: RequestPace(gate, spacingMs: history.spacingMs), seed: seed)
            follow(series, &writer)
        case .newest(let make):
            let trades = make(order)
            backfill = Backfill(
                BackfillByNewest(trades), pace: RequestPace(gate, spacingMs: trades.spacingMs), seed: seed)
            followNewest(series, &writer)
        }
        var feed = WebSocketFeed(
            StreamSupervisor(session, gate: shared.gate(session.address)), backfill: backfill, endpoint: endpoint,
            recorder: shared.recorder.map { ($0, name) }, clock: clock)
        try loop.run(&feed, &writer)
    }

    // MARK: The start

    /// Every series begins with a gap, from its last tick on the topic on. Where that tick's windows can still be open the
    /// gap is announced at once.
    private func begin(_ series: [Series], _ writer: inout TickWriter) {
        for series in series { begin(series, &writer) }
    }

    private func begin(_ series: Series, _ writer: inout TickWriter) {
        let wallMs = clock.wallMs()
        let id = writer.series.intern(series)
        writer.gaps.resume(id, after: last[series]?.eventTime)
        writer.gaps.open(id, .start)
        if let time = last[series]?.eventTime, wallMs - time < FeedRun.announcedMs {
            writer.gaps.announce(id, nowMs: wallMs)
        }
    }

    /// Where the venue tells its newest trades those behind the last one on the topic are asked for.
    private func followNewest(_ series: [Series], _ writer: inout TickWriter) {
        for series in series {
            let id = writer.series.intern(series)
            writer.gaps.resume(id, after: last[series]?.eventTime)
            if !writer.continuity.followNewest(id, after: last[series]?.trade, nowMs: clock.wallMs()) {
                begin(series, &writer)
            }
        }
    }

    /// Where trades are numbered the last one on the topic tells what is missing; it is asked for.
    private func follow(_ series: [Series], _ writer: inout TickWriter) {
        let wallMs = clock.wallMs()
        let historyFromMs = shared.backfillMs > 0 ? wallMs - shared.backfillMs : nil
        for series in series {
            let id = writer.series.intern(series)
            let known = last[series].flatMap { tick in tick.tradeID.map { (id: $0, timeMs: tick.tradeTime) } }
            if known == nil { begin(series, &writer) } else { writer.gaps.resume(id, after: last[series]?.eventTime) }
            writer.continuity.follow(id, after: known, historyFromMs: historyFromMs, nowMs: wallMs)
        }
    }
}
