/// `crypto.late` (`late/1`): a tick that came after its last window was final.
public struct LateTick: Equatable, Sendable {
    public var tick: Tick
    /// Its series' watermark less the end of the tick's last window, ms.
    public var lateBy: Int64

    public init(tick: Tick, lateBy: Int64) {
        self.tick = tick
        self.lateBy = lateBy
    }

    /// Appends the record's JSON object: the tick's members, then `late_by`.
    public func encode(into json: inout JSONWriter) {
        json.beginObject()
        tick.encodeFields(into: &json)
        json.field("late_by", lateBy)
        json.endObject()
    }
}

extension LateTick {
    /// Decodes one record; fields it does not know are skipped.
    /// - Throws: the first thing that is wrong with it.
    public init(decoding bytes: RawSpan) throws(DecodeError) {
        tick = try Tick(decoding: bytes)
        var fields = RecordFields()
        try fields.read(bytes)
        lateBy = try fields.integer("late_by", bytes)
    }
}

/// Described as a tick is, by a list.
extension LateTick: StoredRecord {
    package static let schema = "late/1"
    package static let about: StaticString = "A trade or quote that came after its last window was final, and how late."
    package static let timeField: StaticString? = "event_time"

    package static let fields =
        Tick.fields.map { field in
            switch field.name.description {
            case "kind": field.with(form: Form(#"{"enum": ["trade", "quote"]}"#))
            case "block_trade":
                field.with(
                    form: Form(#"{"const": false}"#), meaning: "A block trade is in no window, so it is never late.")
            default: field
            }
        } + [
            Field(
                "late_by", .integer, form: Form.whole.schema.description,
                meaning: "The series' watermark less the end of the tick's last window, ms.")
        ]

    package static let rules = [Tick.tradeRule, Tick.quoteRule]

    package static let table = Table("late", fields, time: "event_time", identity: .origin, rewriting: .never)
}

extension Topic {
    public static let late = Topic(
        "late", LateTick.self, keep: .days(7), from: ["processor"],
        "Ticks that came after their last window was final.")
}
