extension Venue {
    package static let binance = Venue(
        .binance,
        .stream(
            { _ in Binance(anySymbol: false) }, past: .numbered { order in BinanceHistory(key: order.key) }),
        Markets { _ in BinanceMarkets(.binance) },
        recordings: [
            FrameSource(
                Binance.Market.spot.source, hosts: spotHosts, dumps: TradeDump.binanceSpot,
                recognises: { keys, frame in keys.has("stream", frame) || keys.has("e", frame) },
                decoder: { coins in Binance(anySymbol: true, coins: coins) }),
            FrameSource(
                Binance.Market.usdFutures.source,
                hosts: ["fstream.binance.com", "fstream-auth.binance.com", "stream.binancefuture.com"],
                dumps: TradeDump.binanceFutures,
                decoder: { coins in Binance(anySymbol: true, isFutures: true, coins: coins) }),
        ])

    /// The 24 h tickers of the same pairs.
    package static let binanceTickers: Venue = {
        var markets = Markets { _ in BinanceMarkets(.binanceTickers) }
        markets.haveTop = true
        return Venue(
            .binanceTickers,
            .prices { order in
                BinanceTickers(
                    order.top.map { .top($0, quote: VenueProfile.binanceTickers.defaultQuote) }
                        ?? .symbols(order.symbols))
            }, markets)
    }()

    /// Binance.US is another exchange; the coin-margined futures of `dstream` count in contracts of dollars.
    private static let spotHosts = [
        "stream.binance.com", "data-stream.binance.vision", "data-stream.binance.com", "stream.testnet.binance.vision",
        "testnet.binance.vision",
    ]
}

/// *Source*: binance/binance-public-data, `README.md`, and the files' headers, which spot files lack (their times have 16 digits since 2025).
extension TradeDump {
    fileprivate static let binanceSpot =
        [
            TradeDump(
                header: "id price qty quoteqty time isbuyermaker isbestmatch", shape: "nnnntbb",
                columns: [.id, .price, .quantity, .other, .time, .side])
        ]
        + ["nnnnntb", "nnnnntbb"].map {
            TradeDump(header: "agg", shape: $0, refusal: "aggregated trades (sums of trades, not trades)")
        }

    fileprivate static let binanceFutures = [
        TradeDump(
            header: "id price qty quoteqty time isbuyermaker", shape: "nnnntb",
            columns: [.id, .price, .quantity, .other, .time, .side],
            // Coin-margined contracts are called BTCUSD_PERP, those that end on a day BTCUSDT_240628.
            isOtherMarket: { $0.contains("_PERP") || $0.contains(/^[A-Z0-9]+_[0-9]{6}-/) }),
        TradeDump(
            header: "id price qty baseqty time isbuyermaker",
            refusal: "coin-margined trades (their quantities are contracts)"),
    ]
}

extension VenueProfile {
    /// A connection may send 5 messages a second, pings and pongs among them, and lives 24 hours; an address may connect 300
    /// times in 5 minutes.
    package static var binance: VenueProfile {
        var limits = StreamLimits(symbolsPerRequest: 100, symbolsPerConnection: 1024)
        limits.messageSpacingMs = 350
        limits.attemptSpacingMs = 1_100
        limits.lifetimeMs = 86_400_000
        return VenueProfile(
            source: Binance.Market.spot.source, summary: "spot trades", past: "by trade id, best with a key",
            defaultQuote: "USDT", stream: "wss://stream.binance.com:9443/stream", rest: BinanceHistory.rest,
            keyVariable: BinanceHistory.keyVariable, limits: limits)
    }

    package static var binanceTickers: VenueProfile {
        VenueProfile(
            source: BinanceTickers.source, summary: "24 h tickers of spot pairs", defaultQuote: "USDT",
            rest: BinanceHistory.rest)
    }
}
