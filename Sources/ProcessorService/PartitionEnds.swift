internal import KafkaClient

/// Until when each partition is known to hold nothing beyond what was read, by a broker that answered.
///
/// librdkafka says once that the end is reached; that it still is stands in its statistics, once a second: when the leader last
/// answered, and that it had nothing more then. A broker that does not answer leaves the time where it was.
struct PartitionEnds {
    private var isAtEnd: [Int32: Bool] = [:]

    /// Takes what a poll told.
    mutating func note(_ outcome: PollOutcome, _ consumer: KafkaConsumer) {
    }
}
