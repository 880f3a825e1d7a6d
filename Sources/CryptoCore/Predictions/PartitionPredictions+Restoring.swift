/// The state from the changelog, also of models that are served no more: while something of them waits.
extension PartitionPredictions {
    /// Takes one record of the changelog, in the order of their offsets. Call `finishRestoring` behind the last.
    package mutating func restore(key: RawSpan?, value: RawSpan?, offset: Int64) throws(ChangelogError) {
        guard let key, let name = PredictionKey(decoding: key.withUnsafeBytes { Array($0) }) else {
            throw .malformed(offset: offset)
        }
        guard let value else { return delete(name) }
        var reader = ChangelogReader(value.withUnsafeBytes { Array($0) })
        do {
            try restore(name, &reader)
        } catch let error as ChangelogError {
            throw error
        } catch {
            throw .malformed(offset: offset)
        }
    }

    /// Puts what was restored in order.
    /// - Parameter now: the clock; nil where nobody is going to add anything.
    /// - Returns: whether the changelog held a position, and the offset of the next record to add; nil before the first.
    package mutating func finishRestoring(now: Int64? = nil) -> (isKnown: Bool, next: Int64?) {
        for i in series.indices {
            series[i].gate.finishRestoring(now: now)
            let watermark = series[i].gate.clock.watermark
            for lane in series[i].lanes.indices {
                series[i].lanes[lane].builder.horizon.finishRestoring(watermark: watermark)
            }
        }
        tidy(Array(series.indices))
        dropped += orphans
        orphans.removeAll()
        return (isRestored, nextOffset)
    }

    private mutating func restore(_ key: PredictionKey, _ reader: inout ChangelogReader) throws {
        switch key {
        case .beginning: isBegun = true
        case .position: try restorePosition(&reader)
        case .basis(let preset, let label):
            stored[label] = try ScoreBasis(label: label, preset: preset, &reader)
        case .head(let name):
            let i = place(of: name)
            try series[i].gate.restoreHead(&reader)
            series[i].scoredUntil = try reader.timeOrNever()
            series[i].toldUntil = series[i].scoredUntil
            try reader.end()
        case .ids(let name, let number): try series[place(of: name)].gate.restoreChunk(number, &reader)
        case .rows(let name, let preset): try restoreRows(place(of: name), preset, &reader)
        case .minute(let name, let start):
            let i = place(of: name)
            let lane = series[i].place(of: .horizon)
            series[i].lanes[lane].builder.horizon.restore(try HorizonMinute(start: start, &reader))
        case .score(let name, let label, let end):
            guard let basis = basis(of: label) else { return noteOrphan(key) }
            try restoreMinute(of: basis, name, end) { minute throws(ChangelogReader.Malformed) in
                try minute.restore(&reader)
            }
        case .bins(let name, let label, let end, let page):
            guard let basis = basis(of: label) else { return noteOrphan(key) }
            try restoreMinute(of: basis, name, end) { minute throws(ChangelogReader.Malformed) in
                try minute.restore(page: page, &reader)
            }
        }
    }

    private mutating func restorePosition(_ reader: inout ChangelogReader) throws {
        let version = try reader.integer()
        guard version == PartitionPredictions.stateVersion else { throw ChangelogError.version(version) }
        let slide = try reader.integer()
        guard slide == time.slide else { throw ChangelogError.setting(flag: "slide", value: "\(slide)ms") }
        let next = try reader.integer()
        guard next >= 0 else { throw ChangelogReader.Malformed() }
        nextOffset = next > 0 ? next : nil
        isRestored = true
    }

    private mutating func restoreRows(
        _ index: Int, _ preset: Preset, _ reader: inout ChangelogReader
    ) throws(ChangelogReader.Malformed) {
        let place = series[index].place(of: preset)
        var lane = series[index].lanes[place]
        try lane.builder.restore(&reader)
        for i in lane.entries.indices { lane.entries[i].probability = .nan }
        for _ in 0..<(try reader.count(ofSize: 16)) {
            let mark = try reader.word()
            let probability = try reader.double()
            let known = models.list.map(\.basis) + stored.values
            guard let basis = known.first(where: { $0.mark == mark && $0.preset == preset }) else { continue }
            lane.entries[lane.place(of: basis)].probability = (0...1).contains(probability) ? probability : .nan
        }
        try reader.end()
        series[index].lanes[place] = lane
    }

    private mutating func restoreMinute(
        of basis: ScoreBasis, _ name: Series, _ end: Int64,
        _ body: (inout ScoreMinute) throws(ChangelogReader.Malformed) -> Void
    ) throws(ChangelogReader.Malformed) {
        guard end.magnitude < 1 << 60, end == end.aligned(to: ScoreMinute.lengthMs) else {
            throw ChangelogReader.Malformed()
        }
        let i = place(of: name)
        let lane = series[i].place(of: basis.preset)
        let entry = series[i].lanes[lane].place(of: basis)
        let minute = series[i].lanes[lane].entries[entry].minute(endingAt: end)
        try body(&series[i].lanes[lane].entries[entry].minutes[minute])
    }

    private mutating func noteOrphan(_ key: PredictionKey) { orphans.insert(key) }

    private mutating func delete(_ key: PredictionKey) {
        orphans.remove(key)
        switch key {
        case .beginning, .position, .head, .bins: break
        case .basis(_, let label): stored[label] = nil
        case .ids(let name, let number): series[place(of: name)].gate.dropRestoredChunk(number)
        case .rows(let name, let preset):
            let i = place(of: name)
            let lane = series[i].place(of: preset)
            series[i].lanes[lane].builder = RowBuilder(preset)
            for e in series[i].lanes[lane].entries.indices { series[i].lanes[lane].entries[e].probability = .nan }
        case .minute(let name, let start):
            let i = place(of: name)
            let lane = series[i].place(of: .horizon)
            series[i].lanes[lane].builder.horizon.dropRestored(start)
        case .score(let name, let label, let end):
            guard let basis = basis(of: label) else { return }
            let i = place(of: name)
            let lane = series[i].place(of: basis.preset)
            let entry = series[i].lanes[lane].place(of: basis)
            series[i].lanes[lane].entries[entry].minutes.removeAll { $0.end == end }
        }
    }

    private mutating func place(of name: Series) -> Int {
        let key = Array(name.description.utf8)
        return table.index(of: key.span.bytes) ?? addSeries(name, key.span.bytes)
    }

    /// What the scores of a model are made with; nil where nobody knows.
    private func basis(of label: String) -> ScoreBasis? {
        models.list.first { $0.label == label }?.basis ?? stored[label]
    }
}
