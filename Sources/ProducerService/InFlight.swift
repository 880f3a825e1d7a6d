internal import CryptoCore
internal import Feeds
internal import KafkaClient

/// The ticks that Kafka's client was given and has not acknowledged, with a copy of each: when the client comes to an end,
/// another one is given them again.
///
/// *Thread*: one, that of its feed, on which the client's reports arrive too.
final class InFlight {
    /// The most ticks that one process has in flight. A tick takes some 800 bytes here and in Kafka's client together.
    private static let processLimit = 32_768
    /// The least that one sender may have in flight, however many there are. A healthy broker has fewer unanswered.
    private static let leastLimit = 1_024
    /// The JSON of a tick, on average. *Units*: bytes.
    private static let tickBytes = 256

    /// Ticks that came one after the other, and go together.
    private struct Chunk {
        static let limit = 512
        static let byteLimit = 1 << 17

        var batch = TickBatch(reservingBytes: byteLimit)
        /// One flag per tick: acknowledged or given up.
        var isDone: [Bool] = []
        var done = 0

        var isFull: Bool { batch.count >= Chunk.limit || batch.usedBytes >= Chunk.byteLimit }
    }

    /// A tick that Kafka will never take.
    struct Refusal {
        let series: SeriesID
        /// What is missing begins behind this event time.
        let from: Int64
        let reason: KafkaError
    }

    /// Chunks that are kept for their memory.
    private static let spareLimit = 4

    private var chunks: [Chunk] = []
    /// The number of the first chunk; numbers are never used again.
    private var firstNumber: UInt64 = 1
    /// The first tick that is neither with the client nor in a lane's queue.
    private var next: (chunk: Int, entry: Int) = (0, 0)
    /// By the number of the partition.
    private var lanes: [Lane] = []
    /// By the index of the series.
    private var laneOfSeries: [Int] = []
    /// Lanes where ticks wait for their turn, in no order.
    private var queues: [Int] = []
    /// Counts the calls of `give`.
    private var moment: UInt64 = 0
    private var usedBytes = 0
    private var spare: [Chunk] = []

    /// No more ticks than this are under way.
    private let limit: Int
    /// No more JSON than this is under way, give or take a tick. *Units*: bytes.
    private let byteLimit: Int

    /// Ticks that are not acknowledged.
    private(set) var count = 0
    /// Ticks that were acknowledged, whatever client they went through.
    private(set) var delivered: UInt64 = 0
    /// Is told of each tick that was acknowledged.
    var onDelivered: ((SeriesID) -> Void)?
    /// Ticks that the client gave up, and why.
    private var failures: [(tag: UInt64, error: KafkaError)] = []

    /// The client's own queue is full.
    private var isBlocked = false

    /// - Parameters:
    ///   - senders: how many there are in this process, which share what may be in flight.
    ///   - most: no more ticks in any case.
    init(oneOf senders: Int = 1, most: Int = .max) {
        limit = min(max(InFlight.leastLimit, InFlight.processLimit / max(1, senders)), max(1, most))
        byteLimit = limit * InFlight.tickBytes
    }

    var hasRoom: Bool { !isBlocked && count < limit && usedBytes < byteLimit }

    /// Ticks wait until the client has an answer to others of their partition.
    var isWaiting: Bool { !queues.isEmpty }

    // MARK: Ticks in

    /// The ticks of the next series go to this partition. A wrong one costs time, nothing else.
    func addSeries(partition: Int32) {
        let lane = Int(max(0, partition))
        while lanes.count <= lane { lanes.append(Lane()) }
        laneOfSeries.append(lane)
    }

    /// Adds a tick behind the others.
    func add(_ entry: TickBatch.Entry, of batch: TickBatch) {
        openChunk()
        chunks[chunks.count - 1].batch.append(entry, of: batch)
        noteAdded(1, bytes: entry.count)
    }

    /// Adds the oldest ticks of a buffer, as many as there is room for.
    func fill(from buffer: DiskBuffer) {
        while hasRoom, !buffer.isEmpty {
            openChunk()
            let index = chunks.count - 1
            let before = chunks[index].batch.count
            let bytesBefore = chunks[index].batch.usedBytes
            let taken = buffer.take(
                limit: min(Chunk.limit - before, limit - count), bytes: Chunk.byteLimit - bytesBefore,
                into: &chunks[index].batch)
            noteAdded(taken, bytes: chunks[index].batch.usedBytes - bytesBefore)
        }
    }

    private func openChunk() {
        if let last = chunks.last, !last.isFull { return }
        chunks.append(spare.popLast() ?? Chunk())
    }

    private func noteAdded(_ added: Int, bytes: Int) {
        for _ in 0..<added { chunks[chunks.count - 1].isDone.append(false) }
        count += added
        usedBytes += bytes
    }

    // MARK: Ticks out

