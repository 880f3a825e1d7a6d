package import CryptoCore

/// OKX v5: every trade of spot markets and perpetual swaps live (`trades-all`), and recordings of it and of `trades`.
///
/// `trades` tells the fills of one taker order at one price as one trade, under the id of the last of them; so do its recordings
/// here. Sizes of swaps are in contracts and become coins by the list of instruments; without it a swap's trade is malformed.
/// *Source*: OKX API v5, "WS / All trades channel", "WS / Trades channel", "Connect", "Subscribe", "Notification",
/// "Error Code: WebSocket, Public"; no frame of it was recorded here.
package struct OKX: TradeStream {
    /// What is traded.
    package enum Market: String, CaseIterable, Sendable {
        case spot = "SPOT"
        case swap = "SWAP"

        /// The source of its series.
        package var source: String { self == .spot ? "okx" : "okx-swap" }

        private var suffix: String { self == .spot ? "" : "-SWAP" }

        /// What the venue calls an instrument: `BTC-USDT`, `BTC-USDT-SWAP`.
        @Sendable func name(_ symbol: String) -> String { symbol + suffix }

        /// Our symbol of an instrument; nil where it is not of this market's kind.
        func symbol(_ name: String) -> String? {
            name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : nil
        }
    }

    static var numbersTrades: Bool { false }
    package let market: Market
    var symbols: VenueSymbols
    var trades: FrameTrades
    private let contracts: [String: ContractSize]

    /// A live feed of these markets; of swaps those that the venue's list has told the contract's size of.
    package init(_ market: Market, _ markets: [ListedMarket]) {
        self.market = market
        contracts = OKX.contracts(markets)
        trades = FrameTrades(leavesGaps: true)
        symbols = VenueSymbols(
            .ignored, spelling: VenueSymbols.Spelling(name: market.name, symbol: { _, _ in .none }))
    }

    /// Recordings of any spot market. What a swap's contract was worth no recording says: its trades make nothing.
    package init() {
        market = .spot
        contracts = [:]
        trades = FrameTrades()
        // Two parts are a spot market; futures, options and swaps have more.
        let spelling = VenueSymbols.Spelling(
            name: { $0 }, symbol: { name, _ in name.split(separator: "-").count == 2 ? .known(name) : .none })
        symbols = VenueSymbols(.split(source: Market.spot.source, NameSplitter()), spelling: spelling)
    }

    /// The size of a contract by symbol, of markets that count in contracts.
    static func contracts(_ markets: [ListedMarket]) -> [String: ContractSize] {
        let sizes = markets.compactMap { market in
            market.contractSize.flatMap { ContractSize($0) }.map { (market.symbol, $0) }
        }
        return Dictionary(sizes) { first, _ in first }
    }

    package mutating func add(symbol: String, to writer: inout TickWriter) {
        announce(Series(source: market.source, symbol: symbol), to: &writer)
    }

    package mutating func announce(_ series: Series, to writer: inout TickWriter) {
        guard series.source == market.source else { return }
        if market == .swap {
            // Without the size of its contract a swap is not listened to.
            guard let size = contracts[series.symbol] else { return }
            writer.series.count(writer.series.intern(series), inContractsOf: size)
        }
        symbols.add(series, to: &writer.series)
    }

    // MARK: Requests

    package var profile: VenueProfile { .okx(market) }

    /// A channel as a request names it, whose length the venue limits.
    package func topic(_ symbol: String) -> String {
        JSONWriter.text { json in
            json.field("channel", "trades-all")
            json.field("instId", market.name(symbol))
        }
    }

    package func request(_ operation: SubscriptionOperation, _ symbols: [String], requestID: Int) -> String? {
        let channels = symbols.map(topic).joined(separator: ",")
        return #"{"id":"\#(requestID)","op":"\#(operation.rawValue)","args":[\#(channels)]}"#
    }

    /// The venue wants it as a text when it has said nothing for less than 30 s, and answers with `pong`.
    package var ping: String? { "ping" }

    // MARK: Frames

    /// Reads one frame and writes its trades.
    /// - Throws: the frame is not JSON, or a trade in it lacks what the venue always tells; then nothing of it was written.
    package mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        if frame.byteCount == 4, JSONText(offset: 0, count: 4).equals("pong", in: frame) { return .heartbeat }
        var envelope = Envelope()
        try read(frame, into: &envelope, &writer)
        guard envelope.isTrades(frame) else { return message(envelope, frame) }
        return .data(added: trades.write(frame, receivedMs: receivedMs, into: &writer))
    }

    /// A trade, on the socket and over HTTP. The side is the taker's.
    enum Members: TradeWords {
        static var market: StaticString { "instId" }
        static var id: StaticString { "tradeId" }
        static var price: StaticString { "px" }
        static var quantity: StaticString { "sz" }
        static var time: StaticString { "ts" }
    }
}
