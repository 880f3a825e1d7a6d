internal import CryptoCore
internal import ServiceKit

extension Card {
    /// `card.json`: the same for programs.
    var json: [UInt8] {
        var json = JSONWriter(reservingBytes: 16_384)
        json.beginObject()
        json.field("verdict", verdict)
        json.key("beats_rules")
        if let beats = evaluation?.verdict.beatsRules { json.value(beats) } else { json.null() }
        json.field("better_baselines", betterBaselines)
        json.field("name", name)
        json.field("version", Int64(version))
        json.field("preset", preset.rawValue)
        json.field("target", preset.target)
        if let caution = preset.caution { json.field("caution", caution) }
        json.field("created", UTCTime.text(ms: createdMs))
        encodeTraining(&json)
        encodeForest(&json)
        encodeFeatures(&json)
        encodeRules(&json)
        if let challenge { challenge.encode(into: &json) }
        json.key("evaluation")
        if let evaluation {
            json.beginObject()
            evaluation.encodeFields(into: &json)
            json.endObject()
        } else {
            json.value(verdict)
        }
        json.endObject()
        return json.bytes + [UInt8(ascii: "\n")]
    }

    private func encodeTraining(_ json: inout JSONWriter) {
        json.key("training")
        guard let training else { return json.null() }
        json.beginObject()
        json.field("rows", Int64(training.count))
        json.field("up_share", training.upShare)
        if let from = training.fromMs, let until = training.untilMs {
            json.field("from", from)
            json.field("until", until)
        }
        json.key("series")
        json.beginArray()
        for series in training.series { json.value(series) }
        json.endArray()
        json.endObject()
    }

    private func encodeForest(_ json: inout JSONWriter) {
        json.key("forest")
        json.beginObject()
        json.field("trees", Int64(forest.trees))
        json.field("leaves", Int64(forest.leaves))
        switch forest.origin {
        case .imported(let imported):
            json.field("imported_from", imported.file)
            json.field("features_named_by", imported.namesFeatures ? "file" : "preset")
        case .grown(let grown):
            json.field("depth", Int64(grown.settings.depth))
            json.field("min_leaf", Int64(grown.settings.minLeaf))
            json.field("seed", Int64(clamping: grown.settings.seed))
            json.field("class_weights", ClassWeightsFlag.text(grown.settings.classWeights))
            json.field("out_of_bag_accuracy", orNull: grown.outOfBagAccuracy)
            json.field("threads", Int64(grown.threads))
            json.field("grow_seconds", grown.seconds)
        }
        json.field("read_seconds", forest.readSeconds)
        json.field("judge_seconds", forest.judgeSeconds)
        json.endObject()
    }

    private func encodeFeatures(_ json: inout JSONWriter) {
        json.key("features")
        json.beginArray()
        for feature in features {
            json.beginObject()
            json.field("name", feature.name)
            json.field("meaning", feature.meaning)
            json.field("gain", orNull: feature.gain)
            json.field("permutation", orNull: feature.permutation)
            json.field("mean", orNull: finite(feature.spread?.mean))
            json.field("standard_deviation", orNull: finite(feature.spread?.standardDeviation))
            if let spread = feature.spread { encode(spread, &json) }
            if let hasOwnBins = feature.hasOwnBins {
                json.field("bins", hasOwnBins ? "every value" : "not every value")
            }
            json.endObject()
        }
        json.endArray()
        if let importance {
            json.field("permutation_rows", Int64(importance.count))
            json.field("permutation_rows_available", Int64(importance.available))
        }
    }

    /// The bins that scores count live values in (`feature_bins`): where they end (inclusive), and the share of training rows in each.
    private func encode(_ spread: FeatureSpread, _ json: inout JSONWriter) {
        json.key("spread")
        json.beginObject()
        for (name, numbers) in [("edges", spread.edges), ("shares", spread.shares)] {
            json.key(name)
            json.beginArray()
            for number in numbers { json.value(number) }
            json.endArray()
        }
        json.endObject()
    }

    private func finite(_ number: Double?) -> Double? { number.flatMap { $0.isFinite ? $0 : nil } }

    private func encodeRules(_ json: inout JSONWriter) {
        json.key("rules")
        json.beginArray()
        for rule in rules {
            json.beginObject()
            json.field("name", rule.name)
            json.key("shares")
            json.beginArray()
            for share in rule.shares { json.value(share) }
            json.endArray()
            json.endObject()
        }
        json.endArray()
    }
}
