internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import System

/// Writes a stream service's records and state in transactions, one after the other.
///
/// A retriable error is tried again for as long as it takes, with the same arguments; only a stop request sets a limit, as what
/// is not committed then is computed again by the next member.
///
/// Who is alone on the broker inside `pipeline` writes the records plainly, and no state: transactions isolate nothing there, and
/// nobody goes on from a state after it.
final class TransactionWriter {
    /// How long after a stop request a commit may still be tried again. With one call under way, an abort and the farewell
    /// to the group it stays below ten seconds, whatever Kafka does.
    static let stopLimitMs: Int64 = 3_000
    /// The longest call: what is asked to stop cannot interrupt it. A commit that takes longer is resumed by the next call.
    private static let callMs: Int32 = 3_000
    /// The same when stop was requested.
    private static let lastCallMs: Int32 = 500

    private let context: ServiceContext
    private let state: Topic
    private let membership: Membership
    private let written: [Topic]
    private var producer: KafkaProducer
    private var topics: [Topic: ProducerTopic]
    private let headers: [Topic: RecordHeaders]
    /// Tells the partition's next owner whose transaction may be open.
    private let writerHeaders: RecordHeaders
    /// What the broker knows us by.
    let transactionalID: String
    private let kafkaWait: KafkaWait
    private let troubles = EveryNth(20)
    /// Whether a transaction was begun.
    private(set) var isOpen = false

    /// - Parameter kafkaWait: begun while a call is tried again.
    init(
        _ context: ServiceContext, _ names: StreamTopics, _ membership: Membership, instance: String?,
        _ kafkaWait: KafkaWait
    ) throws {
        self.context = context
        self.kafkaWait = kafkaWait
        state = names.state
        self.membership = membership
        transactionalID = "\(context.group)-\(instance ?? TransactionWriter.randomName())"
        let writer = instance == nil ? transactionalID : HangingTransactions.staticWriter
        writerHeaders = RecordHeaders([(name: "\(HangingTransactions.writerHeader)", text: writer)])
        written = names.written
        (producer, topics) = try TransactionWriter.client(
            context, transactionalID: membership == .group ? transactionalID : nil, names.written)
        headers = Dictionary(
            uniqueKeysWithValues: names.written.compactMap { topic in
                topic.schema.map { (topic, RecordHeaders([(name: "schema", text: $0)])) }
            })
    }

    private static func client(
        _ context: ServiceContext, transactionalID: String?, _ written: [Topic]
    ) throws -> (KafkaProducer, [Topic: ProducerTopic]) {
        let producer = try KafkaProducer(context.kafka, transactionalID: transactionalID, onLog: context.kafkaLog)
        let topics = try written.map { ($0, try producer.topic(context.topic($0))) }
        return (producer, Dictionary(uniqueKeysWithValues: topics))
    }

    /// Announces the transactional id, which fences whoever had it before; false when stop was requested first.
    func start() throws -> Bool {
        guard membership == .group else { return true }
        do {
            try retrying { try producer.initTransactions(timeoutMs: $0) }
            return true
        } catch let error as KafkaError {
            if context.stop.isRequested { return false }
            throw error
        }
    }

    /// Adds records to the transaction, which is begun when none is open.
    func write(_ batch: OutputBatch) throws {
        try begin()
        try batch.keys.withUnsafeBytes { keys in
            try batch.valueBytes.withUnsafeBytes { values in
                for record in batch.records {
                    let key = record.hasKey ? UnsafeRawBufferPointer(rebasing: keys[record.key]) : nil
                    let value = record.hasValue ? UnsafeRawBufferPointer(rebasing: values[record.value]) : nil
                    if let letter = record.deadLetter {
                        try deadLetter(batch.deadLetters[letter], key, value)
                    } else {
                        try produce(record.topic, partition: nil, key, value, headers[record.topic])
                    }
                }
            }
        }
    }

