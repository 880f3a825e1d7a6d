internal import CryptoCore

/// The changelog and the group's offsets do not fit together, or the changelog cannot be read: an operator is needed.
///
/// The service is then not ready, has left its group (so that offsets can be reset), and looks again every few seconds. Its
/// `--reset` starts anew.
struct StateProblem: Error, Equatable, CustomStringConvertible {
    let description: String
    /// The partition numbers that it was found in.
    let partitions: [Int32]

    /// Where the state of an input's partition and the group's offset stand; nil where there is none.
    struct Place: Equatable {
        let topic: String
        let partition: Int32
        let state: Int64?
        let committed: Int64?
    }

    /// Somebody reset the group's offsets, or deleted the changelog, or made the ticks anew.
    static func offsets(_ names: Names, _ places: [Place]) -> StateProblem {
        let list = places.map { place in
            let state = place.state.map { "offset \($0)" } ?? "nothing"
            let committed = place.committed.map { "offset \($0)" } ?? "none"
            let topic = names.inputs.count > 1 ? "\(place.topic) " : ""
            return "\(topic)\(place.partition) (state \(state), group \(committed))"
        }
        // With no offset in the group the state says where to go on.
        let isWhole = places.allSatisfy { $0.state != nil && $0.committed != nil }
        let back =
            isWhole ? "to go on where the state stands delete the group's offsets (\(names.deleteOffsets)); " : ""
        return StateProblem(
            description: """
                the state in \(names.state) and the offsets of group \(names.group) do not fit together in \
                \(places.count == 1 ? "a partition" : "\(places.count) partitions") of \(names.inputs.joined(separator: " and ")): \(list.joined(separator: ", ")); \(back)\(names.startAnew)
                """, partitions: Set(places.map(\.partition)).sorted())
    }

    /// The changelog is not one that this service can go on with.
    static func unusable(_ names: Names, partition: Int32, _ error: ChangelogError) -> StateProblem {
        let reason =
            switch error {
            case .setting(let flag, let value): "was made with --\(flag) \(value): use that again"
            case .version(let version):
                "has format \(version), which this version does not read: use the version that wrote it"
            case .malformed(let offset): "holds at offset \(offset) a record that no \(names.service) wrote: remove it"
            }
        return StateProblem(
            description: "the state of partition \(partition) in \(names.state) \(reason); or \(names.startAnew)",
            partitions: [partition])
    }

    /// The names that the messages speak of.
    struct Names: Equatable {
        let service: String
        let brokers: String
        let group: String
        let inputs: [String]
        let state: String
        /// Where it begins anew.
        var start = StreamStart.beginning

        fileprivate var deleteOffsets: String {
            let topics = inputs.map { " --topic \($0)" }.joined()
            return "kafka-consumer-groups.sh --bootstrap-server \(brokers) --group \(group)\(topics) --delete-offsets"
        }

        /// What `StateReset` does, by Kafka's own tools.
        fileprivate var startAnew: String {
            """
            to start anew from \(start.description) run \(service) --reset with this \(service)'s settings, or delete the state \
            (kafka-topics.sh --bootstrap-server \(brokers) --delete --topic \(state)) and the group's offsets (\(deleteOffsets))
            """
        }
    }
}
