/// The records that predictions and scores become.
extension PartitionPredictions {
    /// How the predictions of a model for a series begin: members of a JSON object. What a thousand of them have in common is written once.
    func head(of series: Series, _ model: PredictionModel) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("source", series.source)
        json.field("symbol", series.symbol)
        json.field("model", model.name)
        json.field("version", Int64(model.version))
        json.field("model_hash", model.hash)
        return Array(json.bytes.dropFirst())
    }

    /// Writes what a model said, byte for byte as `Prediction` has it.
    func write(
        _ place: Int, _ probability: Double, by model: PredictionModel, _ head: [UInt8], _ output: inout OutputBatch
    ) {
        let index = Int(pending.events[place].series)
        let time = pending.events[place].row.time
        output.append(.predictions, key: series[index].key) { json in
            json.beginObject()
            head.withUnsafeBytes { json.raw($0) }
            let isWindow = model.preset == .horizon
            json.field("kind", isWindow ? "window" : pending.events[place].tickKind == .trade ? "trade" : "quote")
            json.field("event_time", time)
            let id = pending.events[place].id
            if !isWindow, !id.isEmpty {
                pending.ids.withUnsafeBytes {
                    json.field("trade_id", escaped: UnsafeRawBufferPointer(rebasing: $0[id]))
                }
            }
            json.field("prediction", Int64(Forest.outcome(of: probability)))
            json.field("probability", probability)
            if let horizon = model.preset.horizonMs { json.field("horizon_ms", horizon) }
            if model.isExpired(at: time) { json.field("expired", true) }
            if model.isDefault { json.field("default", true) }
            if model.isShadow { json.field("shadow", true) }
            json.endObject()
        }
    }
}

extension Score {
    /// The score of a minute that holds a prediction.
    init(_ minute: ScoreMinute, of series: Series, by basis: ScoreBasis) {
        self.init()
        self.series = series
        model = basis.name
        version = Int64(basis.version)
        asOf = minute.end
        spanMs = ScoreMinute.lengthMs
        count = Int64(minute.count)
        decidedUp = Int64(minute.ups)
        truePositives = Int64(minute.upsSaid)
        falsePositives = Int64(minute.downsSaid)
        accuracy = minute.accuracy
        balancedAccuracy = minute.balancedAccuracy
        logLoss = minute.meanLogLoss
        brier = minute.brier
        auc = minute.auc
        baseRate = Double(minute.ups) / Double(minute.count)
        for (number, rule) in basis.rules.enumerated() {
            guard let rule else { continue }
            let figures = minute.figures(ofRule: number, rule)
            baselines[rule.name] = Baseline(accuracy: figures.accuracy, logLoss: figures.logLoss)
        }
        probabilityBins = minute.filledBins
        for feature in basis.spreads.indices {
            guard let index = minute.psi(ofFeature: feature, basis) else { continue }
            let name = basis.preset.features[feature].name
            psi[name] = index
            featureBins[name] = minute.filledBins(ofFeature: feature, basis)
        }
    }
}
