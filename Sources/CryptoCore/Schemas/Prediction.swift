/// `crypto.predictions` (`prediction/1`): what a model said of one tick or minute of a series, once it was there.
public struct Prediction: Equatable, Sendable {
    /// What a prediction was made for.
    public enum Kind: UInt8, Sendable, Choice {
        case trade, quote, window

        public var description: String {
            switch self {
            case .trade: "trade"
            case .quote: "quote"
            case .window: "window"
            }
        }

        package static var wanted: StaticText { "trade, quote or window" }
    }

    /// Hexadecimal digits of a model's hash that a prediction has.
    package static let hashDigits = 16

    public var series = Series(source: "", symbol: "")
    /// The model's name.
    public var model = ""
    /// Of the model; from 1 up.
    public var version: Int64 = 0
    /// The first 16 hexadecimal digits of the SHA-256 of the model's file.
    public var modelHash = ""
    public var kind = Kind.trade
    /// That of the tick, or the end of the minute. *Units*: ms since the epoch.
    public var eventTime: Int64 = 0
    /// That of the trade; nil where it was made for none.
    public var tradeID: String?
    /// 0 or 1: what the model's target is, the model says.
    public var prediction: Int64 = 0
    /// Of 1; from 0 to 1.
    public var probability = 0.0
    /// How far ahead its target lies; nil: at the next tick. *Units*: ms.
    public var horizonMs: Int64?
    /// Whether the model was older than `--max-age`.
    public var isExpired = false
    /// Whether the model is the one that answers where none is named: a tick's row in the stores has what it said.
    public var isDefault = false
    /// Whether the model only runs beside the others: it is scored, and no tick has what it said.
    public var isShadow = false

    package init() {}

    // These stand in the record only when they are true.
    private var expired: Bool? {
        get { isExpired ? true : nil }
        set { isExpired = newValue ?? false }
    }
    private var `default`: Bool? {
        get { isDefault ? true : nil }
        set { isDefault = newValue ?? false }
    }
    private var shadow: Bool? {
        get { isShadow ? true : nil }
        set { isShadow = newValue ?? false }
    }

    /// Whether the row of its tick has what it says.
    package var isJoined: Bool { isDefault && !isShadow && kind != .window }
}

extension Prediction: SeriesRecord {
    package static let schema = "prediction/1"
    package static let about: StaticString = "What a model said of one tick or minute of a series, once it was there."
    package static let timeField: StaticString? = "event_time"

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.series(&series)
        visitor.field("model", &model, .model, "The model's name.")
        visitor.field("version", &version, .count, "Of the model.")
        visitor.field(
            "model_hash", &modelHash, Prediction.hash,
            "The first 16 hexadecimal digits of the SHA-256 of the model's file.")
        visitor.field("kind", &kind, "What it was made for.")
        visitor.field("event_time", &eventTime, .bound, "That of the tick; the end of the minute.")
        visitor.optional("trade_id", &tradeID, .text, "That of the trade; absent where it was made for none.")
        visitor.field(
            "prediction", &prediction, Form(#"{"enum": [0, 1]}"#), "What the model's target is, the model says.")
        visitor.field("probability", &probability, .share, "Of 1.")
        visitor.optional(
            "horizon_ms", &horizonMs, .count, "How far ahead the target lies, ms; absent: at the next tick.")
        visitor.optional(
            "expired", &expired, Prediction.onlyTrue, "Only when true: the model was older than --max-age.")
        visitor.optional(
            "default", &`default`, Prediction.onlyTrue,
            "Only when true: of the model that answers where none is named. The tick's row in a store has what it said."
        )
        visitor.optional(
            "shadow", &shadow, Prediction.onlyTrue,
            "Only when true: of a model that runs beside the others. It is scored, and no tick has what it said.")
    }

    package func check() throws(DecodeError) {
        try series.check()
        try Prediction.check(model: model, version)
        guard modelHash.utf8.count == Prediction.hashDigits, modelHash.utf8.allSatisfy(Prediction.isHexDigit) else {
            throw DecodeError(.badField("model_hash", "16 hexadecimal digits"), at: 0)
        }
        // The last minute of the year 9999 ends behind it.
        let times = TickView.eventTimes
        guard times.contains(eventTime) || kind == .window && eventTime == times.upperBound else {
            throw DecodeError(.badField("event_time", "in the years 1 to 9999"), at: 0)
        }
        if kind == .window, eventTime % ClockSpan.minute != 0 {
            throw DecodeError(.badField("event_time", "the end of a minute, for a window"), at: 0)
        }
        if (kind == .trade) != (tradeID != nil) {
            throw DecodeError(.badField("trade_id", "there for a trade, and for nothing else"), at: 0)
        }
        if prediction != 0, prediction != 1 { throw DecodeError(.badField("prediction", "0 or 1"), at: 0) }
        if !(0...1).contains(probability) { throw DecodeError(.badField("probability", "from 0 to 1"), at: 0) }
    }

    /// - Throws: when it is no name, or no version, of a model.
    static func check(model: String, _ version: Int64) throws(DecodeError) {
        guard Series.isSource(model) else { throw DecodeError(.badField("model", "without colon or space"), at: 0) }
        if version < 1 { throw DecodeError(.badField("version", "at least 1"), at: 0) }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static var hash: Form { Form(#"{"type": "string", "pattern": "^[0-9a-f]{16}$"}"#) }
    private static var onlyTrue: Form { Form(#"{"const": true}"#) }

    package static let rules: [StaticString] = [
        """
        {
          "if": {"properties": {"kind": {"const": "trade"}}},
          "then": {"required": ["trade_id"]},
          "else": {"not": {"required": ["trade_id"]}}
        }
        """,
        """
        {
          "if": {"properties": {"kind": {"const": "window"}}},
          "then": {"properties": {"event_time": {"multipleOf": 60000}}}
        }
        """,
    ]

    /// What was predicted stays: a row never changes.
    package static let table = Table(
        "predictions", fields, time: "event_time", identity: .prediction, rewriting: .never)
}

extension Topic {
    public static let predictions = Topic(
        "predictions", Prediction.self, keep: .days(30), from: ["inference"],
        "What models said of ticks and minutes, each once.")

    /// The inference service's changelog.
    public static let inferenceState = Topic(
        "inference.state", nil, keep: .changelog, from: ["inference"], to: ["inference"],
        "The inference service's changelog. Its own affair; nobody else reads it.")
}
