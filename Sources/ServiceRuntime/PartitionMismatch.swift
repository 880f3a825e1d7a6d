/// Topics that a series goes through have different numbers of partitions, as somebody added some to one of them: a key would lie
/// elsewhere in each.
///
/// Partitions can be added to a topic and never taken away, so all get as many as the largest has. No record is lost by that,
/// and what the changelog holds stays good: it is written by the number of the partition.
package struct PartitionMismatch: Error, Equatable, CustomStringConvertible {
    /// How many partitions each topic must have.
    package let count: Int32
    /// Topics with fewer, by name.
    package let fewer: [(topic: String, count: Int32)]
    private let largest: String
    private let brokers: String

    /// Nil when all topics have the same number.
    /// - Parameters:
    ///   - counts: by topic.
    ///   - ticks: is named where several topics have the most.
    ///   - brokers: for the commands that mend it.
    package init?(_ counts: [String: Int32], ticks: String, brokers: String) {
        guard
            let largest = counts.max(by: { ($0.value, $0.key == ticks ? 1 : 0) < ($1.value, $1.key == ticks ? 1 : 0) })
        else { return nil }
        fewer = counts.filter { $0.value < largest.value }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        guard !fewer.isEmpty else { return nil }
        count = largest.value
        self.largest = largest.key
        self.brokers = brokers
    }

    package static func == (a: PartitionMismatch, b: PartitionMismatch) -> Bool { a.description == b.description }

    package var description: String {
        let list = fewer.map { "\($0.topic) \($0.count)" }.joined(separator: ", ")
        let commands = fewer.map {
            "kafka-topics.sh --bootstrap-server \(brokers) --alter --topic \($0.topic) --partitions \(count)"
        }
        return """
            \(largest) has \(count) partitions, but others have fewer (\(list)), and a key must lie in the same partition of each: \
            add partitions to these, which keeps all that they hold: \(commands.joined(separator: "; "))
            """
    }
}
