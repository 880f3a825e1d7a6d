internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// What a record of `crypto.silences` says: the silence of an id, or that there is none any more.
struct SilenceChange: Equatable, Sendable {
    var id: String
    var silence: Silence?

    init(_ silence: Silence) { (id, self.silence) = (silence.id, silence) }

    /// Takes a silence away.
    init(without id: String) { self.id = id }

    /// Nil for a record without a key, which says nothing.
    /// - Throws: what is wrong with a value that is no silence.
    init?(_ record: borrowing KafkaRecord) throws(DecodeError) {
        guard let key = record.key else { return nil }
        id = String(decoding: key, as: UTF8.self)
        if let value = record.value { silence = try Silence(decoding: value.bytes) }
    }
}

/// `crypto.silences` as a command and a client of HTTP need it: each call ends within its time, whether Kafka answers or not.
///
/// It has a client of Kafka's for each call and none in between: people make few silences. *Thread*: any.
struct SilenceTopic: Sendable {
    let context: ServiceContext

    /// What there is now, once the topic is there, which is made where it is missing.
    /// - Throws: `.retriable` when Kafka does not answer in time.
    func read(timeoutMs: Int64) throws(KafkaError) -> Silences {
        let clock = SystemClock()
        let deadlineMs = clock.monotonicMs() + timeoutMs
        let places = try partitions(timeoutMs: Int32(clamping: timeoutMs))
        let consumer = try KafkaConsumer(context.kafka, group: nil, onLog: context.kafkaLog)
        defer { _ = consumer.close(timeoutMs: 1_000) }
        try consumer.assign(places.map { PartitionOffset($0, offset: KafkaOffset.beginning) })
        var silences = Silences()
        var waiting = Set(places)
        while !waiting.isEmpty {
            guard !context.stop.isRequested, clock.monotonicMs() < deadlineMs else { throw SilenceTopic.noAnswer }
            let outcome = try consumer.poll(limit: 500, waitMs: 100) { record in
                guard let change = try? SilenceChange(record) else { return }
                try? silences.put(change.id, change.silence, at: record.timestampMs)
            }
            waiting.subtract(outcome.ends)
        }
        return silences
    }

    /// Writes the changes, and waits until the broker has them.
    /// - Returns: where each of them lies, in no order.
    /// - Throws: `.retriable` when Kafka does not answer in time; nobody knows then whether it has them.
    func write(_ changes: [SilenceChange], timeoutMs: Int64) throws(KafkaError) -> [PartitionOffset] {
        let name = context.topic(.silences)
        var places: [PartitionOffset] = []
        var refusal: KafkaError?
        let producer = try KafkaProducer(context.kafka, lingerMs: 0, onLog: context.kafkaLog) { delivery in
            refusal = refusal ?? delivery.error
            places.append(PartitionOffset(topic: name, partition: delivery.partition, offset: delivery.offset))
        }
        let topic = try producer.topic(name)
        let headers = RecordHeaders(Topic.silences.headers)
        for change in changes {
            let value = change.silence.map { silence in
                var json = JSONWriter()
                silence.encode(into: &json)
                return json.bytes
            }
            while !(try producer.produce(topic: topic, key: Array(change.id.utf8), value: value, headers: headers)) {
                producer.serve(waitMs: 10)
            }
        }
        let (clock, deadlineMs) = (SystemClock(), SystemClock().monotonicMs() + timeoutMs)
        while !(try producer.flush(timeoutMs: 100)) {
            guard !context.stop.isRequested, clock.monotonicMs() < deadlineMs else {
                throw producer.lastProblem ?? SilenceTopic.noAnswer
            }
        }
        if let refusal { throw refusal }
        return places
    }

    private static let noAnswer = KafkaError.retriable(
        operation: "crypto.silences", code: 0, reason: "no answer in time")

    /// Its partitions; makes it where it is missing, as the alerter does.
    private func partitions(timeoutMs: Int32) throws(KafkaError) -> [TopicPartition] {
        let (name, admin) = (context.topic(.silences), try KafkaAdmin(context.kafka, onLog: context.kafkaLog))
        let known = try admin.topics(timeoutMs: timeoutMs)
        if let count = known[name] { return SilenceTopic.places(name, count) }
        let count = known[context.topic(.ticks)] ?? Int32(context.common.partitions)
        let topic = NewTopic(name: name, partitions: count, configuration: Topic.silences.configuration)
        if let refusal = try admin.createTopics([topic], timeoutMs: timeoutMs)[name] { throw refusal }
        return SilenceTopic.places(name, count)
    }

    private static func places(_ name: String, _ count: Int32) -> [TopicPartition] {
        (0..<count).map { TopicPartition(topic: name, partition: $0) }
    }
}
