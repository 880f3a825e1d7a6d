internal import KafkaClient
internal import Storage

/// Where the reading of a partition begins, and why: whatever the group says, the store's own offsets count.
struct PartitionStart: Equatable {
    enum Reason: Equatable {
        /// The store knows what it holds, and the log goes on from there.
        case held
        /// The store does not know the partition: its beginning.
        case unknown
        /// The store does not know the topic, and only what comes from now on is wanted.
        case latest
        /// The log is not the one that the store knows: its beginning.
        case madeAnew
        /// Retention removed records that the store does not hold.
        case skipped(from: Int64, to: Int64)
    }

    /// Where `poll` begins: an offset, or `KafkaOffset.beginning`.
    let offset: Int64
    let reason: Reason

    /// - Parameters:
    ///   - held: what the store holds of the partition; nil where it does not know it.
    ///   - log: the offsets that are there now.
    ///   - isOther: whether records at offsets that the store holds are newer than all that it holds.
    ///   - wantsLatest: begin at the end where nothing is known.
    init(held: HeldPartition?, log: Range<Int64>, isOther: Bool, wantsLatest: Bool) {
        guard let held else {
            offset = wantsLatest ? log.upperBound : KafkaOffset.beginning
            reason = wantsLatest ? .latest : .unknown
            return
        }
        if isOther || held.next > log.upperBound {
            offset = log.lowerBound
            reason = .madeAnew
        } else if held.next < log.lowerBound {
            offset = log.lowerBound
            reason = .skipped(from: held.next, to: log.lowerBound)
        } else {
            offset = held.next
            reason = .held
        }
    }
}
