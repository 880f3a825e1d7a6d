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
