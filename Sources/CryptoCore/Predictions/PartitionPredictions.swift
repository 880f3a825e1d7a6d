/// Counts of what a partition's records were, and what became of the rows made of them.
package struct PredictionCounts: Equatable, Sendable {
    /// Records read.
    package var read: UInt64 = 0
    /// Records that the processor buries; here they are counted only, so that one record makes one dead letter.
    package var malformed: UInt64 = 0
    package var gaps: UInt64 = 0
    package var blockTrades: UInt64 = 0
    /// Ticks of series that no model was trained on.
    package var untrainedSeries: UInt64 = 0
    /// Trades whose id was taken before.
    package var repeated: UInt64 = 0
    /// Ticks that came when all their windows were final.
    package var late: UInt64 = 0
    /// Ticks of a kind of which no model of the series makes rows: quotes where all want trades, or the other way round.
    package var unwanted: UInt64 = 0
    /// Predictions written.
    package var predicted: UInt64 = 0
    /// Rows not later than what the model had learned from, a time for each model.
    package var learned: UInt64 = 0
    /// Predictions that were decided and count in a score.
    package var scored: UInt64 = 0
    /// The same but for further fills of one order.
    package var sameOrder: UInt64 = 0
    /// Predictions that nothing will decide.
    package var undecided: UInt64 = 0

    package init() {}
}

