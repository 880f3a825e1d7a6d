extension Venue {
    package static let okx = okx(.spot)
    package static let okxSwap = okx(.swap)

    private static func okx(_ market: OKX.Market) -> Venue {
        var markets = Markets { _ in OKXMarkets(market) }
        // What a contract is stands in the list only.
        markets.areNeeded = market == .swap
        return Venue(
            .okx(market),
            .stream(
                { order in OKX(market, order.markets) },
                past: .newest { order in OKXRecentTrades(market, order.markets) }),
            markets, recordings: market == .spot ? [frames] : [])
    }

    /// Both markets' frames come from the same address. A frame says itself which it is of.
    private static let frames = FrameSource(
        OKX.Market.spot.source, OKX.Market.swap.source,
        hosts: ["ws.okx.com", "wspap.okx.com"], paths: ["/ws/v5/"], word: "pong",
        recognises: { keys, frame in keys.has("arg", frame) }, decoder: { _ in OKX() })
}

extension VenueProfile {
    /// An address may connect 3 times a second. A connection may send 480 subscribe and unsubscribe requests an hour, their
    /// channels together no longer than 64 KB; one that hears nothing for 30 s is closed.
    ///
    /// Silent markets are subscribed anew together, each minute at most, and leave requests for those that were refused.
    ///
    /// *Source*: OKX API v5, "Connect", "Subscribe", "Production Trading Services".
    package static func okx(_ market: OKX.Market) -> VenueProfile {
        var limits = StreamLimits(symbolsPerRequest: 100, symbolsPerConnection: 200)
        limits.topicCharacters = 60_000
        limits.requestsPerHour = 480
        limits.attemptSpacingMs = 400
        limits.renewalSpacingMs = 60_000
        return VenueProfile(
            source: market.source,
            summary: market == .spot ? "spot trades" : "trades of perpetual swaps, sizes in coins",
            past: "the newest 500 and those before", defaultQuote: "USDT",
            stream: "wss://ws.okx.com:8443/ws/v5/business", rest: OKXMarkets.rest, limits: limits)
    }
}
