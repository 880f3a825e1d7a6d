import CryptoCore
import KafkaClient

/// The broker inside this process, with all topics, for the dashboard and what it is measured with.
final class DashboardBroker {
    /// What its clients are told: it does not wake a waiting fetch when a record comes.
    static let flags = ["--kafka-config", "fetch.wait.max.ms=150", "--kafka-config", "statistics.interval.ms=2000"]
    private static let partitions: Int32 = 4

    private let broker: EmbeddedBroker
    private let producer: KafkaProducer
    var bootstrap: String { broker.bootstrap }

    init() throws {
        broker = try EmbeddedBroker()
        try broker.createTopics(
            Topic.allCases.map { $0.name(prefix: "crypto") }, partitions: DashboardBroker.partitions)
        producer = try KafkaProducer(broker.configuration, onLog: ignoreLog)
    }

    /// Writes a record, and waits until it is acknowledged.
    func send(_ trend: Trend, of topic: Topic) throws {
        let key = Array(trend.series.description.utf8), value = DashboardBroker.encoded(trend)
        try producer.push(key.span.bytes, value.span.bytes, to: try producer.topic(topic.name(prefix: "crypto")))
        guard try producer.flush(timeoutMs: 5_000), producer.failed == 0 else {
            throw SelfProcess.Failed(reason: "the broker inside took no record")
        }
    }

    /// How long an event's data is, the record with its number.
    static var eventBytes: Int { encoded(event(0)).count }

    private static func encoded(_ trend: Trend) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 512)
        trend.encode(into: &json)
        return json.bytes
    }

    /// One of about 300 bytes.
    static func event(_ number: Int) -> Trend {
        Trend(
            series: Series(source: "bybit", symbol: "C1000-USDT"), asOf: DashboardWeek.start + Int64(number) * 60_000,
            averages: (0..<6).map { 65_000.123456789 + Double($0) / 7 })
    }
}
