internal import CryptoCore
internal import Feeds
internal import Glibc

extension ProducerPlan.Source {
    /// Trade ids that are remembered to drop what a venue sends again after a reconnect.
    private static let rememberedIDs = 1 << 17

    /// The source cut into parts that each need a connection of their own.
    var connections: [ProducerPlan.Source] {
        guard case .bybit(let category, let symbols, let endpoint) = self else { return [self] }
        return BybitSession.connections(symbols, category).map { .bybit(category, symbols: $0, endpoint) }
    }

    /// The series of a live source, which leave gaps where they were not watched.
    var liveSeries: [Series] {
        switch self {
        case .bybit(let category, let symbols, _): symbols.map { Series(source: category.source, symbol: $0) }
        case .coingecko(let markets, _, _): markets.map { Series(source: CoinGecko.source, symbol: $0.symbol) }
        case .replay, .synthetic: []
        }
    }

    /// Makes the feed and runs it in the loop.
    func run(_ loop: inout FeedLoop, _ last: [Series: Int64]) throws {
        let clock = SystemFeedClock()
        switch self {
        case .bybit(let category, let symbols, let endpoint):
            var writer = TickWriter(remembering: Self.rememberedIDs)
            let session = BybitSession(category, symbols: symbols, writer: &writer)
            openStartGaps(&writer, last, wallMs: clock.wallMs())
            var feed = WebSocketFeed(StreamSupervisor(session), endpoint: endpoint, clock: clock)
            try loop.run(&feed, &writer)
        case .coingecko(let markets, let intervalMs, let endpoint):
            var writer = TickWriter()
            let key = getenv("COINGECKO_DEMO_API_KEY").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
            let options = CoinGeckoFeed<SystemFeedClock>.Options(
                markets: markets, intervalMs: intervalMs, demoKey: key, endpoint: endpoint)
            var feed = CoinGeckoFeed(options, clock: clock, writer: &writer)
            openStartGaps(&writer, last, wallMs: clock.wallMs())
            try loop.run(&feed, &writer)
        case .replay(let files, let speed, let shiftsToNow, let loops):
            var writer = TickWriter(batchBytes: 1 << 20)
            let pace: ReplayFeed<SystemFeedClock>.Speed =
                switch speed {
                case .times(let factor): .times(factor)
                case .unlimited: .unlimited
                }
            var feed = try ReplayFeed(
                .init(files: files, speed: pace, shiftsToNow: shiftsToNow, loops: loops), clock: clock)
            try loop.run(&feed, &writer)
        case .synthetic(let symbols, let rate, let seed, let count):
            var writer = TickWriter(batchBytes: 1 << 20)
            var feed = SyntheticFeed(.init(symbols: symbols, rate: rate, seed: seed, count: count), clock: clock)
            try loop.run(&feed, &writer)
        }
    }

    /// Every series begins with a gap, from its last tick on the topic on. Where that tick's windows can still be open the
    /// gap is announced at once.
    private func openStartGaps(_ writer: inout TickWriter, _ last: [Series: Int64], wallMs: Int64) {
        for series in liveSeries {
            let id = writer.series.intern(series)
            writer.gaps.resume(id, after: last[series])
            writer.gaps.open(id, .start)
            if let time = last[series], wallMs - time < 300_000 { writer.announceGap(id, nowMs: wallMs) }
        }
    }
}
