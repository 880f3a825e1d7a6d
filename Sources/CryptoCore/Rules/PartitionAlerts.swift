/// The alerts of all series of one partition number: the alerter's pure core. JSON records in, `alert/1` records out.
///
/// A rule is looked at when a record that it names comes. It sees that record and, of the other kinds that it names, the newest records
/// that are not later. All that comes out is a function of the records, in their order; for rules that look at the clock, of the
/// clock readings too. Records that are older than the newest of their kind are passed over: a rule never goes back.
package struct PartitionAlerts: Sendable {
    /// What came, beside its bytes.
    package struct Arrival: BitwiseCopyable, Sendable {
        package var kind: RecordKind
        /// When the broker wrote it to its log; nil where its time is not the broker's. *Units*: ms.
        package var appendTime: Int64?
        /// What the clock shows. *Units*: ms.
        package var clock: Int64

        package init(_ kind: RecordKind, appendTime: Int64? = nil, clock: Int64) {
            self.kind = kind
            self.appendTime = appendTime
            self.clock = clock
        }
    }

    package struct Counts: Equatable, Sendable {
        /// Records that a rule looked at.
        package var looked: UInt64 = 0
        /// Records that were older than the newest of their kind.
        package var older: UInt64 = 0
        package var fired: UInt64 = 0
        package var resolved: UInt64 = 0

        package init() {}
    }

    package let rules: RuleSet
    package internal(set) var counts = Counts()
    /// The largest clock reading so far.
    var clock = Int64.min
    var table = SeriesTable()
    var names: ContiguousArray<Series> = []
    /// The rules of each series: an index of `groups`.
    private(set) var groupOf: ContiguousArray<Int32> = []
    private(set) var groups: ContiguousArray<SeriesRules> = []
    private var groupIndex: [[Int32]: Int32] = [:]
    /// Whose each state is.
    private(set) var seriesOfState: ContiguousArray<Int32> = []
    /// Where the states of each series begin.
    private(set) var firstState: ContiguousArray<Int32> = []
    var states: ContiguousArray<RuleState> = []
    /// The newest records' values; NaN is null. *Shape*: series × `slotCount`.
    private(set) var latest: ContiguousArray<Double> = []
    /// Their times; `never` where there is none. *Shape*: series × channels.
    private(set) var times: ContiguousArray<Int64> = []
    /// *Shape*: series × `historyCount`.
    var histories: ContiguousArray<RecordHistory> = []
    /// What is to be written to the changelog.
    var journal = AlertJournal()
    private var record = RuleRecord()
    /// Where a rule sees older records than the newest: the values that it sees instead. *Shape*: `slotCount`.
    var seen: ContiguousArray<Double>
    /// Times that rules looked, each at something new.
    var moments: UInt64 = 0
    /// What each range gave, and when: rules share it. *Shape*: `RuleSet.ranges`.
    var rangeAnswers: ContiguousArray<(moment: UInt64, value: Double)>
    /// *Shape*: `stackDepth`.
    var stack: ContiguousArray<Double>

    /// No series yet.
    package init(_ rules: RuleSet) {
        self.rules = rules
        seen = ContiguousArray(repeating: .nan, count: rules.slotCount)
        rangeAnswers = ContiguousArray(repeating: (moment: 0, value: .nan), count: rules.ranges.count)
        stack = ContiguousArray(repeating: .nan, count: rules.stackDepth + 1)
    }

    /// Takes the next record; each change of an alert that it leads to goes to `output`.
    ///
    /// *Complexity*: O(length + rules that look at it + records in their ranges), nothing allocated where no alert changes.
    /// - Throws: what is wrong with the record; it had no effect.
    package mutating func add(
        _ arrival: Arrival, key: RawSpan, value: RawSpan, into output: inout OutputBatch
    ) throws(DecodeError) {
        clock = max(clock, arrival.clock)
        let known = table.index(of: key)
        if let known, !groups[Int(groupOf[known])].look(at: arrival.kind, of: rules) { return }
        guard try read(arrival, key, value, known) else { return }
        let index = if let known { known } else { try meet(key) }
        let kind = Int(arrival.kind.rawValue)
        for channel in rules.channelsOfKind[kind] where takes(channel, value) {
            take(channel, of: index, into: &output)
        }
    }

    /// Lets the rules that look at the clock look at it, for every series.
    ///
    /// Call it only while everything that was written has been added: behind that, a feed looks silent that is not.
    package mutating func look(atClock now: Int64, into output: inout OutputBatch) {
        clock = max(clock, now)
        for index in names.indices {
            moments &+= 1
            let looks = groups[Int(groupOf[index])].clockLooks
            for look in looks { self.look(look, Moment(series: index, channel: -1, time: clock), &output) }
        }
    }

    /// Takes note that the clock was put forward (or back, where negative) by so many ms.
    package mutating func clockStepped(byMs step: Int64) {
        if clock != .min { clock &+= step }
    }

    // MARK: Records

    /// Reads a record; false where no rule looks at it.
    private mutating func read(
        _ arrival: Arrival, _ key: RawSpan, _ value: RawSpan, _ known: Int?
    ) throws(DecodeError) -> Bool {
        let columns = rules.columnsOfKind[Int(arrival.kind.rawValue)]
        guard arrival.kind == .tick else {
            try record.read(arrival.kind, columns, value)
            // A window may end a minute behind its newest tick, which may be a minute ahead of the clock.
            if let appendTime = arrival.appendTime, record.time &- appendTime > 2 * TickView.maximumLead {
                let name = StaticText(stringLiteral: arrival.kind.timeField)
                throw DecodeError(.badField(name, "not ahead of the record's LogAppendTime"), at: 0)
            }
            return true
        }
        if let known, let trade = table.trade(of: known, in: value), !trade.isAhead(ofAppendTime: arrival.appendTime) {
            if trade.isBlockTrade { return false }
            record.read(trade, columns)
            return true
        }
        let tick = try TickView(reading: value)
        try tick.check(appendTime: arrival.appendTime)
        guard tick.hasKey(key, in: value) else {
            throw DecodeError(.badField("symbol", "that of the record's key"), at: 0)
        }
        if known == nil { try tick.checkSeries(value) }
        if tick.kind == .gap || tick.isBlockTrade { return false }
        record.read(tick, columns)
        return true
    }

    /// Whether a channel is of the record's model.
    private func takes(_ channel: Int, _ value: RawSpan) -> Bool {
        if record.model.isEmpty { return true }
        let glob = rules.models[channel]
        if record.model.isEscaped { return glob.matches(record.model.string(in: value)) }
        return glob.matches(value.extracting(record.model.offset..<record.model.offset + record.model.count))
    }

    /// Makes the record the newest of a channel, and lets the rules look.
    private mutating func take(_ channel: Int, of index: Int, into output: inout OutputBatch) {
        let place = index &* rules.channels.count &+ channel
        guard record.time >= times[place] else {
            counts.older &+= 1
            return
        }
        times[place] = record.time
        let start = index &* rules.slotCount &+ rules.channels[channel].firstSlot
        for column in record.row.indices { latest[start &+ column] = record.row[column] }
        if let history = rules.channels[channel].history {
            let number = index &* rules.historyCount &+ history
            histories[number].append(record.time, record.row, of: rules.channels[channel])
            if !histories[number].stored.isListed {
                histories[number].stored.isListed = true
                journal.note(history: number)
            }
        }
        counts.looked &+= 1
        moments &+= 1
        let moment = Moment(series: index, channel: Int32(channel), time: record.time)
        let looks = groups[Int(groupOf[index])].looks[channel]
        for look in looks { self.look(look, moment, &output) }
    }

    // MARK: Series

    /// The number of a series that was not known.
    mutating func meet(_ key: RawSpan) throws(DecodeError) -> Int {
        guard let text = key.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }), let name = Series(text) else {
            throw DecodeError(.badField("key", "<source>:<BASE>-<QUOTE>"), at: 0)
        }
        let matched = rules.rules.indices.filter { rules.rules[$0].match.takes(name) }.map { Int32($0) }
        if groupIndex[matched] == nil {
            groupIndex[matched] = Int32(groups.count)
            groups.append(SeriesRules(matched, of: rules))
        }
        table.insert(key, index: names.count)
        names.append(name)
        groupOf.append(groupIndex[matched] ?? 0)
        firstState.append(Int32(states.count))
        for _ in matched {
            states.append(RuleState())
            seriesOfState.append(Int32(names.count - 1))
        }
        for _ in 0..<rules.slotCount { latest.append(.nan) }
        for _ in rules.channels { times.append(.min) }
        for _ in 0..<rules.historyCount { histories.append(RecordHistory()) }
        return names.count - 1
    }

    /// Makes the newest record of a history that of its channel; for restoring.
    mutating func adopt(_ channel: Int, of index: Int) {
        guard let number = rules.channels[channel].history else { return }
        let history = histories[index * rules.historyCount + number]
        guard history.count > 0 else { return }
        times[index * rules.channels.count + channel] = history.time(history.next - 1)
        let columns = rules.channels[channel].columns
        let start = index * rules.slotCount + rules.channels[channel].firstSlot
        for column in 0..<columns { latest[start + column] = history.value(history.next - 1, column, of: columns) }
    }
}
