internal import CryptoCore
internal import KafkaClient
internal import ServiceKit

/// Tells of series whose records lie in a partition that is not the one of their key.
///
/// Whoever writes them with another partitioner than the rest has half of a series' ticks in one partition and half in another:
/// each half is computed on its own, under one name, and a store keeps one of both.
struct SeriesPlacement {
    private let context: ServiceContext
    private let partitions: Int32
    private let misplaced: Counter
    /// A word for each series and partition, once.
    private var told: Set<String> = []

    init(_ context: ServiceContext, partitions: Int, _ misplaced: Counter) {
        self.context = context
        self.partitions = Int32(partitions)
        self.misplaced = misplaced
    }

    /// Looks at a series that was met in `actual`.
    mutating func check(_ series: Series, in actual: Int32, of topic: Topic) {
        let key = series.description
        let wanted = partition(forKey: key, count: partitions)
        guard wanted != actual, told.insert("\(actual) \(key)").inserted else { return }
        misplaced.add()
        context.log.warning(
            "a series lies in another partition than its key says: what is made of it may come twice, each of a part of its records",
            [
                "topic": context.topic(topic), "series": key, "partition": actual, "wanted_partition": wanted,
                "mend": "set the partitioner of whoever writes it to murmur2_random, the default of Java's clients",
            ])
    }
}
