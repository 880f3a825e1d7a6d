extension Venue {
    package static let kraken = Venue(
        .kraken,
        .stream({ _ in Kraken(anySymbol: false) }, past: .numbered { _ in KrakenHistory() }),
        Markets { _ in KrakenMarkets() },
        recordings: [
            FrameSource(
                Kraken.source, hosts: ["ws.kraken.com", "beta-ws.kraken.com"],
                // Its data is an array beside a channel; Coinbase has events there.
                recognises: { keys, frame in
                    keys.isArray || keys.has("channel", frame) && keys.has("data", frame)
                },
                decoder: { _ in Kraken(anySymbol: true) })
        ])
}

extension VenueProfile {
    /// An address may connect about 150 times in 10 minutes.
    package static var kraken: VenueProfile {
        var limits = StreamLimits(symbolsPerRequest: 100, symbolsPerConnection: 200)
        limits.messageSpacingMs = 100
        limits.attemptSpacingMs = 4_100
        return VenueProfile(
            source: Kraken.source, summary: "spot trades", past: "from any time on", defaultQuote: "USD",
            stream: "wss://ws.kraken.com/v2", rest: KrakenHistory.rest, limits: limits)
    }
}
