package import CryptoCore

/// OKX v5: every trade of spot markets and perpetual swaps live (`trades-all`), and recordings of it and of `trades`.
///
/// `trades` tells the fills of one taker order at one price as one trade, under the id of the last of them; so do its recordings
/// here. Sizes of swaps are in contracts and become coins by the list of instruments; without it a swap's trade is malformed.
/// *Source*: OKX API v5, "WS / All trades channel", "WS / Trades channel", "Connect", "Subscribe", "Notification",
/// "Error Code: WebSocket, Public"; no frame of it was recorded here.
package struct OKX: StreamVenue {
    /// What is traded.
    package enum Market: String, CaseIterable, Sendable {
        case spot = "SPOT"
        case swap = "SWAP"

        /// The source of its series.
        package var source: String { self == .spot ? "okx" : "okx-swap" }

        private var suffix: String { self == .spot ? "" : "-SWAP" }

        /// What the venue calls an instrument: `BTC-USDT`, `BTC-USDT-SWAP`.
        func name(_ symbol: String) -> String { symbol + suffix }

        /// Our symbol of an instrument; nil where it is not of this market's kind.
        func symbol(_ name: String) -> String? {
            name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : nil
        }
    }

    package let market: Market
    package private(set) var brokenSeries: SeriesID?
    private let isLive: Bool
    private let contracts: [String: ContractSize]
    private var spot: VenueSymbols
    private var swaps: VenueSymbols
    private var trades: FrameTrades

    /// A live feed of these markets; of swaps those that the venue's list has told the contract's size of.
    package init(_ market: Market, _ markets: [ListedMarket]) {
        self.market = market
        isLive = true
        contracts = OKX.contracts(markets)
        trades = FrameTrades(leavesGaps: true)
        spot = VenueSymbols(.ignored, spelling: .dashed)
        swaps = VenueSymbols(.ignored, spelling: OKX.swapSpelling)
    }

    /// Recordings of any spot market. What a swap's contract was worth no recording says: its trades make nothing.
    package init() {
        market = .spot
        isLive = false
        contracts = [:]
        trades = FrameTrades()
        spot = VenueSymbols(.split(source: Market.spot.source, NameSplitter()), spelling: OKX.spotSpelling)
        swaps = VenueSymbols(.ignored, spelling: OKX.swapSpelling)
    }

    /// The size of a contract by symbol, of markets that count in contracts.
    static func contracts(_ markets: [ListedMarket]) -> [String: ContractSize] {
        let sizes = markets.compactMap { market in
            market.contractSize.flatMap { ContractSize($0) }.map { (market.symbol, $0) }
        }
        return Dictionary(sizes) { first, _ in first }
    }

    /// Two parts are a spot market; futures, options and swaps have more.
    private static let spotSpelling = VenueSymbols.Spelling(
        name: { $0 }, symbol: { name, _ in name.split(separator: "-").count == 2 ? .known(name) : .none })

    private static let swapSpelling = VenueSymbols.Spelling(name: { Market.swap.name($0) }, symbol: { _, _ in .none })

    package mutating func add(symbol: String, to writer: inout TickWriter) {
        announce(Series(source: market.source, symbol: symbol), to: &writer)
    }

    package mutating func announce(_ series: Series, to writer: inout TickWriter) {
        guard series.source == Market.swap.source else { return spot.add(series, to: &writer.series) }
        // Without the size of its contract a swap is not listened to.
        guard let size = contracts[series.symbol] else { return }
        swaps.add(series, to: &writer.series)
        writer.series.count(writer.series.intern(series), inContractsOf: size)
    }

    // MARK: Requests

    package var profile: VenueProfile { .okx(market) }

    /// A channel as a request names it, whose length the venue limits.
    package func topic(_ symbol: String) -> String {
        var json = JSONWriter(reservingBytes: 64)
        json.beginObject()
        json.field("channel", "trades-all")
        json.field("instId", market.name(symbol))
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }

    package func subscribe(_ symbols: [String], requestID: Int) -> String? {
        request("subscribe", symbols, requestID)
    }

    package func unsubscribe(_ symbols: [String], requestID: Int) -> String? {
        request("unsubscribe", symbols, requestID)
    }

    /// The venue wants it as a text when it has said nothing for less than 30 s, and answers with `pong`.
    package var ping: String? { "ping" }

    private func request(_ operation: String, _ symbols: [String], _ requestID: Int) -> String {
        #"{"id":"\#(requestID)","op":"\#(operation)","args":[\#(symbols.map(topic).joined(separator: ","))]}"#
    }

    // MARK: Frames

    /// Reads one frame and writes its trades.
    /// - Throws: the frame is not JSON, or a trade in it lacks what the venue always tells; then nothing of it was written.
    package mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        brokenSeries = nil
        if frame.byteCount == 4, JSONText(offset: 0, count: 4).equals("pong", in: frame) { return .heartbeat }
        writer.beginFrame()
        trades.removeAll()
        var envelope = Envelope()
        var isRead = false
        var scanner = JSONScanner()
        try scanner.enterObject(frame)
        while let key = try scanner.nextKey(frame) {
            if key.equals("data", in: frame) {
                envelope.dataAt = scanner.at
                isRead = envelope.isTrades(frame)
                if isRead {
                    try readTrades(&scanner, frame, envelope, &writer)
                } else {
                    try scanner.skipValue(frame)
                }
            } else {
                try envelope.read(key, &scanner, frame)
            }
        }
        try scanner.end(frame)
        guard envelope.isTrades(frame), envelope.event == nil else { return message(envelope, frame) }
        if !isRead {
            // The keys' order is not promised: the data came before the channel.
            guard let dataAt = envelope.dataAt else { throw DecodeError(.missing("data"), at: 0) }
            scanner = JSONScanner(at: dataAt)
            try readTrades(&scanner, frame, envelope, &writer)
        }
        return .data(added: trades.write(frame, receivedMs: receivedMs, into: &writer))
    }

    /// The trades of the channel's instrument; those of another one are no trades of this frame.
    private mutating func readTrades(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ envelope: Envelope, _ writer: inout TickWriter
    ) throws(DecodeError) {
        guard let series = series(envelope.instrument, frame, &writer) else { return try scanner.skipValue(frame) }
        brokenSeries = series
        try scanner.enterArray(frame)
        while try scanner.nextElement(frame) {
            let start = scanner.at
            let (fields, instrument) = try OKXTrade.read(&scanner, frame)
            try fields.checkPresence(instrument, at: start)
            guard frame.isSame(instrument, envelope.instrument) else {
                throw DecodeError(.badField("instId", "the channel's"), at: start)
            }
            trades.append(fields, of: series)
        }
    }

    /// The series of an instrument; nil where nobody asked for it, or what a contract is worth is not known.
    @inline(__always)
    private mutating func series(
        _ instrument: JSONText, _ frame: RawSpan, _ writer: inout TickWriter
    ) -> SeriesID? {
        if isLive {
            return market == .spot
                ? spot.id(instrument, frame, &writer.series) : swaps.id(instrument, frame, &writer.series)
        }
        return OKX.isSwap(instrument, frame) ? nil : spot.id(instrument, frame, &writer.series)
    }

    private static func isSwap(_ instrument: JSONText, _ frame: RawSpan) -> Bool {
        let count = 5  // "-SWAP"
        return instrument.count > count
            && JSONText(offset: instrument.offset + instrument.count - count, count: count).equals("-SWAP", in: frame)
    }
}
