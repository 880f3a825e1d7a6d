/// `crypto.indicators` (`indicators/1`): the technical indicators of one series, one record for each final tumbling window.
///
/// Bars are the final tumbling windows that exist, in order: a minute without ticks makes none. Each indicator is nil until it is
/// defined. *Units*: prices, averages, bands, MACD and ATR in the quote currency; RSI 0 to 100; z-scores without unit.
public struct Indicators: Equatable, Sendable {
    public var series = Series(source: "", symbol: "")
    /// The end of the window that is the newest bar, ms since the epoch.
    public var asOf: Int64 = 0
    /// Its close.
    public var close = 0.0
    public var sma20: Double?
    public var ema12: Double?
    public var ema26: Double?
    public var rsi14: Double?
    public var macd: Double?
    public var macdSignal: Double?
    public var macdHistogram: Double?
    public var bollingerUpper: Double?
    public var bollingerMiddle: Double?
    public var bollingerLower: Double?
    public var atr14: Double?
    /// How unusual the bar's volume is among the 60 before it.
    public var volumeZ: Double?
    /// How unusual the bar's logarithmic return is among the 60 before it.
    public var returnZ: Double?
    /// Bars so far, this one included.
    public var bars: Int64 = 0
    /// Whether a window among the last 35 bars was incomplete.
    public var isIncomplete = false

    package init() {}
}

extension Indicators: SeriesRecord {
    package static let schema = "indicators/1"
    package static let about: StaticString =
        """
        Technical indicators of one series, one record for each final tumbling window. Bars are those windows, in order: a minute \
        without ticks makes none. null: not defined yet, or a market that does not move.
        """
    package static let timeField: StaticString? = "as_of"

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.series(&series)
        visitor.field("as_of", &asOf, .minute, "The end of the window that is the newest bar.")
        visitor.field("close", &close, .price, "Its close.")
        visitor.field("sma_20", &sma20, .price, "The mean of the last 20 closes.")
        visitor.field("ema_12", &ema12, .price, "Weight 2/13, begun with the mean of the first 12 closes.")
        visitor.field("ema_26", &ema26, .price, "Weight 2/27, begun with the mean of the first 26 closes.")
        visitor.field(
            "rsi_14", &rsi14, Indicators.percent,
            "Wilder's, begun with the mean of the first 14 changes; null where no close differs from the one before.")
        visitor.field("macd", &macd, .finite, "ema_12 - ema_26.")
        visitor.field("macd_signal", &macdSignal, .finite, "Weight 2/10, begun with the mean of the first 9 of macd.")
        visitor.field("macd_histogram", &macdHistogram, .finite, "macd - macd_signal.")
        visitor.field(
            "bollinger_upper", &bollingerUpper, .price,
            "The middle and twice the population's deviation of the last 20 closes.")
        visitor.field("bollinger_middle", &bollingerMiddle, .price, "sma_20.")
        visitor.field("bollinger_lower", &bollingerLower, .finite, "The middle less twice the deviation.")
        visitor.field(
            "atr_14", &atr14, .amount,
            "Wilder's average true range, begun with the mean of the first 14; the first bar has none.")
        visitor.field(
            "volume_z", &volumeZ, .finite,
            "(volume - median) / (1.4826 * MAD) over up to 60 bars before; null under 20 of them, or where the MAD is 0."
        )
        visitor.field("return_z", &returnZ, .finite, "The same of ln(close / close of the bar before).")
        visitor.field("bars", &bars, .count, "How many so far, since the processor first saw the series.")
        visitor.field("incomplete", &isIncomplete, "A window among the last 35 bars was.")
    }

    package func check() throws(DecodeError) {
        try series.check()
        if bars < 1 { throw DecodeError(.badField("bars", "at least 1"), at: 0) }
    }

    private static var percent: Form { Form(##"{"$ref": "#/$defs/finite", "minimum": 0, "maximum": 100}"##) }

    package static let rules: [StaticString] = [
        """
        {
          "if": {"properties": {"bars": {"minimum": 20}}},
          "then": {"properties": {"sma_20": {"type": "number"}, "bollinger_middle": {"type": "number"}}},
          "else": {"properties": {"sma_20": {"type": "null"}, "bollinger_middle": {"type": "null"}}}
        }
        """,
        """
        {
          "if": {"properties": {"bars": {"minimum": 26}}},
          "then": {"properties": {"macd": {"type": "number"}}},
          "else": {"properties": {"macd": {"type": "null"}}}
        }
        """,
        """
        {
          "if": {"properties": {"bars": {"minimum": 34}}},
          "then": {"properties": {"macd_signal": {"type": "number"}, "macd_histogram": {"type": "number"}}},
          "else": {"properties": {"macd_signal": {"type": "null"}, "macd_histogram": {"type": "null"}}}
        }
        """,
    ]

    package static let table = Table(
        "indicators", fields, time: "as_of", id: ["source", "symbol", "indicators", "as_of"], rewriting: .always)
}

extension Topic {
    public static let indicators = Topic(
        "indicators", Indicators.self, keep: .days(30), from: ["processor"],
        "Averages, RSI, MACD, Bollinger bands, ATR and z-scores, one record for each final tumbling window.")
}
