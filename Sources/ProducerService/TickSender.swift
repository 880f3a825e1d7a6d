internal import CryptoCore
internal import Feeds
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime

/// Asked before each tick of a feed that can wait: whether one more record of so many bytes may go to the partition. True
/// counts as sent. `pipeline` answers by what its readers have done. *Thread*: any of the producer's.
package typealias Pace = @Sendable (_ partition: Int32, _ bytes: Int) -> Bool

/// Ticks that Kafka did not take before the service had to end.
package struct UndeliveredTicks: Error, Equatable, Sendable, CustomStringConvertible {
    package let count: Int

    package var description: String { "\(count) ticks could not be delivered to Kafka before the end" }
}

/// Hands encoded ticks to Kafka: in order, keyed by their series.
///
/// *Thread*: one, that of its feed.
final class TickSender {
    /// What happens when the local queue is full.
    enum WhenFull: Sendable {
        /// Nothing is read on until there is room: the recording stays where it is.
        case wait
        /// The exchange does not wait: what finds no room is dropped, counted, and leaves a gap.
        case drop
    }

    /// After a stop request what is under way may take so long. *Units*: ms.
    private static let endMs: Int64 = 8_500

    let producer: KafkaProducer
    private let topic: ProducerTopic
    private let partitions: Int32
    private let whenFull: WhenFull
    private let pace: Pace?
    private let stop: StopFlag
    private let clock = SystemClock()
    private let headers = RecordHeaders([(name: "schema", text: Tick.schema)])
    private var keys: [(bytes: [UInt8], partition: Int32)] = []
    /// Event time of each series' last tick that Kafka's client took.
    private var sentUntil: [Int64?] = []
    private var stopSeenMs: Int64?
    /// Whether the pace has agreed to the next tick.
    private var isGranted = false
    /// Ticks that were dropped for lack of room.
    private(set) var lost = 0

    init(_ context: ServiceContext, partitions: Int, whenFull: WhenFull, pace: Pace?) throws(KafkaError) {
        producer = try KafkaProducer(context.kafka, onLog: context.kafkaLog)
        topic = try producer.topic(context.topic(.ticks))
        self.partitions = Int32(partitions)
        self.whenFull = whenFull
        self.pace = pace
        stop = context.stop
    }

    /// Sends everything in the writer's batch and empties it; `onWait` is called while there is no room.
    /// - Throws: `.fatal`, or `.failed` for a record that the client can never take.
    func send(_ writer: inout TickWriter, onWait: () -> Void) throws(KafkaError) {
        noteNewSeries(writer.series)
        var index = 0
        let entries = writer.batch.entries
        while index < entries.count {
            let entry = entries[index]
            if try offer(entry, writer.batch) {
                if entry.kind != .gap { sentUntil[Int(entry.series.index)] = entry.eventTime }
                index += 1
                continue
            }
            if whenFull == .drop || isOverdue || isHeldBackForGood { break }
            producer.serve(waitMs: 5)
            onWait()
        }
        // A recording can be read again; what an exchange said cannot.
        if index < entries.count, whenFull == .drop { drop(entries[index...], &writer) }
        writer.batch.removeAll()
        producer.serve()
    }

    /// Waits until Kafka has everything: without a stop request as long as it takes.
    /// - Throws: `UndeliveredTicks` when time is over after a stop request; `KafkaError`, fatal.
    func finish(onWait: () -> Void) throws {
        while try !producer.flush(timeoutMs: 100) {
            onWait()
            if isOverdue { throw UndeliveredTicks(count: producer.unacknowledged) }
        }
    }

    // MARK: Parts

    /// Whether a stop request is so old that nothing more can be waited for.
    private var isOverdue: Bool {
        guard stop.isRequested else { return false }
        let now = clock.monotonicMs()
        if stopSeenMs == nil { stopSeenMs = now }
        return now - (stopSeenMs ?? now) >= TickSender.endMs
    }

    /// Whether the pace has not agreed and there is no time to wait for it.
    private var isHeldBackForGood: Bool { pace != nil && !isGranted && stop.isRequested }

    private func noteNewSeries(_ series: SeriesTable) {
        for series in series.all[keys.count...] {
            let key = series.description
            keys.append((Array(key.utf8), partition(forKey: key, count: partitions)))
            sentUntil.append(nil)
        }
    }

    private func offer(_ entry: TickBatch.Entry, _ batch: TickBatch) throws(KafkaError) -> Bool {
        let key = keys[Int(entry.series.index)]
        if let pace, whenFull == .wait, !isGranted {
            isGranted = pace(key.partition, entry.count)
            if !isGranted { return false }
        }
        let topic = topic
        let result: Result<Bool, KafkaError> = batch.withBytes(of: entry) { value in
            key.bytes.withUnsafeBytes { key in
                value.withUnsafeBytes { value in
                    Result { () throws(KafkaError) in
                        try producer.produce(topic: topic, key: key, value: value, headers: headers)
                    }
                }
            }
        }
        let isTaken = try result.get()
        if isTaken { isGranted = false }
        return isTaken
    }

    /// Gives up ticks: each series is incomplete from its last tick that was sent, or from where an unsent gap began.
    private func drop(_ entries: ArraySlice<TickBatch.Entry>, _ writer: inout TickWriter) {
        lost += entries.count { $0.kind != .gap }
        var reopened: Set<SeriesID> = []
        for entry in entries where reopened.insert(entry.series).inserted {
            var from = sentUntil[Int(entry.series.index)]
            var reason = GapReason.overflow
            if case .gap(let gap)? = try? writer.batch.tick(entry).kind {
                from = gap.from
                reason = GapReason(rawValue: gap.reason) ?? .overflow
            }
            writer.gaps.reopen(entry.series, after: from, reason)
        }
    }
}
