extension PartitionPredictions {
    /// The version of the changelog's format.
    static let stateVersion: Int64 = 1

    /// Whether something changed beside where the partition stands since the state was taken.
    package var hasChanges: Bool { !changed.isEmpty || !dropped.isEmpty }

    /// Writes what changed since the last call, and where the partition stands. *Complexity*: O(what changed).
    /// - Precondition: nothing is pending: `flush` was called.
    package mutating func takeChanges(into batch: inout ChangelogBatch) {
        precondition(pending.isEmpty, "what is pending is no part of the state")
        if !isBegun { batch.put(PredictionKey.beginning) { $0.put(PartitionPredictions.stateVersion) } }
        isBegun = true
        for key in dropped { batch.delete(key) }
        dropped.removeAll(keepingCapacity: true)
        for i in changed {
            series[Int(i)].isListed = false
            let name = series[Int(i)].name
            for lane in series[Int(i)].lanes.indices {
                takeChanges(&series[Int(i)].lanes[lane], of: name, into: &batch)
            }
        }
        changed.removeAll(keepingCapacity: true)
        batch.put(PredictionKey.position) {
            $0.put(PartitionPredictions.stateVersion)
            $0.put(time.slide)
            $0.put(nextOffset ?? 0)
        }
    }

    /// Writes remembered ids that fill a chunk, ahead of `takeChanges`, so that the state of a large transaction is on its way before the
    /// transaction's end. *Complexity*: O(1), and O(series that changed) every `capacity` records.
    package mutating func takeFullChunks(into batch: inout ChangelogBatch) {
        takeFullChunks(of: TradeIDJournal.chunkCapacity, into: &batch)
    }

    mutating func takeFullChunks(of capacity: Int, into batch: inout ChangelogBatch) {
        guard isBegun, counts.read &- readAtChunks >= UInt64(capacity) else { return }
        readAtChunks = counts.read
        for i in changed {
            let name = series[Int(i)].name
            for lane in series[Int(i)].lanes.indices {
                series[Int(i)].lanes[lane].writeIDs(of: name, capacity, onlyFull: true, into: &batch)
            }
        }
    }

    private func takeChanges(_ lane: inout PredictionLane, of name: Series, into batch: inout ChangelogBatch) {
        let preset = lane.preset
        lane.builder.journal.expire(before: lane.builder.oldestSlice)
        lane.writeIDs(of: name, into: &batch)
        lane.builder.journal.takeDropped { batch.delete(PredictionKey.ids(name, preset, $0)) }
        lane.builder.horizon.takeMinutes { minute in
            batch.put(PredictionKey.minute(name, minute.start)) { minute.encode(into: &$0) }
        } drop: {
            batch.delete(PredictionKey.minute(name, $0))
        }
        for i in lane.entries.indices {
            let label = models.list[lane.entries[i].slot].label
            for m in lane.entries[i].minutes.indices {
                let end = lane.entries[i].minutes[m].end
                lane.entries[i].minutes[m].takeChanges { fill in
                    batch.put(PredictionKey.score(name, label, end), fill)
                } _: { page, fill in
                    batch.put(PredictionKey.bins(name, label, end, page: page), fill)
                }
            }
        }
        batch.put(PredictionKey.head(name, preset)) { writer in
            lane.builder.encodeHead(into: &writer)
            writer.put(lane.scoredUntil)
            writer.put(lane.entries.count)
            for entry in lane.entries {
                writer.put(models.list[entry.slot].mark)
                writer.put(entry.probability)
            }
        }
    }

    // MARK: Restoring

    /// Takes one record of the changelog, in the order of their offsets. Call `finishRestoring` behind the last.
    package mutating func restore(key: RawSpan?, value: RawSpan?, offset: Int64) throws(ChangelogError) {
        guard let key, let name = PredictionKey(decoding: key.withUnsafeBytes { Array($0) }) else {
            throw .malformed(offset: offset)
        }
        guard let value else { return delete(name) }
        var reader = ChangelogReader(value.withUnsafeBytes { Array($0) })
        do {
            switch name {
            case .beginning: isBegun = true
            case .position: try restorePosition(&reader)
            case .head(let series, let preset):
                guard let place = lane(of: series, preset) else { return orphan(name) }
                try restoreHead(place, &reader)
            case .minute(let series, let start):
                guard let place = lane(of: series, .horizon) else { return orphan(name) }
                self.series[place.series].lanes[place.lane].builder.horizon.restore(
                    try HorizonMinute(start: start, &reader))
            case .ids(let series, let preset, let number):
                guard let place = lane(of: series, preset) else { return orphan(name) }
                try self.series[place.series].lanes[place.lane].builder.journal.restore(number, &reader)
            case .score(let series, let label, let end):
                guard let place = entry(of: series, label) else { return orphan(name) }
                try restoreMinute(place, end) { minute throws(ChangelogReader.Malformed) in try minute.restore(&reader)
                }
            case .bins(let series, let label, let end, let page):
                guard let place = entry(of: series, label) else { return orphan(name) }
                try restoreMinute(place, end) { minute throws(ChangelogReader.Malformed) in
                    try minute.restore(page: page, &reader)
                }
            }
        } catch let error as ChangelogError {
            throw error
        } catch {
            throw .malformed(offset: offset)
        }
    }

