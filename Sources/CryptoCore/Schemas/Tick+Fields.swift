/// The fields of a tick, described. Reading and writing them is the hot path: `TickView` and `encodeFields` do it by hand, and
/// tests hold them against this list.
extension Tick: StoredRecord {
    package static let schema = "tick/1"
    package static let about: StaticString =
        """
        A trade, a quote or a gap in one series. A schema cannot say the rest of what makes a tick well-formed: event_time is \
        at most a minute ahead of ingest_time and of the record's LogAppendTime, gap_from is before gap_to, and the Kafka key \
        is `<source>:<symbol>`.
        """
    package static let timeField: StaticString? = "event_time"

    package static let fields = [
        field("source", .text, .source), field("symbol", .text, .symbol),
        field("kind", .text, Form(#"{"enum": ["trade", "quote", "gap"]}"#)),
        field("event_time", .integer, .time, "The exchange's time."),
        field("ingest_time", .integer, .time, "When we got it."),
        optional(
            "trade_id", .text, .text, "The venue's id; a hash of all fields where it has none. Unique in the series."),
        optional("price", .real, .finite, "In the quote currency."),
        optional("quantity", .real, .finite, "In base units."),
        optional("side", .text, Form(#"{"enum": ["buy", "sell"]}"#), "The taker's; absent where unknown."),
        optional("block_trade", .bool, .bool, "Negotiated away from the book: in no window."),
        optional("backfilled", .bool, .bool, "Fetched after its time."),
        optional("bid", .real, .finite), optional("ask", .real, .finite),
        optional("change_24h_pct", .real, .finite, "Percent: 1.5 is one and a half."),
        optional("volume_24h", .real, .finite), optional("market_cap", .real, .finite),
        optional("gap_from", .integer, .time), optional("gap_to", .integer, .time, "Exclusive."),
        optional("reason", .text, .text, "Why messages are missing in between."),
    ]

    package static let rules = [tradeRule, quoteRule, gapRule]

    static let tradeRule: StaticString = """
        {
          "if": {"properties": {"kind": {"const": "trade"}}},
          "then": {
            "required": ["trade_id", "price", "quantity"],
            "properties": {"price": {"exclusiveMinimum": 0}, "quantity": {"exclusiveMinimum": 0}}
          }
        }
        """
    static let quoteRule: StaticString = """
        {
          "if": {"properties": {"kind": {"const": "quote"}}},
          "then": {"required": ["price"], "properties": {"price": {"exclusiveMinimum": 0}}}
        }
        """
    private static let gapRule: StaticString = """
        {
          "if": {"properties": {"kind": {"const": "gap"}}},
          "then": {"required": ["gap_from", "gap_to", "reason"]}
        }
        """

    package static let table = Table("ticks", fields, time: "event_time", identity: .tick, rewriting: .never)

    private static func field(
        _ name: StaticString, _ type: FieldType, _ form: Form, _ meaning: StaticString = ""
    ) -> Field { Field(name, type, form: form.schema.description, meaning: meaning) }

    private static func optional(
        _ name: StaticString, _ type: FieldType, _ form: Form, _ meaning: StaticString = ""
    ) -> Field { Field(name, type, form: form.schema.description, isOptional: true, meaning: meaning) }
}

extension Topic {
    public static let ticks = Topic(
        "ticks", Tick.self, keep: .days(7), from: ["producer"], to: ["processor", "inference"],
        "What the exchanges said; trades, quotes and gaps of all series.")
}
