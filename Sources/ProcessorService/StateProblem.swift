internal import CryptoCore

/// The changelog and the group's offsets do not fit together, or the changelog cannot be read: an operator is needed.
///
/// The processor is then not ready, has left its group (so that offsets can be reset), and looks again every few seconds.
struct StateProblem: Error, Equatable, CustomStringConvertible {
    let description: String
    /// The partition of the ticks that it was found in.
    let partition: Int32

    /// Somebody reset the group's offsets, or deleted the changelog.
    static func offsets(
        _ names: Names, partition: Int32, state: Int64?, committed: Int64?
    ) -> StateProblem {
        let stands = state.map { "stands at offset \($0)" } ?? "holds nothing"
        let group = committed.map { "has committed offset \($0)" } ?? "has committed no offset"
        let back =
            state.map {
                """
                set the group back (kafka-consumer-groups.sh --group \(names.group) --topic \(names.ticks):\(partition) \
                --reset-offsets --to-offset \($0) --execute), or 
                """
            } ?? ""
        return StateProblem(
            description: """
                the state of partition \(partition) \(stands) in \(names.state), but group \(names.group) \(group) of \
                \(names.ticks): \(back)to start anew delete topic \(names.state) and the group's offsets \
                (kafka-consumer-groups.sh --group \(names.group) --topic \(names.ticks) --delete-offsets)
                """, partition: partition)
    }

    /// The changelog is not one that this processor can go on with.
    static func unusable(_ names: Names, partition: Int32, _ error: StateError) -> StateProblem {
        let reason =
            switch error {
            case .slide(let ms): "was made with --slide \(ms)ms: use that again"
            case .version(let version):
                "has format \(version), which this version does not read: use the version that wrote it"
            case .malformed(let offset): "holds at offset \(offset) a record that no processor wrote: remove it"
            }
        return StateProblem(
            description: """
                the state of partition \(partition) in \(names.state) \(reason); or to start anew delete topic \
                \(names.state) and the offsets of group \(names.group)
                """, partition: partition)
    }

    /// The names that the messages speak of.
    struct Names: Equatable {
        let group: String
        let ticks: String
        let state: String
    }
}
