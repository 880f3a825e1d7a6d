/// The address book: where each venue is, what it calls itself, and how much it takes.
///
/// *Source*: the venues' documentation, as named in their files.
extension VenueProfile {
    /// Each subscribe request of a spot connection may name ten topics. A domain takes 500 connections in 5 minutes, and both
    /// categories have the same one.
    package static func bybit(_ category: Bybit.Category) -> VenueProfile {
        var limits = StreamLimits(
            symbolsPerRequest: category == .spot ? 10 : 500, symbolsPerConnection: 1000)
        limits.topicCharacters = 21_000
        limits.attemptSpacingMs = 1_250
        return VenueProfile(
            source: category.source,
            summary: category == .spot ? "spot trades" : "trades of USDT and USDC perpetuals", defaultQuote: "USDT",
            stream: "wss://stream.bybit.com/v5/public/\(category.rawValue)", rest: BybitMarkets.rest, limits: limits)
    }

    /// A connection may send 5 messages a second, pings and pongs among them, and lives 24 hours; an address may connect 300
    /// times in 5 minutes.
    package static var binance: VenueProfile {
        var limits = StreamLimits(symbolsPerRequest: 100, symbolsPerConnection: 1024)
        limits.messageSpacingMs = 350
        limits.attemptSpacingMs = 1_100
        limits.lifetimeMs = 86_400_000
        return VenueProfile(
            source: Binance.Market.spot.source, summary: "spot trades", defaultQuote: "USDT",
            stream: "wss://stream.binance.com:9443/stream", rest: BinanceHistory.rest,
            keyVariable: BinanceHistory.keyVariable, limits: limits)
    }

    package static var binanceTickers: VenueProfile {
        VenueProfile(
            source: BinanceTickers.source, summary: "24 h tickers of spot pairs", defaultQuote: "USDT",
            rest: BinanceHistory.rest)
    }

    /// An address may connect 8 times a second and send 100 messages a second; a connection without a subscription is closed
    /// after 5 s.
    package static var coinbase: VenueProfile {
        var limits = StreamLimits(symbolsPerRequest: 100, symbolsPerConnection: 100)
        limits.messageSpacingMs = 20
        return VenueProfile(
            source: Coinbase.source, summary: "spot trades", defaultQuote: "USD",
            stream: "wss://advanced-trade-ws.coinbase.com", rest: CoinbaseHistory.rest, limits: limits)
    }

    /// An address may connect about 150 times in 10 minutes.
    package static var kraken: VenueProfile {
        var limits = StreamLimits(symbolsPerRequest: 100, symbolsPerConnection: 200)
        limits.messageSpacingMs = 100
        limits.attemptSpacingMs = 4_100
        return VenueProfile(
            source: Kraken.source, summary: "spot trades", defaultQuote: "USD", stream: "wss://ws.kraken.com/v2",
            rest: KrakenHistory.rest, limits: limits)
    }

    /// Its limits are not documented: attempts are rare, and an address stays short.
    package static var coincap: VenueProfile {
        var limits = StreamLimits(symbolsPerRequest: 100, symbolsPerConnection: 100)
        limits.topicCharacters = 2_000
        limits.attemptSpacingMs = 5_000
        limits.answersRequests = false
        return VenueProfile(
            source: CoinCap.source, summary: "prices of coins, over all exchanges", defaultQuote: "USD",
            stream: "wss://wss.coincap.io/prices", rest: CoinCapMarkets.rest, keyVariable: CoinCapMarkets.keyVariable,
            limits: limits)
    }

    package static var coingecko: VenueProfile {
        VenueProfile(
            source: CoinGecko.source, summary: "prices of coins, over all exchanges", defaultQuote: "USD",
            rest: CoinGecko.address, keyVariable: CoinGecko.keyVariable)
    }
}
