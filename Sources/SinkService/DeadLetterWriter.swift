internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import Storage

/// Sends what the store cannot hold to the dead-letter topic. The producer is made with the first of them. *Thread*:
/// bound to one.
struct DeadLetterWriter {
    private let context: ServiceContext
    /// Whether it sends malformed records too: one of a sink's stores does it for all.
    private let sendsMalformed: Bool
    private let lost: Counter
    private let losses = EveryNth()
    private var producer: KafkaProducer?

    init(_ context: ServiceContext, sendsMalformed: Bool, lost: Counter) {
        self.context = context
        self.sendsMalformed = sendsMalformed
        self.lost = lost
    }

    /// Sends the records and waits until all in-sync replicas have them.
    ///
    /// One record has one dead letter: a malformed tick is the processor's, any other malformed record that of the first of
    /// several stores; another process with a sink writes its own. A dead letter that was refused itself is not sent either: it
    /// would go round for ever. It stays where it is.
    /// - Returns: false when the broker did not take them in time: the same again, later.
    /// - Throws: `.fatal`.
    mutating func send(_ records: [RefusedRecord], timeoutMs: Int32) throws(KafkaError) -> Bool {
        let records = records.filter { !$0.isMalformed || sendsMalformed && $0.origin.topic != .ticks }
        if records.isEmpty { return true }
        let producer = try openProducer()
        let topic = try producer.topic(context.topic(.deadLetter))
        let failedBefore = producer.failed
        for record in records {
            if record.origin.topic == .deadLetter {
                lose(record, because: record.error)
                continue
            }
            if try !send(record, to: topic, of: producer, timeoutMs: timeoutMs) {
                self.producer = nil  // what it still has queued would come twice
                return false
            }
        }
        if try !producer.flush(timeoutMs: timeoutMs) {
            self.producer = nil
            return false
        }
        let failed = producer.failed - failedBefore
        if failed > 0 {
            lost.add(Int(failed))
            context.log.error(
                "dead letters lost, the broker refuses them",
                ["count": failed, "error": producer.lastFailure?.description ?? ""])
        }
        return true
    }

    private mutating func openProducer() throws(KafkaError) -> KafkaProducer {
        if let producer { return producer }
        let producer = try KafkaProducer(context.kafka, onLog: context.kafkaLog)
        self.producer = producer
        return producer
    }

    private mutating func send(
        _ record: RefusedRecord, to topic: ProducerTopic, of producer: KafkaProducer, timeoutMs: Int32
    ) throws(KafkaError) -> Bool {
        let letter = DeadLetter(
            originTopic: context.topic(record.origin.topic), originPartition: record.origin.partition,
            originOffset: record.origin.offset, error: record.error, service: "sink")
        let byteCount = (record.key?.count ?? 0) + (record.value?.count ?? 0)
        let whole = DeadLetterRecord(letter, byteCount: byteCount)
        let (key, value) = whole.carriesBytes ? (record.key, record.value) : (nil, nil)
        for _ in 0..<max(1, timeoutMs / 10) {
            do {
                if try producer.produce(topic: topic, key: key, value: value, headers: whole.headers) {
                    return true
                }
            } catch {
                guard case .failed = error else { throw error }
                lose(record, because: "\(error)")
                return true
            }
            producer.serve(waitMs: 10)
        }
        return false
    }

    private func lose(_ record: RefusedRecord, because reason: String) {
        lost.add()
        guard losses.isDue() else { return }
        context.log.error(
            "a record can be stored nowhere and stays only on its topic",
            [
                "topic": context.topic(record.origin.topic), "partition": record.origin.partition,
                "offset": record.origin.offset, "error": reason,
            ])
    }
}
