/// Which models predict a series, and how others take their place.
extension PartitionPredictions {
    /// Predicts with other models from the next record on.
    ///
    /// Rows go on where a model of their preset stays, comes or has something open. A model that goes predicts nothing more: what it said is
    /// decided and scored as if it had stayed, and a version that comes back meanwhile goes on where it was.
    package mutating func change(to new: PredictionModels, into output: inout OutputBatch) {
        flush(into: &output)
        models = new
        untrained.removeAll()
        for i in series.indices {
            var old = series[i].lanes
            series[i].lanes = []
            addLanes(to: i)
            for l in old.indices { take(over: &old[l], in: i) }
            list(i)
            if series[i].isMet, !series[i].isServed { untrained.append(series[i].name) }
        }
        tidy(Array(series.indices))
        nextClosing = .min
    }

    /// Adds the lanes of the models that were trained on a series without any.
    mutating func addLanes(to index: Int) {
        let name = series[index].name
        for (slot, model) in models.list.enumerated() where model.knows(name) {
            let lane = series[index].place(of: model.preset)
            series[index].lanes[lane].entries.append(
                PredictionLane.Entry(slot: slot, basis: model.basis, head: head(of: name, model)))
        }
    }

    /// What a lane knows goes on in the one of its preset.
    private mutating func take(over old: inout PredictionLane, in index: Int) {
        let lane = series[index].place(of: old.preset)
        series[index].lanes[lane].builder = old.builder
        for entry in old.entries {
            let place = series[index].lanes[lane].place(of: entry.basis)
            series[index].lanes[lane].entries[place].probability = entry.probability
            series[index].lanes[lane].entries[place].minutes = entry.minutes
        }
    }

    /// Lets models go of which nothing waits any more, and lanes without models; keeps in mind which of these series still have some.
    mutating func tidy(_ places: [Int]) {
        for i in places {
            for l in series[i].lanes.indices.reversed() {
                let served = series[i].lanes[l].entries.filter { $0.slot != nil }
                for e in series[i].lanes[l].entries.indices.reversed() where series[i].lanes[l].entries[e].slot == nil {
                    let entry = series[i].lanes[l].entries[e]
                    // A version whose file is another one now begins anew: a minute has one score.
                    let isReplaced = served.contains { $0.basis.isNamed(as: entry.basis) }
                    guard isReplaced || entry.isOver else { continue }
                    if !entry.probability.isNaN { counts.undecided &+= 1 }
                    for minute in entry.minutes { forget(minute, of: entry.basis, i) }
                    series[i].lanes[l].entries.remove(at: e)
                    list(i)
                }
                if series[i].lanes[l].entries.isEmpty { forget(series[i].lanes.remove(at: l), i) }
            }
        }
        left = places.filter { series[$0].isLeft }
    }

    /// No model has something open in a lane: its state goes.
    private mutating func forget(_ lane: PredictionLane, _ index: Int) {
        let name = series[index].name
        dropped.append(.rows(name, lane.preset))
        for start in lane.builder.horizon.stored { dropped.append(.minute(name, start)) }
    }

    /// Lets a score's state go.
    private mutating func forget(_ minute: ScoreMinute, of basis: ScoreBasis, _ index: Int) {
        guard minute.isStored else { return }
        let name = series[index].name
        dropped.append(.score(name, basis.label, minute.end))
        for page in minute.pages { dropped.append(.bins(name, basis.label, minute.end, page: page)) }
    }

    /// Writes a score and lets its state go.
    mutating func end(_ minute: ScoreMinute, of basis: ScoreBasis, _ index: Int, into output: inout OutputBatch) {
        if minute.count > 0 { output.append(.scores, Score(minute, of: series[index].name, by: basis)) }
        forget(minute, of: basis, index)
    }
}
