internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import System

/// Where a stream service begins to read what nobody of its group has read.
package enum StreamStart: String, CaseIterable, Sendable {
    /// With what comes from its first start on. The first record of its changelog must stay there for ever, as when it was written is
    /// when the service began: a partition that is added later is read from its beginning by that.
    case end
    /// With the first record there is.
    case beginning

    /// For messages.
    var description: String { self == .beginning ? "the first record there is" : "the end of what it reads" }
}

/// Where partitions are begun that neither the group nor the changelog knows.
extension ChangelogRestorer {
    /// How long the changelog's first records may take to come.
    private static var patienceMs: Int64 { 10_000 }

    /// The offsets at which each of these partitions is begun, by partition and input.
    func firstOffsets(_ partitions: [Int32]) throws -> [Int32: [Int64]] {
        let inputs = service.topics.inputs.map { context.topic($0) }
        let places = partitions.flatMap { partition in inputs.map { TopicPartition(topic: $0, partition: partition) } }
        guard service.firstStart == .end, !places.isEmpty else {
            return Dictionary(uniqueKeysWithValues: partitions.map { ($0, inputs.map { _ in KafkaOffset.beginning }) })
        }
        let admin = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
        var offsets = try admin.endOffsets(of: places, timeoutMs: Self.callTimeoutMs)
        if let began = try beganMs(admin) {
            let since = try admin.firstOffsets(since: places.map { ($0, began) }, timeoutMs: Self.callTimeoutMs)
            for (i, first) in since.enumerated() { offsets[i] = first ?? offsets[i] }
        }
        return Dictionary(
            uniqueKeysWithValues: partitions.enumerated().map { i, partition in
                (partition, Array(offsets[i * inputs.count..<(i + 1) * inputs.count]))
            })
    }

    /// The offsets at which inputs are begun that were idle so far.
    func startOffsets(ofWoken places: [TopicPartition]) throws -> [TopicPartition: Int64] {
        guard !places.isEmpty else { return [:] }
        context.log.info("inputs are read that were not so far", ["from": service.firstStart.description])
        guard service.firstStart == .end else {
            return Dictionary(uniqueKeysWithValues: places.map { ($0, KafkaOffset.beginning) })
        }
        let ends = try KafkaAdmin(context.kafka, onLog: context.kafkaLog).endOffsets(
            of: places, timeoutMs: Self.callTimeoutMs)
        return Dictionary(uniqueKeysWithValues: zip(places, ends))
    }

    /// When the group's first member wrote its first state, ms since the epoch; nil where none did.
    private func beganMs(_ admin: KafkaAdmin) throws -> Int64? {
        let state = context.topic(service.topics.state)
        let count = try admin.topics(timeoutMs: Self.callTimeoutMs)[state] ?? 0
        let reader = try KafkaConsumer(context.kafka, group: nil, onLog: context.kafkaLog)
        var waiting = Set(0..<count)
        try reader.assign(waiting.map { PartitionOffset(topic: state, partition: $0, offset: 0) })
        var began: Int64?
        let deadline = clock.monotonicMs() + Self.patienceMs
        while !waiting.isEmpty, !context.stop.isRequested {
            let outcome = try reader.poll(limit: 1_000, waitMs: 50) { record in
                guard waiting.remove(record.partition) != nil else { return }
                began = min(began ?? .max, record.timestampMs)
            }
            for end in outcome.ends { waiting.remove(end.partition) }
            guard clock.monotonicMs() < deadline else {
                throw KafkaError.retriable(operation: "rd_kafka_consume", code: 0, reason: "\(state) does not come")
            }
        }
        return began
    }
}