    /// Gives the client what it has not got and would send, until it takes no more.
    func give(
        _ produce: (TickBatch.Entry, TickBatch, _ tag: UInt64) throws(KafkaError) -> Bool
    ) throws(KafkaError) {
        moment &+= 1
        isBlocked = false
        try giveWaiting(produce)
        if !isBlocked { try giveNew(produce) }
    }

    private func giveWaiting(
        _ produce: (TickBatch.Entry, TickBatch, _ tag: UInt64) throws(KafkaError) -> Bool
    ) throws(KafkaError) {
        for lane in queues {
            while let tag = lanes[lane].next, lanes[lane].takes(at: moment) {
                if let (chunk, index) = place(of: tag) {
                    let batch = chunks[chunk].batch
                    isBlocked = try !produce(batch.entries[index], batch, tag)
                    if isBlocked { return }
                    lanes[lane].noteGiven()
                }
                lanes[lane].removeNext()
            }
        }
        queues.removeAll { lanes[$0].waiting == 0 }
    }

    private func giveNew(
        _ produce: (TickBatch.Entry, TickBatch, _ tag: UInt64) throws(KafkaError) -> Bool
    ) throws(KafkaError) {
        while next.chunk < chunks.count {
            let chunk = chunks[next.chunk]
            while next.entry < chunk.batch.count {
                let tag = (firstNumber + UInt64(next.chunk)) << 16 | UInt64(next.entry)
                if !chunk.isDone[next.entry] {
                    let entry = chunk.batch.entries[next.entry]
                    let lane = laneOfSeries[Int(entry.series.index)]
                    if lanes[lane].waiting == 0, lanes[lane].takes(at: moment) {
                        isBlocked = try !produce(entry, chunk.batch, tag)
                        if isBlocked { return }
                        lanes[lane].noteGiven()
                    } else {
                        if lanes[lane].waiting == 0 { queues.append(lane) }
                        lanes[lane].wait(tag)
                    }
                }
                next.entry += 1
            }
            if next.chunk == chunks.count - 1 { return }  // more may be added to the last one
            next = (next.chunk + 1, 0)
        }
    }

    /// Takes a report. What failed is undecided until somebody asks whether the client has come to an end; either way the client
    /// has it no more.
    func note(_ delivery: Delivery) {
        guard let (chunk, index) = place(of: delivery.tag) else { return }
        let series = chunks[chunk].batch.entries[index].series
        lanes[laneOfSeries[Int(series.index)]].noteAnswer()
        if let error = delivery.error {
            failures.append((delivery.tag, error))
        } else {
            finish(chunk, index)
            delivered += 1
            onDelivered?(series)
        }
    }

    /// Why a tick failed because Kafka does not know the topic: it is not refused for good.
    var unknownTopic: KafkaError? { failures.first { $0.error.isUnknownTopic }?.error }

    /// The client goes on: what failed was refused for good.
    /// - Returns: of which series, and why.
    func takeRefusals() -> [Refusal] {
        guard !failures.isEmpty else { return [] }
        defer { failures.removeAll() }
        return failures.compactMap { tag, error in
            guard let (chunk, index) = place(of: tag) else { return nil }
            let batch = chunks[chunk].batch
            let entry = batch.entries[index]
            var from = entry.eventTime - 1
            if case .gap(let gap)? = try? batch.tick(entry).kind { from = gap.from }
            finish(chunk, index)
            return Refusal(series: entry.series, from: from, reason: error)
        }
    }

    /// There is another client, which has none of the ticks.
    func startAgain() {
        failures.removeAll()
        isBlocked = false
        next = (0, 0)
        for lane in lanes.indices { lanes[lane] = Lane() }
        queues.removeAll()
    }

    /// Where a tick is that is not done; nil for others.
    private func place(of tag: UInt64) -> (chunk: Int, index: Int)? {
        let number = tag >> 16
        guard number >= firstNumber, number - firstNumber < UInt64(chunks.count) else { return nil }
        let chunk = Int(number - firstNumber)
        let index = Int(tag & 0xFFFF)
        return index < chunks[chunk].isDone.count && !chunks[chunk].isDone[index] ? (chunk, index) : nil
    }

    /// Nothing more will come of this tick.
    private func finish(_ chunk: Int, _ index: Int) {
        chunks[chunk].isDone[index] = true
        chunks[chunk].done += 1
        count -= 1
        usedBytes -= chunks[chunk].batch.entries[index].count
        dropDone()
    }

    private func dropDone() {
        while let first = chunks.first, first.done == first.batch.count, first.isFull || chunks.count > 1 {
            // Never before the client has all of it: then it is not done.
            var freed = chunks.removeFirst()
            firstNumber += 1
            next.chunk -= 1
            guard spare.count < InFlight.spareLimit else { continue }
            freed.batch.removeAll()
            freed.isDone.removeAll(keepingCapacity: true)
            freed.done = 0
            spare.append(freed)
        }
        if next.chunk < 0 { next = (0, 0) }
    }
}
