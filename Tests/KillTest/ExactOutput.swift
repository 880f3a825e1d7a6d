internal import CryptoCore
internal import Glibc
internal import KafkaClient
internal import TestSupport

/// A producer that brings every record into the log once and in order, whatever becomes of the broker.
///
/// An idempotent producer can end with a fatal error when its broker goes in the wrong moment. Nobody else writes the topic and
/// it has no transactions, so that the log's ends say what arrived: another producer goes on from there.
final class ExactOutput {
    private let configuration: KafkaConfiguration
    private let topicName: String
    private let headers: RecordHeaders
    private let acknowledged = Acknowledged()
    private var client: (producer: KafkaProducer, topic: ProducerTopic)?
    /// By partition: what may not be in the log yet, and the offset of the first of these.
    private var pending = [(records: [InputRecord], first: Int)](
        repeating: ([], 0), count: Int(TickStream.partitions))

    init(_ topic: String, schema: String, at bootstrap: String) throws {
        headers = RecordHeaders([(name: "schema", text: schema)])
        configuration = KafkaConfiguration(brokers: bootstrap)
        topicName = topic
        try connect()
    }

    func write(_ record: InputRecord) throws {
        let partition = Int(record.partition)
        pending[partition].records.append(record)
        if pending[partition].records.count > 20_000 { forget(partition, before: acknowledged.next[partition]) }
        do {
            try send(record)
        } catch let error as KafkaError {
            try recover(from: error)
        }
    }

    func serve(waitMs: Int32) throws {
        client?.producer.serve(waitMs: waitMs)
        if let fatal = client?.producer.fatalError { try recover(from: fatal) }
    }

    /// Waits until everything is in the log.
    func finish() throws {
        while true {
            try Interruption.check()
            do {
                if try client?.producer.flush(timeoutMs: 500) ?? false { return }
            } catch { try recover(from: error) }
        }
    }

    // MARK: Parts

    private func connect() throws {
        let producer = try KafkaProducer(
            configuration, onLog: { _, _, _ in },
            onDelivery: { [acknowledged] delivery in
                guard delivery.error == nil else { return }
                acknowledged.next[Int(delivery.partition)] = Int(delivery.offset) + 1
            })
        client = (producer, try producer.topic(topicName))
    }

    private func send(_ record: InputRecord) throws {
        guard let client else { preconditionFailure("there is always a producer but while recovering") }
        while !(try client.producer.produce(
            topic: client.topic, partition: record.partition, key: record.key, value: record.value, headers: headers))
        {
            try Interruption.check()
            client.producer.serve(waitMs: 10)
        }
    }

    private func recover(from error: any Error) throws {
        guard case KafkaError.fatal? = error as? KafkaError else { throw error }
        say("    the input's producer ended, another goes on: \(error)")
        client = nil
        // What is still on its way arrives or is gone by then.
        usleep(2_000_000)
        for (partition, end) in try ends().enumerated() { forget(partition, before: Int(end)) }
        try connect()
        for partition in pending.indices {
            for record in pending[partition].records { try send(record) }
        }
    }

    private func ends() throws -> [Int64] {
        let admin = try KafkaAdmin(configuration, onLog: { _, _, _ in })
        let places = pending.indices.map { TopicPartition(topic: topicName, partition: Int32($0)) }
        while true {
            try Interruption.check()
            if let ends = try? admin.endOffsets(of: places, timeoutMs: 2_000) { return ends }
        }
    }

    private func forget(_ partition: Int, before offset: Int) {
        let count = min(pending[partition].records.count, max(0, offset - pending[partition].first))
        pending[partition].records.removeFirst(count)
        pending[partition].first += count
    }
}

/// Behind the last record of each partition that the broker took.
private final class Acknowledged {
    var next = [Int](repeating: 0, count: Int(TickStream.partitions))
}