/// The predictions of all series of one partition of `crypto.ticks`, and how they did: the pure core of the inference's stream. JSON ticks
/// in, JSON predictions and scores out.
///
/// Everything it knows is a function of the records added, in their order, of the clock readings it was given, and of its models.
package struct PartitionPredictions: Sendable {
    /// The rules of event time, which are the processor's.
    package let time: WindowConfiguration
    package let partition: Int32
    /// What it predicts with.
    package internal(set) var models: PredictionModels
    package internal(set) var counts = PredictionCounts()
    /// The offset of the next record to add; nil before the first.
    var nextOffset: Int64?
    var table = SeriesTable()
    /// In the order in which they were first met.
    var series: ContiguousArray<SeriesPredictions> = []
    /// Series that no model was trained on, each once.
    package internal(set) var untrained: [Series] = []
    var pending = PendingRows()
    var scratch = PredictionScratch()
    /// The clock when the partition was last known to be at its end, and before which no series closes a minute by it.
    var confirmedAt = Int64.min
    var nextClosing = Int64.min
    /// Series in which something may have changed since the state was taken, each once: those with `isListed`.
    var changed: ContiguousArray<Int32> = []
    /// Series of which a first record came, until they are taken.
    var met: ContiguousArray<Int32> = []
    /// Series in which something waits of models that are served no more.
    var left: [Int] = []
    /// Models of which the changelog holds what their scores are made with, by label.
    var stored: [String: ScoreBasis] = [:]
    /// What the changelog holds and nothing needs any more.
    var dropped: [PredictionKey] = []
    /// Keys of the changelog, while it is read, of models of which it holds nothing else.
    var orphans: Set<PredictionKey> = []
    var isRestored = false
    /// Whether the changelog says when the partition was begun.
    var isBegun = false
    var readAtChunks: UInt64 = 0

    /// The predictions of one partition, without history.
    package init(_ models: PredictionModels, time: WindowConfiguration = WindowConfiguration(), partition: Int32) {
        self.models = models
        self.time = time
        self.partition = partition
    }

    /// Takes the record at `offset`, read when the clock showed `now` (ms). What it leads to goes to `output` in time: with the next
    /// `flush`, if not before.
    ///
    /// *Complexity*: O(length + trees × depth), nothing allocated for an ordinary tick.
    /// - Parameter appendTime: when the broker wrote the record to its log (ms); nil where the record's time is not the broker's.
    package mutating func add(
        key: RawSpan?, value: RawSpan?, offset: Int64, appendTime: Int64? = nil, now: Int64,
        into output: inout OutputBatch
    ) {
        nextOffset = offset &+ 1
        counts.read &+= 1
        guard let key, let value else {
            counts.malformed &+= 1
            return
        }
        // The caller's clock never goes back; if it did, ticks read just now would look long idle.
        let now = max(now, confirmedAt)
        let known = table.index(of: key)
        if let known, let trade = table.trade(of: known, in: value), !trade.isAhead(ofAppendTime: appendTime) {
            return add(trade, value, to: known, now, &output)
        }
        switch TickReading(key, value, appendTime: appendTime, isKnown: known != nil) {
        case .malformed: counts.malformed &+= 1
        case .tick(let tick): add(tick, value, to: known ?? meetSeries(key, tick, value), now, &output)
        }
    }

    /// Takes note that no record before `offset` will come that was not added: markers of transactions, records that are gone. A row says
    /// nothing of it: it goes on from the tick before.
    package mutating func pass(upTo offset: Int64) {
        guard offset > nextOffset ?? 0 else { return }
        nextOffset = offset
    }

    /// Tells that the partition has nothing beyond what was added, by a broker that answered at `confirmedAt` (ms, the clock of `add`'s
    /// `now`): minutes of quiet series close.
    ///
    /// *Complexity*: O(1) while no minute is due, and at least an idle timeout lies between two looks at all series.
    package mutating func partitionEnded(confirmedAt: Int64, into output: inout OutputBatch) {
        self.confirmedAt = max(self.confirmedAt, confirmedAt)
        let now = self.confirmedAt
        guard now >= nextClosing else { return }
        pending.beginWithoutTick()
        var next = time.shortestIdle.map { now &+ $0 } ?? .max
        for i in series.indices where series[i].isOpen {
            if advanceClock(i, now) { list(i) }
            next = min(next, series[i].nextClosing)
        }
        nextClosing = next
        flush(into: &output)
    }

    /// Tells that the clock of `add`'s `now` was put forward (or back, where negative) by so many ms between two readings: nothing closes
    /// by it. *Complexity*: O(series).
    package mutating func clockStepped(byMs step: Int64) {
        if confirmedAt != .min { confirmedAt &+= step }
        if nextClosing != .min, nextClosing != .max { nextClosing &+= step }
        for i in series.indices where !series[i].lanes.isEmpty {
            series[i].gate.clockStepped(byMs: step)
            list(i)
        }
    }

    /// The series of which a record came for the first time since this partition was made or restored, each once.
    package mutating func takeMet() -> [Series] {
        guard !met.isEmpty else { return [] }
        defer { met.removeAll(keepingCapacity: true) }
        return met.map { series[Int($0)].name }
    }

    /// Series that a model predicts.
    package var seriesCount: Int { series.count { $0.isServed } }

    // MARK: Parts

    /// Adds a well-formed tick of series `index`.
    @inline(__always)
    private mutating func add(
        _ tick: TickView, _ value: RawSpan, to index: Int, _ now: Int64, _ output: inout OutputBatch
    ) {
        if !series[index].isMet { meet(index) }
        guard let observation = Observation(tick, in: value) else {
            if tick.kind == .gap { counts.gaps &+= 1 } else { counts.blockTrades &+= 1 }
            return
        }
        guard !series[index].lanes.isEmpty else {
            counts.untrainedSeries &+= 1
            return
        }
        pending.begin(tick, value)
        if confirmedAt > series[index].gate.clock.lastReadAt { _ = advanceClock(index, confirmedAt) }
        switch series[index].gate.meet(observation, now: now) {
        case .repeated: counts.repeated &+= 1
        case .late: counts.late &+= 1
        case .counted: makeRows(observation, index)
        }
        if !series[index].isListed { list(index) }
        if pending.isFull { flush(into: &output) }
    }

    /// Makes the rows of a tick that counts, and tells of the minutes that end by it.
    @inline(__always)
    private mutating func makeRows(_ tick: Observation, _ index: Int) {
        let watermark = series[index].gate.clock.watermark
        var isWanted = false
        for lane in series[index].lanes.indices {
            pending.begin(series: index, lane: lane)
            if series[index].lanes[lane].builder.add(tick, watermark: watermark, into: &pending) { isWanted = true }
        }
        if !isWanted { counts.unwanted &+= 1 }
        if let end = series[index].newEnd() { pending.end(minute: end) }
    }

    /// Lets the clock close what it closes in a quiet series; whether it passed the end of a minute.
    private mutating func advanceClock(_ index: Int, _ confirmedAt: Int64) -> Bool {
        guard series[index].gate.advance(confirmedAt: confirmedAt) else { return false }
        let watermark = series[index].gate.clock.watermark
        for lane in series[index].lanes.indices {
            pending.begin(series: index, lane: lane)
            series[index].lanes[lane].builder.advance(to: watermark, into: &pending)
        }
        guard let end = series[index].newEnd() else { return false }
        pending.end(minute: end)
        return true
    }

    private mutating func meetSeries(_ key: RawSpan, _ tick: TickView, _ value: RawSpan) -> Int {
        addSeries(Series(source: tick.source.string(in: value), symbol: tick.symbol.string(in: value)), key)
    }

    private mutating func meet(_ index: Int) {
        series[index].isMet = true
        met.append(Int32(index))
        if !series[index].isServed { untrained.append(series[index].name) }
    }

    mutating func addSeries(_ name: Series, _ key: RawSpan) -> Int {
        series.append(SeriesPredictions(name, time))
        addLanes(to: series.count - 1)
        table.insert(key, index: series.count - 1)
        return series.count - 1
    }

    /// Something may have changed in a series.
    mutating func list(_ index: Int) {
        guard !series[index].isListed else { return }
        series[index].isListed = true
        changed.append(Int32(index))
    }
}
