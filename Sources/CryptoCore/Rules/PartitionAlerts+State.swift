/// What changed since the changelog was last written.
struct AlertJournal: Sendable {
    /// Indices of states and histories.
    fileprivate var states: Set<Int> = []
    fileprivate var histories: [Int] = []
    /// Subjects that the changelog has.
    fileprivate var storedSubjects = 0
    /// Of rules and fields that are no longer there.
    fileprivate var deleted: [AlertKey] = []
    /// What fired of such rules.
    fileprivate var gone: [Alert] = []
    /// What was read of the changelog.
    fileprivate var restored = RestoredAlerts()

    mutating func note(state: Int) { states.insert(state) }

    /// Call it once until changes are taken.
    mutating func note(history: Int) { histories.append(history) }

    /// Whether something of the first so many subjects is to be written.
    func isEmpty(subjects count: Int) -> Bool {
        states.isEmpty && histories.isEmpty && deleted.isEmpty && storedSubjects == count
    }
}

/// The changelog: everything that the next record's answer depends on.
extension PartitionAlerts {
    /// Whether something changed since `takeChanges`.
    package var hasChanges: Bool { !journal.isEmpty(subjects: subjects.count) || times.hasChanges }

    /// Writes what changed since the last call. *Complexity*: O(what changed).
    package mutating func takeChanges(into batch: inout ChangelogBatch) {
        for key in journal.deleted { batch.delete(key) }
        journal.deleted.removeAll(keepingCapacity: true)
        for number in journal.storedSubjects..<subjects.count {
            batch.put(AlertKey.subject(number)) { subjects.subjects[number].encode(into: &$0) }
        }
        journal.storedSubjects = subjects.count
        for index in journal.histories {
            let (subject, number) = index.quotientAndRemainder(dividingBy: rules.historyCount)
            guard let channel = rules.channels.first(where: { $0.history == number }) else { continue }
            histories[index].takeChanges(channel, subject, rules.fields(of: channel), into: &batch)
        }
        journal.histories.removeAll(keepingCapacity: true)
        times.takeChanges(rules.channels, into: &batch)
        for index in journal.states.sorted() { write(index, into: &batch) }
        journal.states.removeAll(keepingCapacity: true)
    }

    private func write(_ index: Int, into batch: inout ChangelogBatch) {
        let (subject, number) = owner(of: index)
        let (rule, name) = (rules.rules[number], subjects.subjects[subject])
        let state = states[index]
        let key = AlertKey.state(subject, rule.fingerprint(of: name))
        if state.isBlank { return batch.delete(key) }
        batch.put(key) { writer in
            state.encode(into: &writer)
            guard state.phase == .firing else { return }
            // Should the rule go, this is how readers of alerts hear that it does not fire any more.
            let alert = rule.alert(.firing, of: name, since: state.since, asOf: state.changedAt, value: nil)
            var json = JSONWriter()
            alert.encode(into: &json)
            writer.bytes += json.bytes
        }
    }

    /// Whose state it is.
    func owner(of state: Int) -> (subject: Int, rule: Int) {
        let subject = Int(subjectOfState[state])
        let rule = subjects.rules(of: subject).rules[state - Int(firstState[subject])]
        return (subject, Int(rule))
    }

    // MARK: Restoring

    /// Takes one record of the changelog, in the order of their offsets. Call `finishRestoring` behind the last.
    package mutating func restore(key: RawSpan?, value: RawSpan?, offset: Int64) throws(ChangelogError) {
        let bytes = key?.withUnsafeBytes { Array($0) } ?? []
        guard let name = AlertKey(decoding: bytes) else {
            throw AlertKey.isOfFormat1(bytes) ? .version(1) : .malformed(offset: offset)
        }
        if let value {
            try journal.restored.put(name, value.withUnsafeBytes { Array($0) }, offset)
        } else {
            journal.restored.delete(name)
        }
    }

    /// Puts what was restored in order. States of rules that are no longer there, and records of kinds that no rule remembers now, are
    /// dropped; a field that a rule names for the first time is null in the records before.
    package mutating func finishRestoring() throws(ChangelogError) {
        let restored = journal.restored
        journal.restored = RestoredAlerts()
        for (number, subject) in restored.subjects.sorted(by: { $0.key < $1.key }) {
            guard number == subjects.count, add(subject) else { throw .malformed(offset: 0) }
        }
        journal.storedSubjects = subjects.count
        restoreTimes(restored.times)
        for (subject, channels) in restored.chunks {
            for (identity, chunks) in channels { try restore(identity, chunks, of: subject) }
        }
        for (subject, states) in restored.states {
            for (fingerprint, state) in states { restore(fingerprint, state, of: subject) }
        }
        journal.gone.sort { $0.fingerprint < $1.fingerprint }
    }

    /// Says of alerts whose rule is no longer there that they fire no more. Call it once, behind `finishRestoring`.
    /// - Parameter time: when that is. *Units*: ms.
    package mutating func resolveGone(at time: Int64, into output: inout OutputBatch) {
        for var alert in journal.gone {
            alert.state = .resolved
            alert.asOf = max(time, alert.asOf)
            output.append(.alerts, alert)
        }
        journal.gone = []
    }

    private mutating func restoreTimes(_ times: [UInt64: [Int: [Int64]]]) {
        for (identity, blocks) in times {
            let channel = rules.channels.firstIndex { $0.identity == identity }
            for (number, block) in blocks {
                if let channel {
                    self.times.restore(block, number: number, channel)
                } else {
                    journal.deleted.append(.times(identity, block: number))
                }
            }
        }
    }

    private mutating func restore(
        _ identity: UInt64, _ chunks: [UInt64: RestoredAlerts.Chunk], of subject: Int
    ) throws(ChangelogError) {
        let ordered = chunks.sorted { $0.key < $1.key }
        guard let first = ordered.first, let last = ordered.last else { return }
        let channel = rules.channels.firstIndex { $0.identity == identity }
        guard subject < subjects.count, let channel, let number = rules.channels[channel].history else {
            for (chunk, _) in ordered { journal.deleted.append(.chunk(subject, identity, number: chunk)) }
            guard subject < subjects.count, let channel, last.value.chunk.records > 0 else { return }
            // The histories told it so far.
            times[subject, channel] = max(
                times[subject, channel], last.value.chunk.time(last.value.chunk.records - 1))
            return times.note(subject, channel)
        }
        let history = subject * rules.historyCount + number
        do {
            let isOfOthers = try histories[history].restore(
                ordered.map(\.value.chunk), firstNumber: first.key, of: rules.channels[channel],
                rules.fields(of: rules.channels[channel]))
            if isOfOthers {
                histories[history].stored.isListed = true
                journal.note(history: history)
            }
        } catch {
            throw .malformed(offset: first.value.offset)
        }
        adopt(channel, of: subject)
    }

    private mutating func restore(_ fingerprint: UInt64, _ state: RestoredAlerts.State, of subject: Int) {
        if subject < subjects.count {
            let name = subjects.subjects[subject]
            let own = subjects.rules(of: subject).rules
            if let place = own.firstIndex(where: { rules.rules[Int($0)].fingerprint(of: name) == fingerprint }) {
                states[Int(firstState[subject]) + place] = state.state
                return
            }
        }
        journal.deleted.append(.state(subject, fingerprint))
        if let alert = state.alert { journal.gone.append(alert) }
    }
}
