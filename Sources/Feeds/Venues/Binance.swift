package import CryptoCore

/// Binance `@trade` frames, spot and USD-M futures, combined or raw, to ticks.
///
/// *Source*: binance/binance-spot-api-docs `web-socket-streams.md`; frames recorded in 2023 and 2024.
package struct Binance: Sendable {
    /// The markets have the same frames, but that futures say where a trade came from (`X`).
    package enum Market: CaseIterable, Sendable {
        case spot
        case usdFutures

        /// The source of its series.
        package var source: String { self == .spot ? "binance" : "binance-linear" }
    }

    /// What a frame was.
    package enum Message: Equatable, Sendable {
        /// A trade, and whether it was written.
        case trade(added: Bool, time: Int64)
        /// Another event, an answer, or a print that is no trade on the market (an insurance fund's).
        case ignored
    }

    private var spot: VenueSymbols
    private var futures: VenueSymbols

    /// Decodes any symbol, of both markets.
    package init() {
        spot = VenueSymbols(.split(source: Market.spot.source), spelling: .joined)
        futures = VenueSymbols(.split(source: Market.usdFutures.source), spelling: .joined)
    }

    /// Reads one frame and writes its trade. A frame with `X` is of the futures market.
    /// - Throws: the frame is not JSON, or a trade of another shape; then nothing of it was written.
    package mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> Message {
        writer.beginFrame()
        var event = Event()
        var scanner = JSONScanner()
        try Binance.read(&scanner, frame, &event, depth: 0)
        try scanner.end(frame)
        guard event.isTrade else { return .ignored }
        if let origin = event.origin, !origin.equals("MARKET", in: frame) { return .ignored }
        let id: SeriesID?
        if event.origin == nil {
            id = spot.id(event.symbol, frame, &writer.series)
        } else {
            id = futures.id(event.symbol, frame, &writer.series)
        }
        guard let id else { throw DecodeError(.badField("s", "a symbol that ends with a known quote"), at: 0) }
        let verdict = writer.add(event.fields, of: id, ingestTime: receivedMs, frame)
        if verdict == .malformed { throw DecodeError(.badField("data", "a trade with t, p, q and T"), at: 0) }
        return .trade(added: verdict == .added, time: event.fields.eventTime)
    }

    /// What one event object says.
    private struct Event {
        var isTrade = false
        var symbol = JSONText()
        var origin: JSONText?
        var fields = TickWriter.TradeFields()

        init() { fields.eventTime = .min }
    }

    /// Reads an event, or the event inside a combined stream's envelope.
    @inline(__always)
    private static func read(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ event: inout Event, depth: Int
    ) throws(DecodeError) {
        try scanner.enterObject(frame)
        while let key = try scanner.nextKey(frame) {
            if key.count == 1 {
                try readField(frame.byte(key.offset), &scanner, frame, &event)
            } else if depth == 0, key.equals("data", in: frame), try scanner.peek(frame) == .object {
                try readInner(&scanner, frame, &event)
            } else {
                try scanner.skipValue(frame)
            }
        }
    }

    private static func readInner(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ event: inout Event
    ) throws(DecodeError) {
        try scanner.enterObject(frame)
        while let key = try scanner.nextKey(frame) {
            if key.count == 1 {
                try readField(frame.byte(key.offset), &scanner, frame, &event)
            } else {
                try scanner.skipValue(frame)
            }
        }
    }

    @inline(__always)
    private static func readField(
        _ letter: UInt8, _ scanner: inout JSONScanner, _ frame: RawSpan, _ event: inout Event
    ) throws(DecodeError) {
        switch (letter, try scanner.peek(frame)) {
        case (UInt8(ascii: "e"), .string): event.isTrade = try scanner.string(frame).equals("trade", in: frame)
        case (UInt8(ascii: "s"), .string): event.symbol = try scanner.string(frame)
        case (UInt8(ascii: "X"), .string): event.origin = try scanner.string(frame)
        case (UInt8(ascii: "p"), .string): event.fields.price = try scanner.string(frame)
        case (UInt8(ascii: "q"), .string): event.fields.quantity = try scanner.string(frame)
        case (UInt8(ascii: "T"), .number): event.fields.eventTime = try scanner.integer(frame)
        case (UInt8(ascii: "t"), .number):
            let start = scanner.at
            _ = try scanner.integer(frame)
            event.fields.id = JSONText(offset: start, count: scanner.at - start)
        // The buyer was the maker: the taker sold.
        case (UInt8(ascii: "m"), .bool): event.fields.side = try scanner.bool(frame) ? .sell : .buy
        default: try scanner.skipValue(frame)
        }
    }
}
