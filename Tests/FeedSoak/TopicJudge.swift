internal import CryptoCore
internal import KafkaClient
internal import TestSupport

/// Reads the ticks topic, again and again to its end, and holds it against what happened.
final class TopicJudge {
    private let consumer: KafkaConsumer
    private let places: [TopicPartition]
    private var judge: FeedJudge
    private(set) var records = 0

    init(bootstrap: String, topic: String, partitions: Int32, kills: [Int64]) throws {
        consumer = try KafkaConsumer(KafkaConfiguration(brokers: bootstrap), group: nil, onLog: { _, _, _ in })
        places = (0..<partitions).map { TopicPartition(topic: topic, partition: $0) }
        judge = FeedJudge(kills: kills)
        try consumer.assign(places.map { PartitionOffset($0, offset: 0) })
    }

    /// Reads what is new on the topic.
    func catchUp() throws {
        let ends = try places.map { try consumer.watermarkOffsets(of: $0, timeoutMs: 10_000).high }
        var next = [Int64](repeating: 0, count: places.count)
        for (index, place) in places.enumerated() { next[index] = consumer.position(of: place) ?? 0 }
        try waitFor("the end of the topic", seconds: 300, pollMs: 0) {
            _ = try consumer.poll(limit: 5_000, waitMs: 100) { record in
                next[Int(record.partition)] = record.offset + 1
                records += 1
                guard let key = record.key, let value = record.value else { return }
                judge.read(key: Array(key), value: value.bytes)
            }
            return zip(next, ends).allSatisfy { $0 >= $1 }
        }
    }

    /// What became of each exchange's trades, and what is wrong, by example.
    func verdict(_ exchanges: [ExchangeSimulator]) -> (rows: [FeedJudge.Row], findings: [String]) {
        var judge = judge
        let rows = exchanges.map { judge.judge($0.venue, $0.market) }
        return (rows, judge.findings)
    }
}

extension FeedJudge.Row {
    static let heading = [
        "venue", "happened", "on Kafka", "backfilled", "unheard s", "gaps", "gap s", "in gaps", "repeated",
        "after kill",
        "lost", "wrong",
    ]

    /// - Parameter unheard: how long the exchange was not heard whole. *Units*: s.
    func cells(unheard: Int) -> [String] {
        [source]
            + [
                happened, onKafka, backfilled, unheard, gaps, gapSeconds, insideGaps, repeated, repeatedAfterKill, lost,
                wrong,
            ].map(String.init)
    }

    var isGood: Bool { lost == 0 && wrong == 0 && repeated == 0 }
}
