/// What the cores of a stream service had counted when they were last committed, by partition. Counters grow by the difference: work
/// that was taken back and done again counts once.
package struct CommittedCounts<Counts: Sendable>: Sendable {
    private let none: Counts
    private var counts: [Counts] = []

    /// - Parameter none: what a core has counted that has counted nothing.
    package init(_ none: Counts) { self.none = none }

    /// Takes note of a core that begins: what it counted before is counted already, or was taken back.
    package mutating func begin(_ now: Counts, of partition: Int) { _ = commit(now, of: partition) }

    /// Takes note of a commit.
    /// - Returns: what was counted by the one before.
    package mutating func commit(_ now: Counts, of partition: Int) -> Counts {
        while counts.count <= partition { counts.append(none) }
        defer { counts[partition] = now }
        return counts[partition]
    }
}
