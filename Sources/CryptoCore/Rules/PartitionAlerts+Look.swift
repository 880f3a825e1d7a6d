/// One rule looks at one subject.
extension PartitionAlerts {
    /// Why rules look.
    struct Moment: BitwiseCopyable {
        let subject: Int
        /// The channel of the record that came; -1 where only the clock went on.
        let channel: Int32
        /// The record's time, or the clock's. *Units*: ms.
        let time: Int64
    }

    /// What one look sees.
    struct View: BitwiseCopyable {
        let moment: Moment
        /// The time that ranges end at, and that the answer is of.
        let time: Int64
        /// No record behind this time is seen.
        let upTo: Int64
        /// Whether values are read from `seen`, or are those of the newest records.
        let isPast: Bool
    }

    mutating func look(_ look: SubjectRules.Look, _ moment: Moment, _ output: inout OutputBatch) {
        let program = rules.programs[Int(look.rule)]
        let view = self.view(of: program, moment)
        let index = Int(firstState[moment.subject] &+ look.state)
        var crossings = states[index].crossings
        let holds = evaluate(program.condition, view, &crossings)
        let hasCrossed = crossings != states[index].crossings
        states[index].crossings = crossings
        let change = states[index].look(holds, at: view.time, program.patience)
        if change == .none, !hasCrossed { return }
        journal.note(state: index)
        let rule = rules.rules[Int(look.rule)]
        switch change {
        case .none, .quiet: break
        case .fired(let asOf):
            counts.fired &+= 1
            emit(.firing, rule, program, view, (states[index].since, asOf), &output)
        case .resolved(let since, let asOf):
            counts.resolved &+= 1
            emit(.resolved, rule, program, view, (since, asOf), &output)
        }
    }

    private mutating func emit(
        _ state: Alert.State, _ rule: AlertRule, _ program: RuleSet.Program, _ view: View,
        _ times: (since: Int64, asOf: Int64), _ output: inout OutputBatch
    ) {
        let alert = rule.alert(
            state, of: subjects.subjects[view.moment.subject], since: times.since, asOf: times.asOf,
            value: value(program, view))
        output.append(.alerts, alert)
    }

    /// What stands left of the rule's first comparison; nil where there is none, or it is null.
    mutating func value(_ program: RuleSet.Program, _ view: View) -> Double? {
        if program.value.isEmpty { return nil }
        var crossings = Crossings()
        let value = evaluate(program.value, view, &crossings)
        return value.isNaN ? nil : value
    }

    // MARK: What is seen

    /// What a rule sees at a moment. Without the clock, the records that are not later; with it, the newest ones, but for live windows
    /// that ended long ago.
    private mutating func view(of program: RuleSet.Program, _ moment: Moment) -> View {
        let upTo = program.usesClock ? Int64.max : moment.time
        let time = program.usesClock ? clock : moment.time
        var isPast = false
        let list = Int(program.channels.lowerBound)..<Int(program.channels.upperBound)
        if list.count > 1 || program.usesClock {
            for place in list where isHidden(Int(rules.channelLists[place]), moment.subject, upTo) { isPast = true }
        }
        if isPast { for place in list { see(Int(rules.channelLists[place]), moment.subject, upTo) } }
        return View(moment: moment, time: time, upTo: upTo, isPast: isPast)
    }

    /// Whether a rule does not see the newest record of a channel.
    private func isHidden(_ channel: Int, _ subject: Int, _ upTo: Int64) -> Bool {
        let newest = times[subject, channel]
        return newest > upTo || rules.channels[channel].kind == .live && isOver(newest)
    }

    /// Whether a live window is too old to be live.
    private func isOver(_ end: Int64) -> Bool { clock &- max(end, 0) > RuleLimits.liveMs }

