/// Offsets of a partition that were never handed out, because retention had removed their records before they were read.
package struct SkippedRecords: Equatable, Sendable {
    package var place: TopicPartition
    /// The first one that is missing, and the first one that is there again.
    package var from: Int64
    package var to: Int64

    /// How many offsets that are; transactions' markers among them count too.
    package var count: Int64 { to - from }

    package init(_ place: TopicPartition, from: Int64, to: Int64) {
        self.place = place
        self.from = from
        self.to = to
    }
}
