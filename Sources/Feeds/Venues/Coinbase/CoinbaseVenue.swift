extension Venue {
    package static let coinbase = Venue(
        .coinbase,
        .stream(
            { order in Coinbase(anySymbol: false, markets: order.markets) },
            past: .numbered { order in CoinbaseHistory(order.markets) }),
        Markets { _ in CoinbaseMarkets() },
        recordings: [
            FrameSource(
                Coinbase.source,
                hosts: [
                    "advanced-trade-ws.coinbase.com", "ws-feed.exchange.coinbase.com", "ws-feed.pro.coinbase.com",
                    "ws-feed-public.sandbox.exchange.coinbase.com",
                ],
                recognises: { keys, frame in keys.has("events", frame) || keys.has("product_id", frame) },
                decoder: { _ in Coinbase(anySymbol: true) })
        ])
}

extension VenueProfile {
    /// An address may connect 8 times a second and send 100 messages a second; a connection without a subscription is closed
    /// after 5 s.
    package static var coinbase: VenueProfile {
        var limits = StreamLimits(symbolsPerRequest: 100, symbolsPerConnection: 100)
        limits.messageSpacingMs = 20
        return VenueProfile(
            source: Coinbase.source, summary: "spot trades", past: "by trade id", defaultQuote: "USD",
            stream: "wss://advanced-trade-ws.coinbase.com", rest: CoinbaseHistory.rest, limits: limits)
    }
}
