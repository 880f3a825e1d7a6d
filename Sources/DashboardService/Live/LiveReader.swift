internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// Reads what comes on all topics, without a group, and shows it. *Thread*: bound to one.
struct LiveReader {
    /// Those that are read from their beginning on: who fires now is known from all changes.
    static let fromBeginning: [Topic] = [.alerts]
    /// Topics that are read from their end on: all others that a store keeps, but sliding windows, and silences.
    static let fromEnd = Topic.allCases.filter { topic in
        (topic.table != nil && topic != .sliding || topic == .silences) && !fromBeginning.contains(topic)
    }

    private let context: ServiceContext
    private let view: LiveView
    private let topics: [Topic]
    private let clock = SystemClock()

    /// - Parameter topics: those that there are; the broker inside `pipeline` may have fewer.
    init(_ context: ServiceContext, _ view: LiveView, topics: [Topic]) {
        self.context = context
        self.view = view
        self.topics = topics.filter { LiveReader.fromEnd.contains($0) || LiveReader.fromBeginning.contains($0) }
    }

    /// Runs until stop is requested.
    /// - Throws: what only a restart or a person can mend.
    func run() throws {
        context.notReady("kafka", because: "no broker has answered yet")
        context.notReady("live", because: "where the topics end is not known yet")
        tellKafka("starting", "no broker has answered yet")
        guard try context.ensureTopics(topics, sameCounts: false) != nil else { return }
        let consumer = try KafkaConsumer(LiveReader.kafka(context), group: nil, onLog: context.kafkaLog)
        defer { _ = consumer.close(timeoutMs: 1_000) }
        let found = try context.untilKafkaAnswers { () throws(KafkaError) in try places() }
        guard let places = found else { return }
        try consumer.assign(places)
        let read = Dictionary(uniqueKeysWithValues: topics.map { (context.topic($0), $0) })
        var isLive = false
        var away: String?
        let tell = {
            if let away { return tellKafka("away", Secrets.masking(away)) }
            isLive ? tellKafka("live") : tellKafka("starting", "where the topics end is not known yet")
        }
        var watch = BrokerWatch(context) { reason in
            away = reason
            tell()
        }
        while !context.stop.isRequested {
            _ = try context.untilKafkaAnswers { () throws(KafkaError) in
                let names = consumer.topicNames.map { read[$0] }
                let now = clock.wallMs()
                _ = try consumer.poll(limit: 2_000, waitMs: 100) { record in
                    guard let topic = names[record.topicID] else { return }
                    add(topic, record, now)
                }
            }
            watch.look(at: consumer)
            // Before its end is known, what comes to a partition may lie before it.
            if !isLive, places.allSatisfy({ consumer.position(of: $0.topicPartition) != nil }) {
                isLive = true
                context.ready("live")
                tell()
            }
        }
    }

    private func add(_ topic: Topic, _ record: borrowing KafkaRecord, _ now: Int64) {
        guard topic != .deadLetter else {
            let note = DeadLetterNote(
                topic: LiveReader.text(record.header("origin_topic")),
                partition: Int64(LiveReader.text(record.header("origin_partition"))) ?? -1,
                offset: Int64(LiveReader.text(record.header("origin_offset"))) ?? -1, time: record.timestampMs,
                error: LiveReader.text(record.header("error")), service: LiveReader.text(record.header("service")))
            return view.change { $0.addDeadLetter(note) }
        }
        if topic == .silences, record.value == nil, let key = record.key {
            let id = String(decoding: key, as: UTF8.self)
            return view.change { $0.endSilence(id) }
        }
        guard let value = record.value else { return }
        view.change { $0.add(topic, value.bytes, now: now) }
    }

    private func places() throws(KafkaError) -> [PartitionOffset] {
        var places: [PartitionOffset] = []
        for topic in topics {
            let offset = LiveReader.fromBeginning.contains(topic) ? KafkaOffset.beginning : KafkaOffset.end
            places += try context.partitions(of: topic).map { PartitionOffset($0, offset: offset) }
        }
        return places
    }

    private func tellKafka(_ state: String, _ reason: String? = nil) {
        view.note { $0.kafka = PartState(state: state, since: clock.wallMs(), reason: reason).json }
    }

    private static func text(_ header: UnsafeRawBufferPointer?) -> String {
        header.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// What is shown is to come at once, and little of it waits here.
    private static func kafka(_ context: ServiceContext) -> KafkaConfiguration {
        var kafka = context.kafka
        kafka.set("queued.min.messages", to: "1000", for: .consumer)
        // What was removed before it was read is not told as if it happened now; alerts are begun at a beginning of their own.
        kafka.set("auto.offset.reset", to: "latest", for: .consumer)
        kafka.set("fetch.min.bytes", to: "1", for: .consumer)
        kafka.set("fetch.wait.max.ms", to: "250", for: .consumer)
        // A network that was cut is noticed in ten seconds instead of sixty: what is shown is not live any more.
        kafka.set("socket.timeout.ms", to: "10000", for: .consumer)
        return kafka
    }
}