    /// Fills `seen` with what a rule sees of a channel.
    private mutating func see(_ channel: Int, _ subject: Int, _ upTo: Int64) {
        let columns = rules.channels[channel].columns
        let start = rules.channels[channel].firstSlot
        let newest = times[subject, channel]
        guard isHidden(channel, subject, upTo) else {
            for slot in start..<start + columns { seen[slot] = latest[subject &* rules.slotCount &+ slot] }
            return
        }
        let history = rules.channels[channel].history.map { subject &* rules.historyCount &+ $0 }
        let number = newest > upTo ? history.flatMap { histories[$0].newest(upTo: upTo) } : nil
        for column in 0..<columns {
            seen[start &+ column] =
                if let history, let number {
                    histories[history].value(number, column, of: columns)
                } else {
                    .nan
                }
        }
    }

    // MARK: Computing

    /// The answer of some instructions. NaN is null, or unknown.
    private mutating func evaluate(_ code: Range<Int32>, _ view: View, _ crossings: inout Crossings) -> Double {
        // The stack's top is `top`; what lies below it is in `stack`.
        var top = Double.nan
        var depth = 0
        for at in Int(code.lowerBound)..<Int(code.upperBound) {
            let instruction = rules.code[at]
            switch instruction {
            case .number, .load, .range, .absent:
                stack[depth] = top
                depth &+= 1
                top = leaf(instruction, view)
            case .negative: top = -top
            case .not: top = Truth.not(top)
            case .crosses(let use):
                depth &-= 1
                top = crosses(rules.crosses[Int(use)], stack[depth], top, view, &crossings)
            case .arithmetic(let operation):
                depth &-= 1
                top = operation.of(stack[depth], top)
            case .comparison(let comparison):
                depth &-= 1
                top = comparison.of(stack[depth], top)
            case .and:
                depth &-= 1
                top = Truth.and(stack[depth], top)
            case .or:
                depth &-= 1
                top = Truth.or(stack[depth], top)
            }
        }
        return top
    }

    /// What an instruction without operands gives.
    @inline(__always)
    private mutating func leaf(_ instruction: Instruction, _ view: View) -> Double {
        switch instruction {
        case .number(let value): value
        case .load(let slot):
            view.isPast ? seen[Int(slot)] : latest[view.moment.subject &* rules.slotCount &+ Int(slot)]
        case .range(let use): range(Int(use), view)
        case .absent(let use): absent(rules.absences[Int(use)], view)
        default: .nan
        }
    }

    private mutating func range(_ use: Int, _ view: View) -> Double {
        if rangeAnswers[use].moment == moments { return rangeAnswers[use].value }
        let range = rules.ranges[use]
        let history = view.moment.subject &* rules.historyCount &+ Int(range.history)
        let from = view.time &- range.ms
        if !histories[history].reaches(from) { noteUnknown(range, view) }
        let value = histories[history].aggregate(
            range.function, Int(range.column), of: Int(range.columns), from: from, to: view.upTo)
        rangeAnswers[use] = (moments, value)
        return value
    }

    private mutating func noteUnknown(_ range: RangeUse, _ view: View) {
        counts.unknownRanges &+= 1
        guard let channel = rules.channels.first(where: { $0.history == Int(range.history) }) else { return }
        lastUnknownRange = (subjects.subjects[view.moment.subject].series, channel.kind)
    }

    /// Only a look of the clock's own says that a record is absent: while one comes, others may wait to be read.
    private func absent(_ use: AbsentUse, _ view: View) -> Double {
        let newest = times[view.moment.subject, Int(use.channel)]
        if newest == .min { return .nan }
        if view.time &- newest < use.ms { return 0 }
        return view.moment.channel < 0 ? 1 : .nan
    }

    /// Looks where a record came that the two sides name; in between the answer stays.
    private func crosses(
        _ use: CrossUse, _ left: Double, _ right: Double, _ view: View, _ crossings: inout Crossings
    ) -> Double {
        for place in use.channels where rules.channelLists[Int(place)] == view.moment.channel {
            return crossings.look(use.position, left, right)
        }
        return crossings.answer(use.position)
    }
}
