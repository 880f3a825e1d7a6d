package import CryptoCore

/// Binance `@trade` streams: spot live, and recordings of spot and USD-M futures, combined or raw.
///
/// *Source*: binance/binance-spot-api-docs `web-socket-streams.md`; frames recorded in 2023 and 2024.
package struct Binance: StreamVenue {
    /// The markets have the same frames, but that futures say where a trade came from (`X`).
    package enum Market: CaseIterable, Sendable {
        case spot
        case usdFutures

        /// The source of its series.
        package var source: String { self == .spot ? "binance" : "binance-linear" }
    }

    /// A symbol that nobody asked for is passed over; in a recording it must be one that we can name.
    private let isLive: Bool
    private let isFutures: Bool
    private var spot: VenueSymbols
    private var futures: VenueSymbols

    /// Decodes only announced spot symbols (a live feed), or any of both markets (a recording), by what is known of coins.
    ///
    /// - Parameter isFutures: the frames are of futures, whatever they say themselves.
    package init(anySymbol: Bool, isFutures: Bool = false, coins: Coins = Coins()) {
        isLive = !anySymbol
        self.isFutures = isFutures
        let splitter = NameSplitter(coins: coins)
        spot = VenueSymbols(anySymbol ? .split(source: Market.spot.source, splitter) : .ignored, spelling: .joined)
        futures = VenueSymbols(
            anySymbol ? .split(source: Market.usdFutures.source, splitter) : .ignored, spelling: .joined)
    }

    package mutating func add(symbol: String, to writer: inout TickWriter) {
        announce(Series(source: Market.spot.source, symbol: symbol), to: &writer)
    }

    package mutating func announce(_ series: Series, to writer: inout TickWriter) {
        if series.source == Market.usdFutures.source {
            futures.add(series, to: &writer.series)
        } else {
            spot.add(series, to: &writer.series)
        }
    }

    // MARK: Requests

    package var profile: VenueProfile { .binance }

    /// The stream of a symbol's trades, in lower case: `btcusdt@trade`.
    package func topic(_ symbol: String) -> String {
        VenueSymbols.Spelling.joined.name(symbol).lowercased() + "@trade"
    }

    package func request(_ operation: SubscriptionOperation, _ symbols: [String], requestID: Int) -> String? {
        JSONWriter.text { json in
            json.field("method", operation.rawValue.uppercased())
            json.field("params", symbols.map(topic))
            json.field("id", Int64(requestID))
        }
    }

    // MARK: Frames

    /// Reads one frame and writes its trade. A frame with `X` is of the futures market.
    /// - Throws: the frame is not JSON, or a trade of another shape; then nothing of it was written.
    package mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        writer.beginFrame()
        var event = Event()
        var scanner = JSONScanner()
        try Binance.read(&scanner, frame, &event)
        try scanner.end(frame)
        guard event.kind == .trade else { return Binance.answer(event, frame) }
        if let origin = event.origin, !origin.equals("MARKET", in: frame) { return .ignored }
        // No gap is opened: the next trade's number tells of the hole.
        try event.trade.check(at: 0)
        guard let id = series(event, frame, &writer) else {
            if isLive { return .data(added: 0) }
            throw DecodeError(.badField("s", "a symbol with a known base or quote"), at: 0)
        }
        // `&timeUnit=MICROSECOND` makes sixteen digits of the thirteen.
        if event.trade.fields.eventTime >= 100_000_000_000_000 { event.trade.fields.eventTime /= 1000 }
        switch writer.add(event.trade.fields, of: id, ingestTime: receivedMs, frame) {
        case .added: return .data(added: 1)
        case .repeated, .dropped, .malformed: return .data(added: 0)
        }
    }

    /// The series of the event's symbol, in the market that the event is of.
    @inline(__always)
    private mutating func series(_ event: Event, _ frame: RawSpan, _ writer: inout TickWriter) -> SeriesID? {
        event.origin == nil && !isFutures
            ? spot.id(event.trade.market, frame, &writer.series) : futures.id(event.trade.market, frame, &writer.series)
    }
}
