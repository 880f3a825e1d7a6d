/// A topic: what lies on it, how long it is kept, and who writes and reads it. Who reads us needs nothing else.
///
/// Each is declared beside its record. Topics are constants, made once and compared by identity.
public final class Topic: Sendable {
    /// Every topic. A new one is a line here and a file beside this one.
    public static let allCases: [Topic] = [
        .ticks,
        .tumbling,
        .sliding,
        .live,
        .trends,
        .indicators,
        .predictions,
        .scores,
        .alerts,
        .late,
        .deadLetter,
        .state,
        .inferenceState,
        .alerterState,
        .silences,
    ]

    /// How long records are kept.
    public enum Keep: Equatable, Sendable {
        case days(Int64)
        case hours(Int64)
        /// The newest of each key, for ever.
        case newest
        /// The same, compacted often: a service reads the whole of it at its start.
        case changelog
    }

    /// The name behind the prefix, e.g. `windows.tumbling`.
    public let rawValue: String
    /// What lies on it, for a person.
    package let about: StaticString
    /// Nil where the bytes are a service's own affair.
    package let record: (any TopicRecord.Type)?
    /// The same where stores keep it and it is written and read by its fields.
    package let fieldRecord: (any (FieldRecord & StoredRecord).Type)?
    /// The field that says when a record happened; nil where no field does.
    public let timeField: StaticString?
    /// Where the sink stores it; nil where it does not.
    package let table: Table?
    public let keep: Keep
    /// The services that write it.
    package let writers: [String]
    /// The services that read it, beside the sink, which reads all that have a table.
    package let readers: [String]

    package init(
        _ name: String, _ record: (any TopicRecord.Type)?, keep: Keep, from writers: [String],
        to readers: [String] = [],
        _ about: StaticString
    ) {
        rawValue = name
        self.about = about
        self.record = record
        fieldRecord = record as? any (FieldRecord & StoredRecord).Type
        timeField = record?.timeField
        table = (record as? any StoredRecord.Type)?.table
        self.keep = keep
        self.writers = writers
        self.readers = readers
    }

    /// The full name, e.g. `crypto.windows.tumbling`.
    public func name(prefix: String) -> String { "\(prefix).\(rawValue)" }

    /// The value of the `schema` header of the topic's records; nil where the bytes are not ours or not public.
    public var schema: String? { record.flatMap { $0.schema.isEmpty ? nil : $0.schema } }

    /// The Kafka headers of the topic's records.
    public var headers: [(name: String, text: String)] { schema.map { [(name: "schema", text: $0)] } ?? [] }

    /// The settings the topic is created with.
    ///
    /// `LogAppendTime`: retention counts from arrival. With event time as the record's timestamp a replayed old day would be
    /// deleted at the broker's first retention check.
    public var configuration: [(key: String, value: String)] {
        let stamp = (key: "message.timestamp.type", value: "LogAppendTime")
        func delete(afterHours hours: Int64) -> [(key: String, value: String)] {
            [stamp, ("cleanup.policy", "delete"), ("retention.ms", String(hours * 3_600_000))]
        }
        switch keep {
        case .days(let days): return delete(afterHours: days * 24)
        case .hours(let hours): return delete(afterHours: hours)
        case .newest: return [stamp, ("cleanup.policy", "compact")]
        case .changelog:
            return [
                stamp, ("cleanup.policy", "compact"), ("segment.bytes", "16777216"), ("segment.ms", "600000"),
                ("min.cleanable.dirty.ratio", "0.1"),
            ]
        }
    }
}

extension Topic: Hashable, CaseIterable, CustomStringConvertible {
    public static func == (a: Topic, b: Topic) -> Bool { a === b }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
    public var description: String { rawValue }

    /// The processor's changelog.
    public static let state = Topic(
        "processor.state", nil, keep: .changelog, from: ["processor"], to: ["processor"],
        "The processor's changelog. Its own affair; nobody else reads it.")
}
