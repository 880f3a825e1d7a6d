/// `crypto.late` (`late/1`): a tick that came after its last window was final.
public struct LateTick: Equatable, Sendable {
    public var tick: Tick
    /// Its series' watermark less the end of the tick's last window, ms.
    public var lateBy: Int64

    /// The value of the Kafka header `schema`.
    public static let schema = "late/1"

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
