extension Venue {
    package static let coincap: Venue = {
        var markets = Markets { key in CoinCapMarkets(key: key) }
        markets.areCoins = true
        markets.quotes = ["USD"]
        return Venue(
            .coincap,
            .stream(
                { order in CoinCap(order.markets.map(CoinGecko.Market.init), key: order.key ?? "") }, past: .nothing),
            markets,
            recordings: [
                FrameSource(
                    CoinCap.source, hosts: ["wss.coincap.io", "ws.coincap.io"],
                    recognises: { keys, frame in keys.has("exchange", frame) },
                    decoder: { coins in CoinCap(recordingsOf: coins) })
            ])
    }()
}

extension VenueProfile {
    /// Its limits are not documented: attempts are rare, and an address stays short.
    package static var coincap: VenueProfile {
        var limits = StreamLimits(symbolsPerRequest: 100, symbolsPerConnection: 100)
        limits.topicCharacters = 2_000
        limits.attemptSpacingMs = 5_000
        limits.answersRequests = false
        return VenueProfile(
            source: CoinCap.source, summary: "prices of coins, over all exchanges", defaultQuote: "USD",
            stream: "wss://wss.coincap.io/prices", rest: CoinCapMarkets.rest, keyVariable: CoinCapMarkets.keyVariable,
            needsKey: true, limits: limits)
    }
}