    /// Puts what was restored in order. State of presets and models that are not served now goes with the next commit.
    /// - Parameter now: the clock; nil where nobody is going to add anything.
    /// - Returns: whether the changelog held a position, and the offset of the next record to add; nil before the first.
    package mutating func finishRestoring(now: Int64? = nil) -> (isKnown: Bool, next: Int64?) {
        for i in series.indices {
            for lane in series[i].lanes.indices { series[i].lanes[lane].builder.finishRestoring(now: now) }
        }
        dropped += orphans
        orphans.removeAll()
        return (isRestored, nextOffset)
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

    private mutating func restoreHead(
        _ place: (series: Int, lane: Int), _ reader: inout ChangelogReader
    ) throws(ChangelogReader.Malformed) {
        var lane = series[place.series].lanes[place.lane]
        try lane.builder.restoreHead(&reader)
        lane.scoredUntil = try reader.timeOrNever()
        lane.toldUntil = lane.scoredUntil
        for i in lane.entries.indices { lane.entries[i].probability = .nan }
        for _ in 0..<(try reader.count(ofSize: 16)) {
            let mark = try reader.word()
            let probability = try reader.double()
            guard let i = lane.entries.firstIndex(where: { models.list[$0.slot].mark == mark }) else { continue }
            lane.entries[i].probability = (0...1).contains(probability) ? probability : .nan
        }
        try reader.end()
        series[place.series].lanes[place.lane] = lane
    }

    private mutating func restoreMinute(
        _ place: (series: Int, lane: Int, entry: Int), _ end: Int64,
        _ body: (inout ScoreMinute) throws(ChangelogReader.Malformed) -> Void
    ) throws(ChangelogReader.Malformed) {
        guard end.magnitude < 1 << 60, end == end.aligned(to: ScoreMinute.lengthMs) else {
            throw ChangelogReader.Malformed()
        }
        let model = models.list[series[place.series].lanes[place.lane].entries[place.entry].slot]
        let minute = series[place.series].lanes[place.lane].entries[place.entry].minute(endingAt: end, of: model)
        try body(&series[place.series].lanes[place.lane].entries[place.entry].minutes[minute])
    }

    private mutating func orphan(_ key: PredictionKey) { orphans.insert(key) }

    private mutating func delete(_ key: PredictionKey) {
        orphans.remove(key)
        switch key {
        case .beginning, .position, .head, .bins: break
        case .minute(let series, let start):
            guard let place = lane(of: series, .horizon) else { return }
            self.series[place.series].lanes[place.lane].builder.horizon.dropRestored(start)
        case .ids(let series, let preset, let number):
            guard let place = lane(of: series, preset) else { return }
            self.series[place.series].lanes[place.lane].builder.journal.dropRestored(number)
        case .score(let series, let label, let end):
            guard let place = entry(of: series, label) else { return }
            self.series[place.series].lanes[place.lane].entries[place.entry].minutes.removeAll { $0.end == end }
        }
    }

    /// Where a lane is; nil where no model that is served has one there.
    private mutating func lane(of name: Series, _ preset: Preset) -> (series: Int, lane: Int)? {
        let key = Array(name.description.utf8)
        let index = table.index(of: key.span.bytes) ?? addSeries(name, key.span.bytes)
        return series[index].lanes.firstIndex { $0.preset == preset }.map { (index, $0) }
    }

    private mutating func entry(of name: Series, _ label: String) -> (series: Int, lane: Int, entry: Int)? {
        guard let slot = models.list.firstIndex(where: { $0.label == label }),
            let place = lane(of: name, models.list[slot].preset)
        else { return nil }
        return series[place.series].lanes[place.lane].entries.firstIndex { $0.slot == slot }.map {
            (place.series, place.lane, $0)
        }
    }
}

extension PredictionLane {
    /// New ids as chunks of at most `capacity`; with `onlyFull` the rest waits.
    fileprivate mutating func writeIDs(
        of name: Series, _ capacity: Int = TradeIDJournal.chunkCapacity, onlyFull: Bool = false,
        into batch: inout ChangelogBatch
    ) {
        let preset = preset
        let oldest = builder.oldestSlice
        _ = builder.journal.write(&builder.ids, oldest: oldest, of: capacity, onlyFull: onlyFull) { number, fill in
            batch.put(PredictionKey.ids(name, preset, number), fill)
        }
    }
}
