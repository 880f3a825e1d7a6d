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
        /// Records of markets that there was no room for.
        package var refused: UInt64 = 0
        /// Ranges that were unknown, since records of their time had to be forgotten.
        package var unknownRanges: UInt64 = 0
        package var fired: UInt64 = 0
        package var resolved: UInt64 = 0

        package init() {}
    }

    package let rules: RuleSet
    package internal(set) var counts = Counts()
    /// The last range that was unknown for want of records: of which series, over which kind of records.
    package internal(set) var lastUnknownRange: (series: Series, kind: RecordKind)?
    /// What may be remembered. *Units*: bytes.
    private let limitBytes: Int
    /// What is remembered: a function of the subjects and of the records in their histories. *Units*: bytes.
    package internal(set) var rememberedBytes = 0
    /// The largest clock reading so far.
    var clock = Int64.min
    var subjects = SubjectTable()
    /// Whose each state is.
    private(set) var subjectOfState: ContiguousArray<Int32> = []
    /// Where the states of each subject begin.
    private(set) var firstState: ContiguousArray<Int32> = []
    var states: ContiguousArray<RuleState> = []
    /// The newest records' values; NaN is null. *Shape*: subjects × `slotCount`.
    private(set) var latest: ContiguousArray<Double> = []
    var times: NewestTimes
    /// *Shape*: subjects × `historyCount`.
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
    /// - Parameter limitBytes: what may be remembered. Beyond it a history forgets its oldest record with each new one, so that ranges that
    ///   reach back to it are null, and series and models that are new are not looked at.
    package init(_ rules: RuleSet, limitBytes: Int = .max) {
        self.rules = rules
        self.limitBytes = limitBytes
        times = NewestTimes(channels: rules.channels.count)
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
        guard let channel = rules.channelOfKind[Int(arrival.kind.rawValue)] else { return }
        let known = subjects.series(of: key)
        if let known, !subjects.look(at: arrival.kind, of: known) { return }
        guard try read(arrival, key, value, known) else { return }
        var series = known
        if series == nil { series = try meet(key) }
        guard let series else {
            counts.refused &+= 1
            return
        }
        if record.model.isEmpty {
            take(channel, of: subjects.own(series), into: &output)
            for place in 0..<subjects.modelCount(of: series) {
                take(channel, of: subjects.model(place, of: series), into: &output)
            }
        } else if let subject = model(in: value, of: series) {
            take(channel, of: subject, into: &output)
        } else {
            counts.refused &+= 1
        }
    }

    /// Lets the rules that look at the clock look at it, for every subject.
    ///
    /// Call it only while everything that was written has been added: behind that, a feed looks silent that is not.
    package mutating func look(atClock now: Int64, into output: inout OutputBatch) {
        clock = max(clock, now)
        for subject in 0..<subjects.count {
            moments &+= 1
            let looks = subjects.rules(of: subject).clockLooks
            for look in looks { self.look(look, Moment(subject: subject, channel: -1, time: clock), &output) }
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
        if let known, let trade = subjects.trade(of: known, in: value), !trade.isAhead(ofAppendTime: arrival.appendTime)
        {
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

    /// The subject that the record's model is; nil where there is no room for it, or its name is too long.
    private mutating func model(in value: RawSpan, of series: Int) -> Int? {
        if !record.model.isEscaped {
            let name = value.extracting(record.model.offset..<record.model.offset + record.model.count)
            if let known = subjects.model(named: name, of: series) { return known }
        }
        let name = record.model.string(in: value)
        if record.model.isEscaped {
            let bytes = Array(name.utf8)
            if let known = subjects.model(named: bytes.span.bytes, of: series) { return known }
        }
        guard name.utf8.count <= RuleLimits.nameBytes else { return nil }
        return meet(RuleSubject(subjects.subjects[subjects.own(series)].series, model: name))
    }

    /// Makes the record the newest of a channel, and lets the rules look.
    private mutating func take(_ channel: Int, of subject: Int, into output: inout OutputBatch) {
        let looks = subjects.rules(of: subject).looks[channel]
        if looks.isEmpty { return }
        guard record.time >= times[subject, channel] else {
            counts.older &+= 1
            return
        }
        times[subject, channel] = record.time
        let start = subject &* rules.slotCount &+ rules.channels[channel].firstSlot
        for column in record.row.indices { latest[start &+ column] = record.row[column] }
        if let history = rules.channels[channel].history {
            remember(subject &* rules.historyCount &+ history, channel)
        } else {
            times.note(subject, channel)
        }
        counts.looked &+= 1
        moments &+= 1
        let moment = Moment(subject: subject, channel: Int32(channel), time: record.time)
        for look in looks { self.look(look, moment, &output) }
    }

    /// Adds the record to a history.
    private mutating func remember(_ history: Int, _ channel: Int) {
        let bytes = rules.channels[channel].recordBytes
        let before = histories[history].count
        histories[history].append(
            record.time, record.row, of: rules.channels[channel], hasRoom: rememberedBytes &+ bytes <= limitBytes)
        rememberedBytes &+= (histories[history].count &- before) &* bytes
        if !histories[history].stored.isListed {
            histories[history].stored.isListed = true
            journal.note(history: history)
        }
    }

    // MARK: Subjects

    /// The number of a series that was not known; nil where there is no room for it.
    private mutating func meet(_ key: RawSpan) throws(DecodeError) -> Int? {
        guard let text = key.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }), let name = Series(text) else {
            throw DecodeError(.badField("key", "<source>:<BASE>-<QUOTE>"), at: 0)
        }
        return meet(RuleSubject(name)).flatMap { _ in subjects.series(of: key) }
    }

    /// The number of a subject that was not known; nil where there is no room for it.
    private mutating func meet(_ subject: RuleSubject) -> Int? {
        let most = rules.bytes(ofRules: rules.rules.count)
        return rememberedBytes + most <= limitBytes && add(subject) ? subjects.count - 1 : nil
    }

    /// Adds a subject; false where it cannot be one more.
    mutating func add(_ subject: RuleSubject) -> Bool {
        let number = subjects.count
        guard subjects.add(subject, of: rules) else { return false }
        let count = subjects.rules(of: number).rules.count
        rememberedBytes += rules.bytes(ofRules: count)
        firstState.append(Int32(states.count))
        for _ in 0..<count {
            states.append(RuleState())
            subjectOfState.append(Int32(number))
        }
        for _ in 0..<rules.slotCount { latest.append(.nan) }
        times.addSubject()
        for _ in 0..<rules.historyCount { histories.append(RecordHistory()) }
        return true
    }

    /// Makes the newest record of a history that of its channel; for restoring.
    mutating func adopt(_ channel: Int, of subject: Int) {
        guard let number = rules.channels[channel].history else { return }
        let history = histories[subject * rules.historyCount + number]
        guard history.count > 0 else { return }
        rememberedBytes += history.count * rules.channels[channel].recordBytes
        times[subject, channel] = max(times[subject, channel], history.time(history.next - 1))
        let columns = rules.channels[channel].columns
        let start = subject * rules.slotCount + rules.channels[channel].firstSlot
        for column in 0..<columns { latest[start + column] = history.value(history.next - 1, column, of: columns) }
    }
}
