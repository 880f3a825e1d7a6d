import CryptoCore
import KafkaClient
import ServiceKit
import System

/// The topics of a benchmark on a real Kafka: ticks written beforehand, and what the processor makes of them.
struct BenchTopic {
    /// Where the brokers are and what the topics are called; the processor's flags of the same names.
    static let flags: [any AnyFlag] = [brokers, prefix, partitions, series, kafka]
    static let series = Flag.integer("series", 1...10_000, default: 20, help: "how many series the ticks are of")
    static let partitions = Flag.integer("partitions", 1...1_000, default: 12, help: "partitions of each topic")
    private static let brokers = Flag.text(
        "brokers", value: "HOST:PORT,...", default: "localhost:9092", help: "Kafka brokers")
    private static let prefix = Flag.text(
        "prefix", value: "PREFIX", default: "bench",
        help: "what the benchmark's topics and group start with: they are deleted before and after")
    private static let kafka = Flag.keyValues(
        "kafka-config", help: "any librdkafka property for consumers and producers; may be repeated")
    private static let waitMs: Int32 = 30_000

    let settings: Settings
    let configuration: KafkaConfiguration
    private let admin: KafkaAdmin

    init(_ settings: Settings) throws {
        self.settings = settings
        configuration = KafkaConfiguration(
            brokers: settings[BenchTopic.brokers],
            overrides: settings[BenchTopic.kafka].map { ($0.key, $0.value) })
        admin = try KafkaAdmin(configuration, onLog: ignoreLog)
    }

    var name: String { name(.ticks) }
    var partitions: [TopicPartition] { partitions(of: .ticks) }

    /// The same settings as words of a command line.
    var words: [String] {
        [
            "--brokers", settings[BenchTopic.brokers], "--prefix", settings[BenchTopic.prefix],
            "--partitions", "\(settings[BenchTopic.partitions])",
        ]
            + settings[BenchTopic.kafka].flatMap { ["--kafka-config", "\($0.key)=\($0.value)"] }
    }

    func name(_ topic: Topic) -> String { topic.name(prefix: settings[BenchTopic.prefix]) }

    func partitions(of topic: Topic) -> [TopicPartition] {
        (0..<settings[BenchTopic.partitions]).map { TopicPartition(topic: name(topic), partition: Int32($0)) }
    }

    /// Behind the last record of each partition.
    func ends(of topic: Topic = .ticks) throws -> [Int64] {
        try admin.endOffsets(of: partitions(of: topic), timeoutMs: BenchTopic.waitMs)
    }

    /// A broker that has just started does not know its groups at once.
    private func deleteGroup(_ name: String) throws {
        var backoff = Backoff()
        for _ in 0..<10 {
            do throws(KafkaError) {
                return try admin.deleteGroup(name, timeoutMs: BenchTopic.waitMs)
            } catch .retriable {
                StopFlag().wait(ms: backoff.next())
            }
        }
        try admin.deleteGroup(name, timeoutMs: BenchTopic.waitMs)
    }

    /// Deletes what services wrote and their groups; with `ticks` everything.
    /// - Parameter groups: what their groups are called behind the prefix.
    func delete(ticks: Bool, groups: [String] = ["processor"]) throws {
        let topics = Topic.allCases.filter { ticks || $0 != .ticks }
        try admin.deleteTopics(topics.map { name($0) }, timeoutMs: BenchTopic.waitMs)
        for group in groups { try deleteGroup("\(settings[BenchTopic.prefix])-\(group)") }
        // Deleted topics are listed for a moment, and must not be taken for those to come.
        let gone = Set(topics.map { name($0) })
        while !gone.isDisjoint(with: try admin.topics(timeoutMs: BenchTopic.waitMs).keys) {
            _ = StopFlag().wait(ms: 50)
        }
    }

    /// Makes the topic and writes `count` trades of an hour, and one more of each series ten minutes later, which closes all
    /// windows.
    func fill(_ count: Int) throws {
        let topic = NewTopic(
            name: name, partitions: Int32(settings[BenchTopic.partitions]), configuration: Topic.ticks.configuration)
        if let refusal = try admin.createTopics([topic], timeoutMs: BenchTopic.waitMs).first { throw refusal.value }
        let producer = try KafkaProducer(configuration, onLog: ignoreLog)
        let handle = try producer.topic(name)
        let laps = (count + 499_999) / 500_000
        let series = settings[BenchTopic.series]
        var lap = TickLap(count: count / laps, series: series, spanMs: 3_600_000 / Int64(laps))
        for _ in 0..<laps {
            for i in 0..<lap.count { try lap.withTick(i) { try producer.push($0, $1, to: handle) } }
            lap.shift()
        }
        for i in 0..<series {
            let last = BenchTopic.closing(i)
            let key = Array(last.series.description.utf8), value = last.encoded()
            try producer.push(key.span.bytes, value.span.bytes, to: handle)
        }
        guard try producer.flush(timeoutMs: 120_000), producer.failed == 0 else {
            throw NotWritten(lost: producer.failed)
        }
    }

    /// The series that `TickLap` numbers so, ten minutes after its hour.
    private static func closing(_ i: Int) -> Tick {
        let time: Int64 = 1_763_719_200_000 + 4_200_000
        return Tick(
            series: Series(source: "bybit", symbol: "C\(1000 + i)-USDT"),
            kind: .trade(Tick.Trade(tradeID: "last", price: 65_000, quantity: 1, side: nil)), eventTime: time,
            ingestTime: time)
    }

    struct NotWritten: Error, CustomStringConvertible {
        let lost: UInt64
        var description: String { "Kafka did not take the ticks (\(lost) given up): is it there, and has it room?" }
    }
}

extension KafkaProducer {
    /// Queues a record, waiting for room.
    func push(_ key: RawSpan, _ value: RawSpan, to topic: ProducerTopic) throws {
        try key.withUnsafeBytes { key in
            try value.withUnsafeBytes { value in
                while try !produce(topic: topic, key: key, value: value) { serve(waitMs: 10) }
            }
        }
    }
}

/// librdkafka's lines: what goes wrong is told by the benchmark's own errors.
func ignoreLog(_ level: Int32, _ facility: String, _ text: String) {}
