internal import CryptoCore
internal import Feeds
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// What the topic holds of a series last.
struct LastTick: Sendable, Equatable {
    /// *Units*: ms since the epoch.
    var eventTime: Int64
    /// The largest trade id that is a number, among the last records; nil where there is none.
    var tradeID: Int64?
    /// The event time of that trade. *Units*: ms since the epoch.
    var tradeTime: Int64 = 0
    /// The newest trade among the last records, whatever its id.
    var trade: KnownTrade?

    /// Takes a later record's place.
    fileprivate mutating func note(_ view: TickView, _ value: RawSpan) {
        eventTime = LastTick.time(view)
        guard let known = KnownTrade(view, in: value) else { return }
        // One that came late, of a gap, says nothing about what is missing.
        if known.timeMs >= trade?.timeMs ?? .min { trade = known }
        guard let id = Int64(known.id), id > tradeID ?? -1 else { return }
        tradeID = id
        tradeTime = view.eventTime
    }

    /// An event time far ahead of its arrival was the venue's mistake: what came after it was earlier.
    private static func time(_ view: TickView) -> Int64 {
        let slackMs: Int64 = 5_000
        return view.eventTime > view.ingestTime + slackMs ? view.ingestTime - slackMs : view.eventTime
    }
}

/// Finds the last tick of each series on the topic, from the end of its partition backwards in doubling steps.
///
/// *Thread*: the one that calls.
struct LastTickReader {
    /// A series that is not among this many records of its partition counts as away since the oldest of them.
    private static let recordLimit: Int64 = 1_000_000
    /// How far back a series is looked for in partitions that are not its key's.
    private static let elsewhereLimit: Int64 = 100_000

    private let context: ServiceContext
    private let topic: String
    private let consumer: KafkaConsumer

    init(_ context: ServiceContext) throws(KafkaError) {
        self.context = context
        topic = context.topic(.ticks)
        consumer = try KafkaConsumer(context.kafka, group: nil, onLog: context.kafkaLog)
    }

    /// Each series' last trade or quote; absent where the topic has none. Waits for Kafka until it answers
    /// or stop is requested.
    /// - Throws: `KafkaError` that no waiting mends.
    func lastTicks(of series: [Series], partitions: Int) throws(KafkaError) -> [Series: LastTick] {
        var found: [Series: LastTick] = [:]
        let groups = Dictionary(grouping: series) { partition(forKey: $0.description, count: Int32(partitions)) }
        for (partition, group) in groups.sorted(by: { $0.key < $1.key }) {
            found.merge(try patiently { () throws(KafkaError) in try search(partition, group) }) { $1 }
        }
        // Where the topic was given partitions since, a key's last tick lies where it pointed before.
        let missing = series.filter { found[$0] == nil }
        guard !missing.isEmpty, partitions > 1 else { return found }
        for partition in 0..<Int32(partitions) {
            let elsewhere = try patiently { () throws(KafkaError) in
                try search(partition, missing, limit: LastTickReader.elsewhereLimit)
            }
            found.merge(elsewhere) { $0.eventTime < $1.eventTime ? $1 : $0 }
        }
        return found
    }

    // MARK: Parts

    /// Asks again for as long as Kafka does not answer; nothing when stop was requested first.
    private func patiently(
        _ search: () throws(KafkaError) -> [Series: LastTick]
    ) throws(KafkaError) -> [Series: LastTick] {
        var backoff = Backoff()
        while !context.stop.isRequested {
            do throws(KafkaError) { return try search() } catch .retriable(let operation, _, let reason) {
                context.log.warning(
                    "cannot look for the last ticks yet", ["operation": operation, "reason": reason])
                _ = context.stop.wait(ms: backoff.next())
            }
        }
        return [:]
    }

    /// - Parameter limit: ends the search for good after so many records; without it, who is not among a million is away since the
    ///   oldest of them.
    private func search(
        _ partition: Int32, _ series: [Series], limit: Int64? = nil
    ) throws(KafkaError) -> [Series: LastTick] {
        let place = TopicPartition(topic: topic, partition: partition)
        let bounds = try consumer.watermarkOffsets(of: place, timeoutMs: 5_000)
        var wanted = Dictionary(uniqueKeysWithValues: series.map { (Array($0.description.utf8), $0) })
        var found: [Series: LastTick] = [:]
        var end = bounds.high
        var step: Int64 = 256
        var oldestMs: Int64 = -1
        while end > bounds.low, !wanted.isEmpty, !context.stop.isRequested {
            if let limit, bounds.high - end >= limit { break }
            if bounds.high - end >= LastTickReader.recordLimit {
                for series in wanted.values where oldestMs > 0 { found[series] = LastTick(eventTime: oldestMs) }
                break
            }
            let start = max(bounds.low, end - step)
            let block = try read(place, start..<end, wanted)
            if let oldest = block.oldestMs { oldestMs = oldest }
            for (key, tick) in block.ticks {
                if let series = wanted.removeValue(forKey: key) { found[series] = tick }
            }
            end = start
            step = min(step * 2, 1 << 17)
        }
        return found
    }

    /// The last data tick of each wanted key within the offsets.
    private func read(
        _ place: TopicPartition, _ offsets: Range<Int64>, _ wanted: [[UInt8]: Series]
    ) throws(KafkaError) -> (ticks: [[UInt8]: LastTick], oldestMs: Int64?) {
        try consumer.assign([PartitionOffset(place, offset: offsets.lowerBound)])
        // However it ends: nothing is fetched while the next try is waited for, and none begins with what this one has left.
        defer { try? consumer.unassign() }
        var ticks: [[UInt8]: LastTick] = [:]
        var oldestMs: Int64?
        var isDone = false
        let clock = SystemClock()
        let deadlineMs = clock.monotonicMs() + 15_000
        while !isDone, !context.stop.isRequested {
            let outcome = try consumer.poll(limit: 4096, waitMs: 100) { record in
                guard offsets.contains(record.offset) else {
                    isDone = isDone || record.offset >= offsets.upperBound
                    return
                }
                if oldestMs == nil { oldestMs = record.timestampMs }
                guard let key = record.key, let value = record.value, wanted[Array(key)] != nil,
                    let view = try? TickView(decoding: value.bytes), view.kind != .gap
                else { return }
                ticks[Array(key), default: LastTick(eventTime: view.eventTime)].note(view, value.bytes)
            }
            if outcome.ends.contains(place) { isDone = true }
            if let next = consumer.position(of: place), next >= offsets.upperBound { isDone = true }
            if !isDone, clock.monotonicMs() > deadlineMs {
                throw .retriable(operation: "reading the last ticks", code: 0, reason: "no answer in 15 s")
            }
        }
        return (ticks, oldestMs)
    }
}
