/// How windows of a kind lie on the time line.
public enum WindowType: UInt8, Sendable, Choice {
    /// Whole minutes, side by side.
    case tumbling
    /// One minute long, one every slide.
    case sliding

    public var description: String { self == .tumbling ? "tumbling" : "sliding" }
    package static var wanted: StaticText { "tumbling or sliding" }
}

/// `crypto.windows.*` (`window/1`): what happened in one minute of one series.
///
/// *Units*: times in ms since the epoch, prices in the quote currency, volumes in base units.
public struct WindowAggregate: Equatable, Sendable {
    public var series: Series
    public var type = WindowType.tumbling
    public var windowStart: Int64 = 0
    /// Exclusive.
    public var windowEnd: Int64 = 0
    public var isFinal = false
    /// Trades and quotes.
    public var count: Int64 = 0
    /// Σ quantity.
    public var volume = 0.0
    /// Σ price · quantity.
    public var amount = 0.0
    /// The mean of the prices.
    public var averagePrice = 0.0
    /// amount / volume; nil without volume.
    public var vwap: Double?
    public var open = 0.0
    public var high = 0.0
    public var low = 0.0
    public var close = 0.0
    /// The population's standard deviation of the prices.
    public var stddev = 0.0
    public var buyVolume = 0.0
    public var sellVolume = 0.0
    public var firstTime: Int64 = 0
    public var lastTime: Int64 = 0
    /// A gap that was read before the window became final overlaps it.
    public var isIncomplete = false
}

extension WindowAggregate: SeriesRecord {
    package static let schema = "window/1"
    package static let about: StaticString =
        """
        What happened in one minute of one series. Also true, but not for a schema to say: window_end is a minute after \
        window_start, low <= open, close, average_price <= high, first_time and last_time lie in the window.
        """
    package static let timeField: StaticString? = "window_end"

    package init() { series = Series(source: "", symbol: "") }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.series(&series)
        visitor.field("type", &type)
        visitor.field("window_start", &windowStart, .bound)
        visitor.field("window_end", &windowEnd, .bound, "Exclusive.")
        visitor.field("final", &isFinal, "False only for the open minute on the live topic.")
        visitor.field("count", &count, .count, "Trades and quotes.")
        visitor.field("volume", &volume, .amount, "Sum of quantities, base units.")
        visitor.field("amount", &amount, .amount, "Sum of price * quantity, quote currency.")
        visitor.field("average_price", &averagePrice, .price, "The mean of the prices.")
        visitor.field("vwap", &vwap, .amount, "amount / volume; null without volume.")
        visitor.field("open", &open, .price, "By event time, ties in the order of arrival.")
        visitor.field("high", &high, .price)
        visitor.field("low", &low, .price)
        visitor.field("close", &close, .price, "By event time, ties in the order of arrival.")
        visitor.field("stddev", &stddev, .amount, "The population's, of the prices.")
        visitor.field("buy_volume", &buyVolume, .amount)
        visitor.field("sell_volume", &sellVolume, .amount)
        visitor.field("first_time", &firstTime, .time)
        visitor.field("last_time", &lastTime, .time)
        visitor.field("incomplete", &isIncomplete, "A gap that was read before the window became final overlaps it.")
    }

    package func check() throws(DecodeError) {
        try series.check()
        if windowStart >= windowEnd { throw DecodeError(.badField("window_end", "after window_start"), at: 0) }
        if count < 1 { throw DecodeError(.badField("count", "at least 1"), at: 0) }
    }

    package static let rules: [StaticString] = [
        """
        {
          "if": {"properties": {"type": {"const": "tumbling"}}},
          "then": {"properties": {"window_start": {"multipleOf": 60000}, "window_end": {"multipleOf": 60000}}}
        }
        """,
        """
        {
          "if": {"properties": {"volume": {"const": 0}}},
          "then": {"properties": {"vwap": {"type": "null"}}},
          "else": {"properties": {"vwap": {"type": "number"}}}
        }
        """,
    ]

    /// A provisional window has the `_id` of its final.
    package static let table = Table(
        "windows", fields, time: "window_start", id: ["source", "symbol", "type", "window_start"],
        rewriting: .provisional(final: "final", count: "count"))
}

extension Topic {
    public static let tumbling = Topic(
        "windows.tumbling", WindowAggregate.self, keep: .days(30), from: ["processor"],
        "Whole minutes, each once, when it is final.")
    public static let sliding = Topic(
        "windows.sliding", WindowAggregate.self, keep: .days(7), from: ["processor"],
        "Windows of a minute, one every slide (10 s unless told otherwise), each once, when it is final.")
    public static let live = Topic(
        "windows.live", WindowAggregate.self, keep: .hours(1), from: ["processor"],
        "The newest open minute as it stands, at most once a second per series; `final` is false.")
}
