internal import CryptoCore
package import Feeds
package import KafkaClient
internal import ServiceKit
package import ServiceRuntime
internal import System

/// Hands encoded ticks to Kafka: in order, keyed by their series.
///
/// What finds no room among the ticks in flight waits in the disk buffer, if the feed is live, and goes to Kafka before anything
/// newer. A client that ends is replaced, see `TickSender+Client`.
/// *Thread*: one, that of its feed.
package final class TickSender {
    /// What happens when there is no room.
    package enum WhenFull: Sendable {
        /// Nothing is read on until there is room: the recording stays where it is.
        case wait
        /// The exchange does not wait: ticks wait in a disk buffer. What finds no room there is dropped, counted, and leaves a gap.
        case buffer(DiskQuota)
    }

    /// After a stop request what is under way may take so long. *Units*: ms.
    private static let endMs: Int64 = 8_500
    /// How long a feed is waited for where nothing else is due. *Units*: ms.
    private static let longestMs: Int64 = 100

    var producer: KafkaProducer
    let inFlight: InFlight
    /// Nil where the source waits.
    let buffer: DiskBuffer?
    let context: ServiceContext
    var topic: ProducerTopic
    private let partitions: Int32
    private let pace: Pace?
    let clock = SystemClock()
    private let headers = RecordHeaders(Topic.ticks.headers)
    var series: [SeriesState] = []
    private var stopSeenMs: Int64?
    var futileClients = 0
    /// What was delivered when ticks waited last, and since when it is no more.
    private var answered: (count: UInt64, sinceMs: Int64) = (.max, 0)
    /// What was delivered before the client of now.
    var provenFrom: UInt64 = 0
    var backoff = Backoff(firstMs: 100, capMs: 2_000)
    /// Kafka does not know the topic, or not yet: why, and when another client asks again. *Units*: ms, monotonic.
    var unknownTopic: (error: KafkaError, retryMs: Int64)?
    /// The buffer was full, and is until it is half empty: a long gap says more than many short ones.
    var overflowBytes: Int64?
    var unreadable = 0
    /// Ticks that were dropped for lack of room, or that the disk has lost.
    var lost = 0
    private var refused = 0
    /// Is given what goes out, in its order.
    var recording: TickRecorder?
    /// The refused ticks that have left no gap yet.
    var refusals: [InFlight.Refusal] = []

    struct SeriesState {
        let key: [UInt8]
        let partition: Int32
        /// Event time of the last tick that is in the buffer or further.
        var keptUntil: Int64?
    }

    /// - Parameters:
    ///   - senders: how many there are in this process, which share its memory.
    ///   - pace: asked before each tick of a source that waits.
    package init(
        _ context: ServiceContext, partitions: Int, whenFull: WhenFull, oneOf senders: Int = 1, pace: Pace? = nil
    ) throws(KafkaError) {
        self.context = context
        // Most of what waits for Kafka waits here: who keeps the client's queue short means this one.
        let most = context.kafka.value(of: "queue.buffering.max.messages", for: .producer).flatMap { Int($0) }
        inFlight = InFlight(oneOf: senders, most: most ?? .max)
        self.partitions = Int32(partitions)
        self.pace = pace
        switch whenFull {
        case .wait: buffer = nil
        case .buffer(let quota): buffer = DiskBuffer(quota)
        }
        producer = try TickSender.client(context, inFlight, isLive: buffer != nil)
        topic = try producer.topic(context.topic(.ticks))
    }

    /// What became of the ticks so far.
    var fate: TickFate { TickFate(delivered: Int(inFlight.delivered), lost: lost, refused: refused) }
    /// Is told of each tick that Kafka has, series by series in order; for benchmarks.
    package var onDelivered: ((SeriesID) -> Void)? {
        get { inFlight.onDelivered }
        set { inFlight.onDelivered = newValue }
    }
    /// Ticks that Kafka does not have yet.
    package var waiting: Int { inFlight.count + (buffer?.count ?? 0) }

    /// How many ticks wait where, and why, for a person.
    func waitingText(isStuck: Bool) -> String {
        var text = "\(waiting) ticks wait for Kafka"
        if let buffer, !buffer.isEmpty {
            text += " (\(buffer.count) of them buffered \(buffer.isOnDisk ? "on the disk" : "in memory"))"
        }
        let problem = (unknownTopic?.error ?? producer.lastProblem).map { "\($0)" } ?? "no answer"
        return isStuck ? "\(text): \(problem)" : "\(text), which takes them again"
    }

    /// Takes note of where the series stand before the first tick: what is dropped later begins there.
    package func begin(_ writer: borrowing TickWriter) {
        noteNewSeries(writer.series)
        for index in series.indices {
            series[index].keptUntil = writer.gaps.lastEventTime(SeriesID(index: Int32(index)))
        }
    }

    /// Sends everything in the writer's batch and empties it; `onWait` is called while there is no room.
    /// - Throws: `.fatal` when new clients are of no use; `.failed` for a record that the client can never take.
    package func send(_ writer: inout TickWriter, onWait: () -> Void = {}) throws(KafkaError) {
        noteNewSeries(writer.series)
        try pump()
        noteRefusals(&writer)
        endOverflow(&writer)
        var index = 0
        while index < writer.batch.count {
            let entry = writer.batch.entries[index]
            if keep(entry, of: writer.batch) {
                index += 1
                continue
            }
            if buffer != nil || isOverdue || isHeldBackForGood { break }
            try pump(waitMs: 5)
            noteRefusals(&writer)
            onWait()
        }
        recording?.add(writer.batch, count: index, writer.series, wallMs: clock.wallMs())
        // A recording can be read again; what an exchange said cannot.
        if index < writer.batch.count, buffer != nil { drop(from: index, &writer) }
        writer.batch.removeAll()
        try pump()
    }

    /// How long the feed may be waited for. Ticks that wait for an answer to others go when it is there, and only who asks sees
    /// that: soon at first, seldom when Kafka is away. *Units*: ms.
    package var patienceMs: Int64 {
        guard inFlight.isWaiting else { return TickSender.longestMs }
        let now = clock.monotonicMs()
        if answered.count != inFlight.delivered { answered = (inFlight.delivered, now) }
        return min(max((now - answered.sinceMs) / 16, 1), TickSender.longestMs)
    }

    /// Waits until Kafka has everything: without a stop request as long as it takes.
    /// - Throws: `UndeliveredTicks` when time is over after a stop request, or the last ticks were refused; `KafkaError`, fatal.
    package func finish(onWait: () -> Void = {}) throws {
        try pump()
        while waiting > 0 {
            try pump(waitMs: 20)
            if waiting > 0, buffer?.isEmpty ?? true { try flush() }
            onWait()
            if isOverdue { break }
        }
        // What was refused since the last `send` is in no gap record.
        if waiting + refusals.count > 0 { throw UndeliveredTicks(count: waiting + refused + lost) }
    }

    // MARK: Into flight

    /// Puts a tick into flight, or into the disk buffer; false when there is room in neither, or the pace says no.
    private func keep(_ entry: TickBatch.Entry, of batch: TickBatch) -> Bool {
        let index = Int(entry.series.index)
        let isDirect = buffer?.isEmpty ?? true
        if isDirect, inFlight.hasRoom {
            if buffer == nil, let pace, !pace(series[index].partition, entry.count) { return false }
            inFlight.add(entry, of: batch)
        } else {
            guard let buffer, overflowBytes == nil else { return false }
            guard batch.withBytes(of: entry, { buffer.append(entry, $0) }) else {
                overflowBytes = buffer.sizeBytes
                context.log.error(
                    "ticks are dropped: Kafka is away for too long",
                    ["waiting": waiting, "reason": buffer.problem ?? "no room"])
                return false
            }
        }
        if entry.kind != .gap { series[index].keptUntil = entry.eventTime }
        return true
    }

    /// Disk buffer to the ticks in flight, these to the client, its reports back to them.
    private func pump(waitMs: Int32 = 0) throws(KafkaError) {
        if let buffer, !buffer.isEmpty {
            inFlight.fill(from: buffer)
            if buffer.unreadable > unreadable { noteUnreadable(buffer) }
        }
        guard try knowsTopic() else { return producer.serve(waitMs: waitMs) }
        do throws(KafkaError) {
            try inFlight.give { entry, batch, tag throws(KafkaError) in try offer(entry, batch, tag) }
            producer.serve(waitMs: waitMs)
            if let fatal = producer.fatalError { throw fatal }
        } catch {
            try endClient(error)
        }
        guard unknownTopic == nil else { return }
        if let error = inFlight.unknownTopic { return noteUnknownTopic(error) }
        takeRefusals()
    }

    /// What failed and no new client is given again makes room: whoever waits for room waits for that too.
    private func takeRefusals() {
        let new = inFlight.takeRefusals()
        guard let last = new.last else { return }
        context.log.error("Kafka refused ticks", ["count": new.count, "error": "\(last.reason)"])
        refused += new.count
        refusals += new
    }

    private func flush() throws(KafkaError) {
        do throws(KafkaError) {
            _ = try producer.flush(timeoutMs: 100)
        } catch {
            try endClient(error)
        }
    }

    private func offer(_ entry: TickBatch.Entry, _ batch: TickBatch, _ tag: UInt64) throws(KafkaError) -> Bool {
        let key = series[Int(entry.series.index)].key
        let result: Result<Bool, KafkaError> = batch.withBytes(of: entry) { value in
            key.withUnsafeBytes { key in
                value.withUnsafeBytes { value in
                    Result { () throws(KafkaError) in
                        try producer.produce(topic: topic, key: key, value: value, headers: headers, tag: tag)
                    }
                }
            }
        }
        return try result.get()
    }

    private func noteNewSeries(_ table: SeriesTable) {
        for new in table.all[series.count...] {
            let key = new.description
            let partition = partition(forKey: key, count: partitions)
            series.append(SeriesState(key: Array(key.utf8), partition: partition))
            inFlight.addSeries(partition: partition)
        }
    }

    // MARK: Ends

    /// Whether a stop request is so old that nothing more can be waited for.
    private var isOverdue: Bool {
        guard context.stop.isRequested else { return false }
        let now = clock.monotonicMs()
        if stopSeenMs == nil { stopSeenMs = now }
        return now - (stopSeenMs ?? now) >= TickSender.endMs
    }

    /// Whether the pace has not agreed and there is no time to wait for it.
    private var isHeldBackForGood: Bool { pace != nil && inFlight.hasRoom && context.stop.isRequested }
}
