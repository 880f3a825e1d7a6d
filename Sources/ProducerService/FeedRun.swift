internal import CryptoCore
internal import Feeds
internal import NetClient
internal import ServiceKit
internal import System

extension ProducerPlan.Source {
    /// The source cut into parts that each need a connection of their own.
    var connections: [ProducerPlan.Source] {
        guard case .stream(let stream, let symbols, let endpoint) = self else { return [self] }
        return stream.connections(symbols).map { .stream(stream, symbols: $0, endpoint) }
    }

    /// What its venue should have; nil where there is no venue, or the choice is the venue's.
    func wanted(of name: SourceName) -> SymbolCheck.Wanted? {
        switch self {
        case .stream(.coincap(let markets), _, let endpoint), .prices(.coingecko(let markets), _, let endpoint):
            .init(source: name, names: markets.map(\.coinID), endpoint: endpoint)
        case .stream(_, let symbols, let endpoint), .prices(.binanceTickers(.symbols(let symbols)), _, let endpoint):
            .init(source: name, names: symbols, endpoint: endpoint)
        case .prices(.binanceTickers(.top), _, _), .replay, .synthetic: nil
        }
    }

    /// The series of a live source, which leave gaps where they were not watched.
    var liveSeries: [Series] {
        switch self {
        case .stream(let stream, let symbols, _): symbols.map { Series(source: stream.source, symbol: $0) }
        case .prices(.coingecko(let markets), _, _):
            markets.map { Series(source: CoinGecko.source, symbol: $0.symbol) }
        case .prices(.binanceTickers(.symbols(let symbols)), _, _):
            symbols.map { Series(source: SourceName.binance24h.rawValue, symbol: $0) }
        // Which they are is seen when they come.
        case .prices(.binanceTickers(.top), _, _): []
        case .replay, .synthetic: []
        }
    }
}

extension ProducerPlan.Stream {
    /// Symbols in groups that each fit one connection.
    func connections(_ symbols: [String]) -> [[String]] {
        switch self {
        case .bybit(let category): SubscriptionSession.connections(symbols, Bybit(category, anySymbol: false))
        case .binance: SubscriptionSession.connections(symbols, Binance(anySymbol: false))
        case .coinbase: SubscriptionSession.connections(symbols, Coinbase(anySymbol: false))
        case .kraken: SubscriptionSession.connections(symbols, Kraken(anySymbol: false))
        case .coincap(let markets): SubscriptionSession.connections(symbols, CoinCap(markets, key: ""))
        }
    }

    /// The source of its series.
    var source: String {
        switch self {
        case .bybit(let category): category.source
        case .binance: SourceName.binance.rawValue
        case .coinbase: SourceName.coinbase.rawValue
        case .kraken: SourceName.kraken.rawValue
        case .coincap: SourceName.coincap.rawValue
        }
    }
}

/// What a venue tells of the past.
private enum Past {
    case nothing
    /// Any trade, by its number.
    case numbered(any TradeHistory)
    /// The newest trades.
    case newest(any RecentTrades)

    var isNumbered: Bool { if case .numbered = self { true } else { false } }
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
        case .stream(let stream, let symbols, let endpoint): try run(stream, symbols, endpoint, &loop)
        case .prices(let prices, let intervalMs, let endpoint):
            let options = PriceOptions(intervalMs: intervalMs, backfillMs: shared.backfillMs, endpoint: endpoint)
            switch prices {
            case .coingecko(let markets):
                let venue = CoinGecko(markets, demoKey: SourceName.key(CoinGecko.keyVariable))
                try run(venue, options, source.liveSeries, &loop)
            case .binanceTickers(let selection):
                try run(BinanceTickers(selection), options, source.liveSeries, &loop)
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

    private func run(
        _ stream: ProducerPlan.Stream, _ symbols: [String], _ endpoint: Endpoint?, _ loop: inout FeedLoop
    ) throws {
        switch stream {
        case .bybit(let category):
            try run(Bybit(category, anySymbol: false), .newest(BybitRecentTrades(category)), symbols, endpoint, &loop)
        case .binance:
            let history = BinanceHistory(key: SourceName.key(BinanceHistory.keyVariable))
            try run(Binance(anySymbol: false), .numbered(history), symbols, endpoint, &loop)
        case .coinbase:
            try run(Coinbase(anySymbol: false), .numbered(CoinbaseHistory()), symbols, endpoint, &loop)
        case .kraken:
            try run(Kraken(anySymbol: false), .numbered(KrakenHistory()), symbols, endpoint, &loop)
        case .coincap(let markets):
            let key = SourceName.key(CoinCapMarkets.keyVariable) ?? ""
            try run(CoinCap(markets, key: key), .nothing, symbols, endpoint, &loop)
        }
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
        _ venue: some StreamVenue, _ past: Past, _ symbols: [String], _ endpoint: Endpoint?, _ loop: inout FeedLoop
    ) throws {
        var writer = TickWriter(remembering: past.isNumbered ? 0 : FeedRun.rememberedIDs)
        let session = SubscriptionSession(venue, symbols: symbols, writer: &writer)
        let series = symbols.map { Series(source: venue.profile.source, symbol: $0) }
        let gate = shared.gate(venue.profile.rest ?? venue.profile.source)
        let seed = UInt64(bitPattern: clock.wallMs())
        var rules = BackfillPolicy(quota: shared.quota, horizonMs: max(3_600_000, shared.backfillMs + 600_000))
        rules.memoryBytes = shared.holeBytes
        writer.backfillPolicy = rules
        var filler: (any TradeFiller)?
        switch past {
        case .nothing:
            begin(series, &writer)
        case .numbered(let history):
            filler = GapFiller(history, gate: gate, seed: seed)
            follow(series, &writer)
        case .newest(let trades):
            filler = RecentFiller(trades, gate: gate, seed: seed)
            recall(series, &writer)
        }
        var feed = WebSocketFeed(
            StreamSupervisor(session, gate: shared.gate(session.address)), filler: filler, endpoint: endpoint,
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
            writer.announceGap(id, nowMs: wallMs)
        }
    }

    /// Where the venue tells its newest trades those behind the last one on the topic are asked for.
    private func recall(_ series: [Series], _ writer: inout TickWriter) {
        for series in series {
            let id = writer.series.intern(series)
            writer.gaps.resume(id, after: last[series]?.eventTime)
            if !writer.recall(id, after: last[series]?.trade, nowMs: clock.wallMs()) { begin(series, &writer) }
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
            writer.follow(id, after: known, historyFromMs: historyFromMs, nowMs: wallMs)
        }
    }
}
