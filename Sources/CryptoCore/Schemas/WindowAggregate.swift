/// How windows of a kind lie on the time line.
public enum WindowType: UInt8, Sendable, CustomStringConvertible {
    /// Whole minutes, side by side.
    case tumbling
    /// One minute long, one every slide.
    case sliding

    public var description: String { self == .tumbling ? "tumbling" : "sliding" }
}

/// `crypto.windows.*` (`window/1`): what happened in one minute of one series.
///
/// *Units*: times in ms since the epoch, prices in the quote currency, volumes in base units.
public struct WindowAggregate: Equatable, Sendable {
    public var series: Series
    public var type: WindowType
    public var windowStart: Int64
    /// Exclusive.
    public var windowEnd: Int64
    public var isFinal: Bool
    /// Trades and quotes.
    public var count: Int64
    /// Σ quantity.
    public var volume: Double
    /// Σ price · quantity.
    public var amount: Double
    /// The mean of the prices.
    public var averagePrice: Double
    /// amount / volume; nil without volume.
    public var vwap: Double?
    public var open: Double
    public var high: Double
    public var low: Double
    public var close: Double
    /// The population's standard deviation of the prices.
    public var stddev: Double
    public var buyVolume: Double
    public var sellVolume: Double
    public var firstTime: Int64
    public var lastTime: Int64
    /// A gap that was read before the window became final overlaps it.
    public var isIncomplete: Bool

    /// The value of the Kafka header `schema`.
    public static let schema = "window/1"

    /// Appends the record's JSON object.
    public func encode(into json: inout JSONWriter) {
        json.beginObject()
        json.field("source", series.source)
        json.field("symbol", series.symbol)
        json.field("type", type.description)
        json.field("window_start", windowStart)
        json.field("window_end", windowEnd)
        json.field("final", isFinal)
        json.field("count", count)
        json.field("volume", volume)
        json.field("amount", amount)
        json.field("average_price", averagePrice)
        json.field("vwap", orNull: vwap)
        json.field("open", open)
        json.field("high", high)
        json.field("low", low)
        json.field("close", close)
        json.field("stddev", stddev)
        json.field("buy_volume", buyVolume)
        json.field("sell_volume", sellVolume)
        json.field("first_time", firstTime)
        json.field("last_time", lastTime)
        json.field("incomplete", isIncomplete)
        json.endObject()
    }
}

extension WindowAggregate {
    /// Decodes one record; fields it does not know are skipped.
    /// - Throws: the first thing that is wrong with it.
    public init(decoding bytes: RawSpan) throws(DecodeError) {
        var fields = RecordFields()
        try fields.read(bytes)
        series = try fields.series(bytes)
        switch try fields.text("type", bytes) {
        case "tumbling": type = .tumbling
        case "sliding": type = .sliding
        default: throw DecodeError(.badField("type", "tumbling or sliding"), at: 0)
        }
        windowStart = try fields.integer("window_start", bytes)
        windowEnd = try fields.integer("window_end", bytes)
        isFinal = try fields.bool("final", bytes)
        count = try fields.integer("count", bytes)
        volume = try fields.number("volume", bytes)
        amount = try fields.number("amount", bytes)
        averagePrice = try fields.number("average_price", bytes)
        vwap = try fields.numberOrNull("vwap", bytes)
        open = try fields.number("open", bytes)
        high = try fields.number("high", bytes)
        low = try fields.number("low", bytes)
        close = try fields.number("close", bytes)
        stddev = try fields.number("stddev", bytes)
        buyVolume = try fields.number("buy_volume", bytes)
        sellVolume = try fields.number("sell_volume", bytes)
        firstTime = try fields.integer("first_time", bytes)
        lastTime = try fields.integer("last_time", bytes)
        isIncomplete = try fields.bool("incomplete", bytes)
        if windowStart >= windowEnd { throw DecodeError(.badField("window_end", "after window_start"), at: 0) }
        if count < 1 { throw DecodeError(.badField("count", "at least 1"), at: 0) }
    }
}
