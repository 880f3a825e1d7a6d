/// Memory that predicting many rows at once needs, kept from one time to the next.
struct PredictionScratch: Sendable {
    /// The rows that a model predicts, row after row, by `FloatOrder`, and which events these are.
    var keys: [UInt32] = []
    var events: [Int] = []
    var sums: [Double] = []
    /// What each model says of each event: *shape* events × models; NaN: nothing.
    var probabilities: [Double] = []
}

/// Predicts what is pending and lets it take its course.
extension PartitionPredictions {
    /// Writes everything that the records added so far lead to. When it is called changes nothing of it.
    package mutating func flush(into output: inout OutputBatch) {
        // Ids of ticks that opened nothing lie there, too.
        guard !pending.isEmpty else { return pending.removeAll() }
        predict()
        for place in pending.events.indices { settle(place, into: &output) }
        pending.removeAll()
    }

    private mutating func predict() {
        let width = models.list.count
        scratch.probabilities.removeAll(keepingCapacity: true)
        scratch.probabilities.append(contentsOf: repeatElement(.nan, count: pending.events.count * width))
        for slot in models.list.indices {
            gather(slot)
            models.list[slot].model.forest.probabilities(scratch.keys, into: &scratch.sums)
            for (i, place) in scratch.events.enumerated() {
                scratch.probabilities[place &* width &+ slot] = scratch.sums[i]
            }
        }
    }

    /// Collects the rows that a model predicts; those with unknown features are predicted here.
    private mutating func gather(_ slot: Int) {
        scratch.keys.removeAll(keepingCapacity: true)
        scratch.events.removeAll(keepingCapacity: true)
        let model = models.list[slot]
        for place in pending.events.indices where pending.events[place].kind == .opened {
            let (series, lane) = (Int(pending.events[place].series), Int(pending.events[place].lane))
            guard self.series[series].lanes[lane].preset == model.preset,
                model.predicts(at: pending.events[place].row.time),
                self.series[series].lanes[lane].entries.contains(where: { $0.slot == slot })
            else { continue }
            let row = pending.events[place].row
            if row.appendKeys(to: &scratch.keys) {
                scratch.events.append(place)
            } else {
                scratch.probabilities[place &* models.list.count &+ slot] = row.withFeatures {
                    model.model.forest.probability($0)
                }
            }
        }
    }

    private mutating func settle(_ place: Int, into output: inout OutputBatch) {
        let (index, lane) = (Int(pending.events[place].series), Int(pending.events[place].lane))
        switch pending.events[place].kind {
        case .opened: open(place, index, lane, into: &output)
        case .decided: decide(place, index, lane)
        case .dropped:
            for i in series[index].lanes[lane].entries.indices {
                if !series[index].lanes[lane].entries[i].probability.isNaN { counts.undecided &+= 1 }
                series[index].lanes[lane].entries[i].probability = .nan
            }
        case .ended: endMinutes(upTo: pending.events[place].outcome.until, index, into: &output)
        }
    }

    private mutating func open(_ place: Int, _ index: Int, _ lane: Int, into output: inout OutputBatch) {
        for i in series[index].lanes[lane].entries.indices {
            guard let slot = series[index].lanes[lane].entries[i].slot else { continue }
            let probability = scratch.probabilities[place &* models.list.count &+ slot]
            series[index].lanes[lane].entries[i].probability = probability
            if probability.isNaN {
                counts.learned &+= 1
            } else {
                counts.predicted &+= 1
                write(place, probability, by: models.list[slot], series[index].lanes[lane].entries[i].head, &output)
            }
        }
    }

    private mutating func decide(_ place: Int, _ index: Int, _ lane: Int) {
        let (row, outcome) = (pending.events[place].row, pending.events[place].outcome)
        // What is decided behind its minute's end counts in the oldest minute that is open.
        let scoredUntil = series[index].scoredUntil
        let end = max(
            ScoreMinute.end(of: row, outcome), scoredUntil == .min ? .min : scoredUntil &+ ScoreMinute.lengthMs)
        for i in series[index].lanes[lane].entries.indices {
            let probability = series[index].lanes[lane].entries[i].probability
            guard !probability.isNaN else { continue }
            series[index].lanes[lane].entries[i].probability = .nan
            let basis = series[index].lanes[lane].entries[i].basis
            let minute = series[index].lanes[lane].entries[i].minute(endingAt: end)
            series[index].lanes[lane].entries[i].minutes[minute].add(row, outcome, said: probability, by: basis)
            if outcome.isSameOrder { counts.sameOrder &+= 1 } else { counts.scored &+= 1 }
        }
    }

    private mutating func endMinutes(upTo end: Int64, _ index: Int, into output: inout OutputBatch) {
        series[index].scoredUntil = end
        for lane in series[index].lanes.indices {
            for i in series[index].lanes[lane].entries.indices {
                while let minute = series[index].lanes[lane].entries[i].minutes.first, minute.end <= end {
                    series[index].lanes[lane].entries[i].minutes.removeFirst()
                    self.end(minute, of: series[index].lanes[lane].entries[i].basis, index, into: &output)
                }
            }
        }
    }
}

extension PredictionLane.Entry {
    /// The place of a minute among those in the making.
    mutating func minute(endingAt end: Int64) -> Int {
        var place = minutes.count
        while place > 0, minutes[place - 1].end > end { place -= 1 }
        if place > 0, minutes[place - 1].end == end { return place - 1 }
        minutes.insert(ScoreMinute(end: end, of: basis), at: place)
        return place
    }
}

extension Row {
    /// Appends its features by `FloatOrder`; nothing, and false, where one is not known.
    @inline(__always)
    fileprivate func appendKeys(to keys: inout [UInt32]) -> Bool {
        for i in 0..<featureCount where feature(i).isNaN { return false }
        for i in 0..<featureCount { keys.append(FloatOrder.key(feature(i))) }
        return true
    }
}
