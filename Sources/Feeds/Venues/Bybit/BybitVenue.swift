extension Venue {
    package static let bybit = bybit(.spot)
    package static let bybitLinear = bybit(.linear)

    private static func bybit(_ category: Bybit.Category) -> Venue {
        Venue(
            .bybit(category),
            .stream({ _ in Bybit(category, anySymbol: false) }, past: .newest { _ in BybitRecentTrades(category) }),
            Markets { _ in BybitMarkets(category) },
            recordings: [
                FrameSource(
                    category.source, hosts: hosts, paths: ["/v5/public/\(category.rawValue)"],
                    dumps: [category == .spot ? .bybitSpot : .bybitLinear],
                    // A frame tells its category only by the tick direction that linear trades have.
                    recognises: { keys, frame in
                        keys.has("topic", frame) && frame.contains("\"L\":") == (category == .linear)
                    },
                    decoder: { coins in Bybit(category, anySymbol: true, coins: coins) })
            ])
    }

    /// Its inverse contracts and options come from the same hosts.
    private static let hosts = ["stream.bybit.com", "stream-testnet.bybit.com", "stream-demo.bybit.com"]
}

/// *Source*: public.bybit.com, the headers of its `trading` and `spot` files.
extension TradeDump {
    fileprivate static let bybitSpot = TradeDump(
        header: "id timestamp price volume side", columns: [.other, .time, .price, .quantity, .side])

    fileprivate static let bybitLinear = TradeDump(
        header: "timestamp symbol side size price tickdirection trdmatchid",
        columns: [.time, .symbol, .side, .quantity, .price, .other, .id], spelling: Bybit.Category.linear.spelling)
}

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
            summary: category == .spot ? "spot trades" : "trades of USDT and USDC perpetuals",
            past: category == .spot ? "the newest 60" : "the newest 1000", defaultQuote: "USDT",
            stream: "wss://stream.bybit.com/v5/public/\(category.rawValue)", rest: BybitMarkets.rest, limits: limits)
    }
}
