extension PartitionPredictions {
    /// The version of the changelog's format.
    static let stateVersion: Int64 = 2

    /// Whether something changed beside where the partition stands since the state was taken.
    package var hasChanges: Bool { !changed.isEmpty || !dropped.isEmpty }

    /// Writes what changed since the last call, and where the partition stands. *Complexity*: O(what changed).
    /// - Precondition: nothing is pending: `flush` was called.
    package mutating func takeChanges(into batch: inout ChangelogBatch) {
        precondition(pending.isEmpty, "what is pending is no part of the state")
        if !isBegun { batch.put(PredictionKey.beginning) { $0.put(PartitionPredictions.stateVersion) } }
        isBegun = true
        tidy(left)
        // Scores before what they are made with: who reads this finds them by it.
        for key in dropped { batch.delete(key) }
        dropped.removeAll(keepingCapacity: true)
        takeBases(into: &batch)
        for i in changed {
            series[Int(i)].isListed = false
            takeChanges(&series[Int(i)], into: &batch)
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
            series[Int(i)].writeIDs(capacity, onlyFull: true, into: &batch)
        }
    }

    /// Writes what scores of today's models, and of those that left something, are made with; that of others goes.
    private mutating func takeBases(into batch: inout ChangelogBatch) {
        var needed: [String: ScoreBasis] = [:]
        for model in models.list { needed[model.label] = model.basis }
        for i in left {
            for lane in series[i].lanes { for entry in lane.entries { needed[entry.basis.label] = entry.basis } }
        }
        for (label, basis) in stored where needed[label] == nil {
            batch.delete(PredictionKey.basis(basis.preset, label))
            stored[label] = nil
        }
        for (label, basis) in needed where stored[label] == nil {
            batch.put(PredictionKey.basis(basis.preset, label)) { basis.encode(into: &$0) }
            stored[label] = basis
        }
    }

    private func takeChanges(_ series: inout SeriesPredictions, into batch: inout ChangelogBatch) {
        let name = series.name
        series.writeIDs(into: &batch)
        series.gate.takeDropped { batch.delete(PredictionKey.ids(name, $0)) }
        for lane in series.lanes.indices { takeChanges(&series.lanes[lane], of: name, into: &batch) }
        batch.put(PredictionKey.head(name)) { writer in
            series.gate.encodeHead(into: &writer)
            writer.put(series.scoredUntil)
        }
    }

    private func takeChanges(_ lane: inout PredictionLane, of name: Series, into batch: inout ChangelogBatch) {
        lane.builder.horizon.takeMinutes { minute in
            batch.put(PredictionKey.minute(name, minute.start)) { minute.encode(into: &$0) }
        } drop: {
            batch.delete(PredictionKey.minute(name, $0))
        }
        for i in lane.entries.indices {
            let label = lane.entries[i].basis.label
            for m in lane.entries[i].minutes.indices {
                let end = lane.entries[i].minutes[m].end
                lane.entries[i].minutes[m].takeChanges { fill in
                    batch.put(PredictionKey.score(name, label, end), fill)
                } _: { page, fill in
                    batch.put(PredictionKey.bins(name, label, end, page: page), fill)
                }
            }
        }
        batch.put(PredictionKey.rows(name, lane.preset)) { writer in
            lane.builder.encode(into: &writer)
            writer.put(lane.entries.count)
            for entry in lane.entries {
                writer.put(entry.basis.mark)
                writer.put(entry.probability)
            }
        }
    }
}

extension SeriesPredictions {
    /// New ids as chunks of at most `capacity`; with `onlyFull` the rest waits.
    fileprivate mutating func writeIDs(
        _ capacity: Int = TradeIDJournal.chunkCapacity, onlyFull: Bool = false, into batch: inout ChangelogBatch
    ) {
        let name = name
        gate.writeIDs(capacity, onlyFull: onlyFull) { number, fill in
            batch.put(PredictionKey.ids(name, number), fill)
        }
    }
}
