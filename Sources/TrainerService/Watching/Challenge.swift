internal import CryptoCore
internal import ServiceRuntime

/// What became of a challenger: it and the champion forecast the same rows, which neither had seen.
struct Challenge: Sendable, Equatable {
    /// The version that was served.
    let champion: Int
    let duel: Evaluation.Duel
    /// Whether somebody chose another version than the champion while the challenger learned: that choice stands.
    var isOvertaken = false

    /// Whether the challenger is served from now on.
    var isPromoted: Bool { duel.isChallengerBetter && !isOvertaken }

    /// One line for people.
    var sentence: String {
        let rows = "\(CardNumber.grouped(duel.count)) fresh rows"
        let outcome =
            isPromoted
            ? "it took the place of version \(champion)"
            : isOvertaken
                ? "it did better than version \(champion), in whose place somebody had put another one meanwhile: that is served"
                : "version \(champion) is served on"
        return "As a challenger, judged by \(rows), \(outcome). \(duel.sentence)"
    }

    /// What a version's card says of it as a challenger; nil where it says something else, or cannot be read.
    static func record(card bytes: [UInt8]) -> ChallengeRecord? {
        let bytes = bytes.span.bytes
        var scanner = JSONScanner()
        do throws(DecodeError) {
            try scanner.enterObject(bytes)
            while let key = try scanner.nextKey(bytes) {
                guard key.equals("challenge", in: bytes) else {
                    try scanner.skipValue(bytes)
                    continue
                }
                return try record(&scanner, bytes)
            }
        } catch { return nil }
        return nil
    }

    /// Reads a member `challenge`; cards of before `overtaken` do not have it.
    private static func record(
        _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> ChallengeRecord? {
        var champion: Int64?, isPromoted: Bool?, isOvertaken = false
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            if key.equals("champion", in: bytes) {
                champion = try scanner.integer(bytes)
            } else if key.equals("promoted", in: bytes) {
                isPromoted = try scanner.bool(bytes)
            } else if key.equals("overtaken", in: bytes) {
                isOvertaken = try scanner.bool(bytes)
            } else {
                // Of log loss and AUC, which have a champion's too.
                try scanner.skipValue(bytes)
            }
        }
        guard let champion, let isPromoted else { return nil }
        return ChallengeRecord(champion: Int(champion), isLost: !isPromoted && !isOvertaken)
    }

    /// Appends a member `challenge`.
    func encode(into json: inout JSONWriter) {
        json.key("challenge")
        json.beginObject()
        json.field("champion", Int64(champion))
        json.field("promoted", isPromoted)
        json.field("overtaken", isOvertaken)
        json.field("verdict", sentence)
        json.field("rows", Int64(duel.count))
        json.field("intervals_by", duel.hours.unit)
        for metric in [Metric.logLoss, .auc] {
            json.key(metric.name)
            json.beginObject()
            encode("challenger", duel.challenger[metric], into: &json)
            encode("champion", duel.champion[metric], into: &json)
            encode("difference", duel.difference[metric], into: &json)
            json.endObject()
        }
        json.endObject()
    }

    private func encode(_ name: StaticString, _ measure: Measure, into json: inout JSONWriter) {
        json.key(name)
        json.beginObject()
        json.key("value")
        measure.value.encode(into: &json)
        if let interval = measure.byHours {
            json.key("by_hours")
            interval.encode(into: &json)
        }
        json.endObject()
    }
}

/// The model that is served.
struct Champion: Sendable {
    let version: Int
    let model: Model

    /// What it says of rows.
    /// - Throws: `.otherFeatures`.
    func probabilities(of rows: RowTable) throws(ModelError) -> [Double] {
        guard model.featureNames == rows.names else {
            throw .otherFeatures(wanted: model.featureNames, found: rows.names)
        }
        return model.forest.probabilities(FeatureMatrix(names: rows.names, columns: rows.columns))
    }
}