    /// Adds changed state; it goes to the changelog's partition of the same number as the input's.
    /// - Parameter isLast: whether it ends with the partition's position, which names us as its writer.
    func write(_ batch: ChangelogBatch, partition: Int32, isLast: Bool) throws {
        guard membership == .group else { return }
        try begin()
        try batch.bytes.withUnsafeBytes { bytes in
            for (index, record) in batch.records.enumerated() {
                try produce(
                    state, partition: partition, UnsafeRawBufferPointer(rebasing: bytes[record.key]),
                    record.value.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) },
                    isLast && index == batch.records.count - 1 ? writerHeaders : nil)
            }
        }
    }

    /// Commits the open transaction together with the input's offsets.
    func commit(_ offsets: [PartitionOffset], of consumer: KafkaConsumer) throws {
        guard membership == .group else { return try settle() }
        try begin()
        if !offsets.isEmpty {
            try retrying { try producer.sendOffsets(offsets, of: consumer, timeoutMs: $0) }
        }
        try retrying { try producer.commitTransaction(timeoutMs: $0) }
        isOpen = false
    }

    /// Waits until the broker inside has everything.
    private func settle() throws {
        try retrying { timeoutMs in
            guard try producer.flush(timeoutMs: timeoutMs) else {
                throw KafkaError.retriable(operation: "rd_kafka_flush", code: 0, reason: "no answer")
            }
        }
        isOpen = false
    }

    /// Takes everything of the open transaction back.
    ///
    /// The requests that begin it may never have reached the coordinator, which then has nothing to abort. That is the end of a client to
    /// librdkafka (2.0.2), and no harm otherwise: the transactional id is still ours, and a new client ends by it whatever is open.
    func abort() throws {
        defer {
            isOpen = false
        }
        guard isOpen, membership == .group else { return }
        do {
            try retrying { try producer.abortTransaction(timeoutMs: $0) }
        } catch let error as KafkaError {
            // The broker aborts it when its time is over; who stops need not wait for that.
            guard !context.stop.isRequested else { return }
            guard error.isUnknownTransaction else { throw error }
            context.log.warning("Kafka has no transaction to abort, another client goes on", ["error": "\(error)"])
            (producer, topics) = try TransactionWriter.client(context, transactionalID: transactionalID, written)
            _ = try start()
        }
    }

    /// Serves delivery reports, logs and statistics.
    func serve() { producer.serve(waitMs: 0) }

    // MARK: Parts

    private func deadLetter(
        _ letter: DeadLetter, _ key: UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer?
    ) throws {
        let record = DeadLetterRecord(letter, byteCount: (key?.count ?? 0) + (value?.count ?? 0))
        try produce(
            .deadLetter, partition: nil, record.carriesBytes ? key : nil, record.carriesBytes ? value : nil,
            record.headers)
    }

    private func begin() throws {
        guard !isOpen else { return }
        if membership == .group { try retrying { _ in try producer.beginTransaction() } }
        isOpen = true
    }

    private func produce(
        _ topic: Topic, partition: Int32?, _ key: UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer?,
        _ headers: RecordHeaders?
    ) throws {
        guard let handle = topics[topic] else { preconditionFailure("the service does not write \(topic)") }
        while !(try producer.produce(topic: handle, partition: partition, key: key, value: value, headers: headers)) {
            producer.serve(waitMs: 10)
            context.noteTurn()
            try checkStop("rd_kafka_producev")
        }
    }

    /// Gives the operation the time that it may take, again and again while its error is one that passes.
    private func retrying(_ operation: (_ timeoutMs: Int32) throws -> Void) throws {
        while true {
            do {
                try operation(context.stop.isRequested ? TransactionWriter.lastCallMs : TransactionWriter.callMs)
                return kafkaWait.end()
            } catch let error as KafkaError {
                guard case .retriable(let operation, _, let reason) = error else { throw error }
                kafkaWait.begin(because: "\(operation): \(reason)")
                if troubles.isDue() {
                    context.log.warning("waiting for Kafka", ["operation": operation, "reason": reason])
                }
                try checkStop(operation)
                _ = context.stop.wait(ms: 100)
            }
        }
    }

    private func checkStop(_ operation: String) throws {
        guard let ageMs = context.stop.ageMs, ageMs > TransactionWriter.stopLimitMs else { return }
        throw KafkaError.abortable(operation: operation, code: 0, reason: "stopping, and Kafka does not answer")
    }

    private static func randomName() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(generator.next() as UInt64, radix: 36)
    }
}
