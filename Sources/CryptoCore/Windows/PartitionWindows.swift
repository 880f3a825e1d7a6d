/// Counts of what a partition's records were.
public struct TickCounts: Equatable, Sendable {
    public var read: UInt64 = 0
    public var counted: UInt64 = 0
    public var blockTrades: UInt64 = 0
    public var duplicates: UInt64 = 0
    public var late: UInt64 = 0
    public var gaps: UInt64 = 0
    public var deadLetters: UInt64 = 0
    /// Records that were removed before they were read.
    public var skipped: UInt64 = 0

    public init() {}

    /// Adds the counts of another partition.
    public mutating func add(_ other: TickCounts) {
        read &+= other.read
        counted &+= other.counted
        blockTrades &+= other.blockTrades
        duplicates &+= other.duplicates
        late &+= other.late
        gaps &+= other.gaps
        deadLetters &+= other.deadLetters
        skipped &+= other.skipped
    }
}

/// The windows of all series of one partition of `crypto.ticks`: the processor's pure core. JSON ticks in, JSON records out.
///
/// Everything it knows is a function of the records added, in their order, and of the clock readings it was given.
public struct PartitionWindows: Sendable {
    public let configuration: WindowConfiguration
    /// The records' topic and partition, for dead letters.
    public let topic: String
    public let partition: Int32
    /// The offset of the next record to add; nil before the first.
    public internal(set) var nextOffset: Int64?
    public internal(set) var counts = TickCounts()
    var table = SeriesTable()
    /// Each series' windows, in the order in which they were first met.
    public internal(set) var series: ContiguousArray<SeriesWindows> = []
    /// The clock when the partition was last known to be at its end.
    var confirmedAt = SeriesWindows.never
    var positionChanged = false
    /// Records that are gone, and who may miss some.
    var hole = Hole.none
    /// Ticks that had counted when full chunks of ids were last looked for.
    var countedAtChunks: UInt64 = 0
    var attention = SeriesAttention()

    /// The windows of partition `partition` of `topic`, without history.
    public init(configuration: WindowConfiguration = WindowConfiguration(), topic: String, partition: Int32) {
        self.configuration = configuration
        self.topic = topic
        self.partition = partition
    }

    /// Takes the record at `offset`, read when the clock showed `now` (ms); what it leads to goes to `output`.
    ///
    /// A malformed record becomes a dead letter. *Complexity*: O(length), nothing allocated for an ordinary tick.
    /// - Parameter appendTime: when the broker wrote the record to its log (ms); nil where the record's time is not the broker's.
    public mutating func add(
        key: RawSpan?, value: RawSpan?, offset: Int64, appendTime: Int64? = nil, now: Int64,
        into output: inout OutputBatch
    ) {
        nextOffset = offset &+ 1
        positionChanged = true
        counts.read &+= 1
        guard let key, let value else {
            return bury(
                key, value, offset, error: key == nil ? "the record has no key" : "the record has no value", &output)
        }
        // The caller's clock never goes back; if it did, ticks read just now would look long idle.
        let now = max(now, confirmedAt)
        if let index = table.index(of: key) {
            if let trade = table.trade(of: index, in: value), !trade.isAhead(ofAppendTime: appendTime) {
                return add(trade, value, to: index, now, &output)
            }
            return addSlowly(key, value, (offset, appendTime), known: index, now, &output)
        }
        addSlowly(key, value, (offset, appendTime), known: nil, now, &output)
    }

    /// Takes note that no record lies before `offset` that was not added. Transactions' markers, and records of aborted ones, have
    /// offsets too.
    public mutating func pass(upTo offset: Int64) {
        guard offset > nextOffset ?? 0 else { return }
        nextOffset = offset
        positionChanged = true
    }

    /// Whether a series still holds ticks of a minute that ended at or before `end`: its window is not final.
    public func hasOpenMinute(endingAtOrBefore end: Int64) -> Bool {
        series.contains { $0.hasOpenMinute(endingAtOrBefore: end) }
    }

    // MARK: Parts

    /// Adds a record that is not one of its series' canonical trades.
    private mutating func addSlowly(
        _ key: RawSpan, _ value: RawSpan, _ record: (offset: Int64, appendTime: Int64?), known: Int?, _ now: Int64,
        _ output: inout OutputBatch
    ) {
        switch TickReading(key, value, appendTime: record.appendTime, isKnown: known != nil) {
        case .malformed(let error): bury(key, value, record.offset, error: error, &output)
        case .tick(let tick):
            add(tick, value, to: known ?? meetSeries(key, tick, value, record.appendTime), now, &output)
        }
    }

    /// Adds a well-formed tick of series `index`.
    @inline(__always)
    private mutating func add(
        _ tick: TickView, _ value: RawSpan, to index: Int, _ now: Int64, _ output: inout OutputBatch
    ) {
        if confirmedAt > series[index].lastReadAt {
            series[index].advanceClock(confirmedAt: confirmedAt, configuration, into: &output)
        }
        count(series[index].add(tick, value, now: now, into: &output), tick, value, &output)
        if !series[index].isListed { note(index) }
    }

    mutating func count(
        _ outcome: TickOutcome, _ tick: TickView, _ value: RawSpan, _ output: inout OutputBatch
    ) {
        switch outcome {
        case .counted: counts.counted &+= 1
        case .blockTrade: counts.blockTrades &+= 1
        case .duplicate: counts.duplicates &+= 1
        case .gap: counts.gaps &+= 1
        case .late(let by):
            counts.late &+= 1
            output.append(LateTick(tick: Tick(tick, in: value), lateBy: by))
        }
    }

    private mutating func meetSeries(
        _ key: RawSpan, _ tick: TickView, _ value: RawSpan, _ appendTime: Int64?
    ) -> Int {
        let name = Series(source: tick.source.string(in: value), symbol: tick.symbol.string(in: value))
        let index = addSeries(name, key)
        if hole.reaches(appendTime: appendTime) { series[index].missInput() }
        return index
    }

    mutating func addSeries(_ name: Series, _ key: RawSpan) -> Int {
        series.append(SeriesWindows(name, configuration))
        table.insert(key, index: series.count - 1)
        return series.count - 1
    }

    mutating func bury(
        _ key: RawSpan?, _ value: RawSpan?, _ offset: Int64, error: String, _ output: inout OutputBatch
    ) {
        counts.deadLetters &+= 1
        let letter = DeadLetter(
            originTopic: topic, originPartition: partition, originOffset: offset, error: error, service: "processor")
        output.append(letter, key: key, value: value)
    }
}
