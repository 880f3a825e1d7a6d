/// What changed since the changelog was last written.
struct AlertJournal: Sendable {
    /// Indices of states and histories.
    fileprivate var states: Set<Int> = []
    fileprivate var histories: [Int] = []
    /// Of rules and fields that are no longer there.
    fileprivate var deleted: [AlertKey] = []
    /// What fired of such rules.
    fileprivate var gone: [Alert] = []
    /// What was read of the changelog.
    fileprivate var restored = RestoredAlerts()

    mutating func note(state: Int) { states.insert(state) }

    /// Call it once until changes are taken.
    mutating func note(history: Int) { histories.append(history) }

    var isEmpty: Bool { states.isEmpty && histories.isEmpty && deleted.isEmpty }
}

/// The changelog: everything that the next record's answer depends on.
extension PartitionAlerts {
    /// Whether something changed since `takeChanges`.
    package var hasChanges: Bool { !journal.isEmpty }

    /// Writes what changed since the last call. *Complexity*: O(what changed).
    package mutating func takeChanges(into batch: inout ChangelogBatch) {
        for key in journal.deleted { batch.delete(key) }
        journal.deleted.removeAll(keepingCapacity: true)
        for index in journal.histories {
            let (series, number) = index.quotientAndRemainder(dividingBy: rules.historyCount)
            guard let channel = rules.channels.first(where: { $0.history == number }) else { continue }
            histories[index].takeChanges(channel, names[series], into: &batch)
        }
        journal.histories.removeAll(keepingCapacity: true)
        for index in journal.states.sorted() { write(index, into: &batch) }
        journal.states.removeAll(keepingCapacity: true)
    }

    private func write(_ index: Int, into batch: inout ChangelogBatch) {
        let (series, number) = owner(of: index)
        let rule = rules.rules[number]
        let state = states[index]
        let key = AlertKey.state(names[series], rule.fingerprint(of: names[series]))
        if state.isBlank { return batch.delete(key) }
        batch.put(key) { writer in
            state.encode(into: &writer)
            guard state.phase == .firing else { return }
            // Should the rule go, this is how readers of alerts hear that it does not fire any more.
            let alert = rule.alert(.firing, of: names[series], since: state.since, asOf: state.changedAt, value: nil)
            var json = JSONWriter()
            alert.encode(into: &json)
            writer.bytes += json.bytes
        }
    }

    /// Whose state it is.
    func owner(of state: Int) -> (series: Int, rule: Int) {
        let series = Int(seriesOfState[state])
        let rule = groups[Int(groupOf[series])].rules[state - Int(firstState[series])]
        return (series, Int(rule))
    }

    // MARK: Restoring

    /// Takes one record of the changelog, in the order of their offsets. Call `finishRestoring` behind the last.
    package mutating func restore(key: RawSpan?, value: RawSpan?, offset: Int64) throws(ChangelogError) {
        guard let key, let name = AlertKey(decoding: key.withUnsafeBytes { Array($0) }) else {
            throw .malformed(offset: offset)
        }
        if let value {
            try journal.restored.put(name, value.withUnsafeBytes { Array($0) }, offset)
        } else {
            journal.restored.delete(name)
        }
    }

    /// Puts what was restored in order. States of rules that are no longer there, and records of which rules want other fields now, are
    /// dropped.
    package mutating func finishRestoring() throws(ChangelogError) {
        let restored = journal.restored
        journal.restored = RestoredAlerts()
        for series in restored.series {
            let key = Array(series.description.utf8)
            guard let index = try? meet(key.span.bytes) else { continue }
            for (channel, chunks) in restored.chunks[series] ?? [:] {
                try restore(channel, chunks, of: index)
            }
            for (fingerprint, state) in restored.states[series] ?? [:] { restore(fingerprint, state, of: index) }
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

    private mutating func restore(
        _ identity: UInt64, _ chunks: [UInt64: RestoredAlerts.Chunk], of series: Int
    ) throws(ChangelogError) {
        let ordered = chunks.sorted { $0.key < $1.key }
        guard let channel = rules.channels.firstIndex(where: { $0.identity == identity && $0.history != nil }),
            let number = rules.channels[channel].history, let first = ordered.first
        else {
            for (chunk, _) in ordered { journal.deleted.append(.chunk(names[series], identity, number: chunk)) }
            return
        }
        do {
            try histories[series * rules.historyCount + number].restore(
                ordered.map(\.value.chunk), firstNumber: first.key, of: rules.channels[channel])
        } catch {
            throw .malformed(offset: first.value.offset)
        }
        adopt(channel, of: series)
    }

    private mutating func restore(_ fingerprint: UInt64, _ state: RestoredAlerts.State, of series: Int) {
        let own = groups[Int(groupOf[series])].rules
        let place = own.firstIndex { rules.rules[Int($0)].fingerprint(of: names[series]) == fingerprint }
        if let place {
            states[Int(firstState[series]) + place] = state.state
            return
        }
        journal.deleted.append(.state(names[series], fingerprint))
        if let alert = state.alert { journal.gone.append(alert) }
    }
}
