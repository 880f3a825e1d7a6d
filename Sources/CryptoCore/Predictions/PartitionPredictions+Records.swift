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
    init(_ minute: ScoreMinute, of series: Series, by model: PredictionModel) {
        self.init()
        self.series = series
        self.model = model.name
        version = Int64(model.version)
        asOf = minute.end
        spanMs = ScoreMinute.lengthMs
        count = Int64(minute.count)
        decidedUp = Int64(minute.ups)
        accuracy = minute.accuracy
        balancedAccuracy = minute.balancedAccuracy
        logLoss = minute.meanLogLoss
        brier = minute.brier
        auc = minute.auc
        baseRate = Double(minute.ups) / Double(minute.count)
        for (number, rule) in model.rules.enumerated() {
            guard let rule else { continue }
            let figures = minute.figures(ofRule: number, rule)
            baselines[rule.name] = Baseline(accuracy: figures.accuracy, logLoss: figures.logLoss)
        }
        for (feature, name) in model.model.featureNames.enumerated() where feature < model.binStarts.count {
            if let index = minute.psi(ofFeature: feature, model) { psi[name] = index }
        }
    }
}
