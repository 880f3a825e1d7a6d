/// Which models predict a series, and how others take their place.
extension PartitionPredictions {
    /// The lanes of a series, in the order of the presets: those of models that were trained on it.
    func lanes(of name: Series) -> ContiguousArray<PredictionLane> {
        ContiguousArray(
            Preset.allCases.compactMap { preset in
                let entries = models.list.indices
                    .filter { models.list[$0].preset == preset && models.list[$0].knows(name) }
                    .map { PredictionLane.Entry(slot: $0, head: head(of: name, models.list[$0])) }
                guard !entries.isEmpty else { return nil }
                return PredictionLane(
                    builder: RowBuilder(preset, stream: time), entries: ContiguousArray(entries))
            })
    }

    /// Predicts with other models from the next record on.
    ///
    /// A model that stays goes on as if nothing had been; rows go on where a model of their preset stays or comes. Of a model that goes the
    /// scores in the making are written as they stand, and what is undecided of its predictions is never scored.
    package mutating func change(to new: PredictionModels, into output: inout OutputBatch) {
        flush(into: &output)
        let old = models
        models = new
        untrained.removeAll()
        for i in series.indices {
            var lanes = lanes(of: series[i].name)
            for l in series[i].lanes.indices {
                let place = lanes.firstIndex { $0.preset == series[i].lanes[l].preset }
                if let place { keep(series[i].lanes[l], in: &lanes[place], old) } else { forget(i, l) }
                for entry in series[i].lanes[l].entries where !isServed(old.list[entry.slot]) {
                    for minute in entry.minutes { end(minute, of: old.list[entry.slot], i, into: &output) }
                }
            }
            series[i].lanes = lanes
            list(i)
            if lanes.isEmpty, series[i].isMet { untrained.append(series[i].name) }
        }
        nextClosing = .min
    }

    private func isServed(_ model: PredictionModel) -> Bool { models.list.contains { $0.label == model.label } }

    /// What a lane knows goes on in another one of its preset.
    private func keep(_ old: PredictionLane, in new: inout PredictionLane, _ models: PredictionModels) {
        new.builder = old.builder
        new.scoredUntil = old.scoredUntil
        new.toldUntil = old.toldUntil
        for i in new.entries.indices {
            let label = self.models.list[new.entries[i].slot].label
            guard let same = old.entries.first(where: { models.list[$0.slot].label == label }) else { continue }
            new.entries[i].probability = same.probability
            new.entries[i].minutes = same.minutes
        }
    }

    /// No model of the lane's preset predicts the series any more: its state goes.
    private mutating func forget(_ index: Int, _ lane: Int) {
        let name = series[index].name
        let preset = series[index].lanes[lane].preset
        dropped.append(.head(name, preset))
        for start in series[index].lanes[lane].builder.horizon.stored { dropped.append(.minute(name, start)) }
        series[index].lanes[lane].builder.journal.expire(before: .max)
        series[index].lanes[lane].builder.journal.takeDropped { dropped.append(.ids(name, preset, $0)) }
    }

    /// Writes a score and lets its state go.
    mutating func end(_ minute: ScoreMinute, of model: PredictionModel, _ index: Int, into output: inout OutputBatch) {
        let name = series[index].name
        if minute.count > 0 { output.append(.scores, Score(minute, of: name, by: model)) }
        guard minute.isStored else { return }
        dropped.append(.score(name, model.label, minute.end))
        for page in minute.pages { dropped.append(.bins(name, model.label, minute.end, page: page)) }
    }
}
