internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// Reads the ticks' topic from its beginning, or from the first wanted time, to where it ends at the start.
struct KafkaInput {
    /// A tick is on the topic at most so long before its event time. *Units*: ms.
    private static let leadMs: Int64 = 60_000
    /// How long no broker may answer.
    private static let patienceMs: Int64 = 30_000

    let context: ServiceContext

    /// - Throws: `.store`, `.stopped`.
    func read(into log: inout TickLog) throws(InputError) {
        let location = "Kafka at \(context.common.brokers)"
        let from = log.filter.from
        let spans = try Patience(context: context, location: location).ask(
            { () throws(KafkaError) -> [TopicPartition: Range<Int64>] in
                try self.spans(KafkaAdmin(context.kafka, onLog: context.kafkaLog), from: from)
            },
            isAway: { $0.isRetriable })
        if spans.isEmpty { return }
        do throws(KafkaError) {
            let consumer = try KafkaConsumer(context.kafka, group: nil, onLog: context.kafkaLog)
            defer { _ = consumer.close(timeoutMs: 1_000) }
            try read(consumer, spans, into: &log)
        } catch { throw .store(location: location, reason: "\(error)") }
        if context.stop.isRequested { throw .stopped }
    }

    /// The offsets to be read of each partition.
    private func spans(
        _ admin: KafkaAdmin, from ms: Int64
    ) throws(KafkaError) -> [TopicPartition: Range<Int64>] {
        let topic = context.topic(.ticks)
        let count = try admin.topics(timeoutMs: 10_000)[topic] ?? 0
        let places = (0..<count).map { TopicPartition(topic: topic, partition: $0) }
        let ends = try admin.endOffsets(of: places, timeoutMs: 10_000)
        var starts = try admin.beginningOffsets(of: places, timeoutMs: 10_000)
        if ms > .min + KafkaInput.leadMs {
            let since = ms - KafkaInput.leadMs
            let first = try admin.firstOffsets(since: places.map { ($0, since) }, timeoutMs: 10_000)
            for i in starts.indices { starts[i] = max(starts[i], first[i] ?? ends[i]) }
        }
        var spans: [TopicPartition: Range<Int64>] = [:]
        for (i, place) in places.enumerated() where starts[i] < ends[i] { spans[place] = starts[i]..<ends[i] }
        return spans
    }

    private func read(
        _ consumer: KafkaConsumer, _ spans: [TopicPartition: Range<Int64>], into log: inout TickLog
    ) throws(KafkaError) {
        try consumer.assign(spans.map { PartitionOffset($0.key, offset: $0.value.lowerBound) })
        var open = Set(spans.keys)
        let clock = SystemClock()
        var heardMs = clock.monotonicMs()
        let ends = Dictionary(uniqueKeysWithValues: spans.map { ($0.key.partition, $0.value.upperBound) })
        while !open.isEmpty, !context.stop.isRequested {
            do throws(KafkaError) {
                let outcome = try consumer.poll(limit: 4096, waitMs: 100) { record in
                    // What came after the start is left out: two trainers that start together learn from the same.
                    if record.offset < ends[record.partition] ?? 0 { log.add(record) }
                }
                if outcome.records > 0 || !outcome.ends.isEmpty { heardMs = clock.monotonicMs() }
                open.subtract(outcome.ends)
            } catch {
                guard error.isRetriable else { throw error }
                if context.stop.wait(ms: 100) { return }
            }
            log.report()
            for place in open {
                if let next = consumer.position(of: place), next >= spans[place]?.upperBound ?? 0 { open.remove(place) }
            }
            if clock.monotonicMs() - heardMs > KafkaInput.patienceMs {
                throw .retriable(operation: "reading the ticks", code: 0, reason: "no answer in 30 s")
            }
        }
    }
}

extension KafkaError {
    fileprivate var isRetriable: Bool { if case .retriable = self { true } else { false } }
}

extension TickLog {
    /// Adds what a record says, if it is wanted; counts it where the processor would call it malformed.
    fileprivate mutating func add(_ record: borrowing KafkaRecord) {
        guard let key = record.key, let value = record.value else { return countMalformed() }
        let bytes = value.bytes
        let reading = TickReading(key.bytes, bytes, appendTime: record.appendTimeMs, isKnown: false)
        guard case .tick(let view) = reading else { return countMalformed() }
        guard let tick = Observation(view, in: bytes), let index = index(of: view, in: bytes) else { return }
        add(tick, of: index)
    }

    private mutating func index(of view: TickView, in bytes: RawSpan) -> Int? {
        if view.source.isEscaped || view.symbol.isEscaped {
            return index(of: Series(source: view.source.string(in: bytes), symbol: view.symbol.string(in: bytes)))
        }
        return index(source: bytes.extracting(view.source.indices), symbol: bytes.extracting(view.symbol.indices))
    }
}

extension JSONText {
    fileprivate var indices: Range<Int> { offset..<offset + count }
}
