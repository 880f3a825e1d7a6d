/// `crypto.deadletter`: a record that could not be used, key and value untouched; where it came from stands in its headers.
public struct DeadLetter: Equatable, Sendable {
    public var originTopic: String
    public var originPartition: Int32
    public var originOffset: Int64
    /// What was wrong, for a person.
    public var error: String
    /// The service that could not use it.
    public var service: String

    public init(
        originTopic: String, originPartition: Int32, originOffset: Int64, error: String, service: String
    ) {
        self.originTopic = originTopic
        self.originPartition = originPartition
        self.originOffset = originOffset
        self.error = error
        self.service = service
    }

    /// Header names and their text values, in the order in which they are written.
    public var headers: [(name: String, value: String)] {
        [
            ("origin_topic", originTopic), ("origin_partition", String(originPartition)),
            ("origin_offset", String(originOffset)), ("error", error), ("service", service),
        ]
    }

    /// Reads the headers back; nil when one is missing or no number.
    public init?(headers: [String: String]) {
        guard let topic = headers["origin_topic"], let partition = headers["origin_partition"].flatMap({ Int32($0) }),
            let offset = headers["origin_offset"].flatMap({ Int64($0) }), let error = headers["error"],
            let service = headers["service"]
        else { return nil }
        self.init(originTopic: topic, originPartition: partition, originOffset: offset, error: error, service: service)
    }
}

/// The columns of a dead letter: its bytes, then its headers. *Forms* are those of the headers, which are texts.
extension DeadLetter: StoredRecord {
    package static let schema = ""
    package static let about: StaticString =
        """
        Key and value are the record's bytes, untouched: they need not be JSON, nor text, and may be missing. Where it came \
        from and what was wrong stand in the headers.
        """
    package static let timeField: StaticString? = nil

    package static let fields = [
        Field("key", .bytes, form: "{}", isNullable: true), Field("value", .bytes, form: "{}", isNullable: true),
        Field("origin_topic", .text, form: String.form),
        Field("origin_partition", .integer, form: digits), Field("origin_offset", .integer, form: digits),
        Field("error", .text, form: #"{"type": "string"}"#, meaning: "What was wrong, for a person."),
        Field("service", .text, form: String.form, meaning: "The service that could not use it."),
    ]

    private static var digits: String { #"{"type": "string", "pattern": "^[0-9]+$"}"# }

    package static let table = Table("dead_letters", fields, time: nil, identity: .origin, rewriting: .never)
}

extension Topic {
    public static let deadLetter = Topic(
        "deadletter", DeadLetter.self, keep: .days(30), from: ["processor", "sink"],
        "Records that could not be used, key and value as they came.")
}
