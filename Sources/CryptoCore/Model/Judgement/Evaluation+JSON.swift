/// An evaluation as JSON: numbers, or words where there are none.
extension Evaluation {
    /// Appends the members of an object that the caller has opened.
    package func encodeFields(into json: inout JSONWriter) {
        json.field("verdict", verdict.sentence)
        json.key("beats_rules")
        if let beats = verdict.beatsRules { json.value(beats) } else { json.null() }
        json.field("rows", Int64(count))
        json.field("up_share", upShare)
        json.field("test_rows", Int64(testCount))
        json.field("test_up_share", testUpShare)
        list("forecasters", entries, into: &json) { entry, json in
            json.field("name", entry.name)
            json.field("kind", entry.kind.rawValue)
            entry.measures.encode(into: &json)
            if !parts.isEmpty {
                list("parts", Array(zip(parts, entry.parts)), into: &json) { part, json in
                    json.field("name", part.0.name)
                    part.1.encode(into: &json)
                }
            }
        }
        list("differences", comparisons, into: &json) { comparison, json in
            json.field("to", comparison.name)
            json.field("kind", comparison.kind.rawValue)
            comparison.difference.encode(into: &json)
        }
        encodeDetails(into: &json)
    }

    private func encodeDetails(into json: inout JSONWriter) {
        list("parts", parts, into: &json) { part, json in
            json.field("name", part.name)
            json.field("rows", Int64(part.count))
            json.field("share", part.share)
        }
        list("calibration", calibration, into: &json) { bin, json in
            json.field("from", bin.from)
            json.field("to", bin.to)
            json.field("rows", Int64(bin.count))
            json.field("forecast", bin.forecast)
            json.field("came", bin.came)
        }
        list("folds", folds, into: &json) { $0.encodeFields(into: &$1) }
        json.key("hour_blocks")
        hours.encode(into: &json)
        json.key("day_blocks")
        days.encode(into: &json)
        json.field("notes", notes)
    }

    private func list<Element>(
        _ name: StaticString, _ elements: [Element], into json: inout JSONWriter,
        _ fields: (Element, inout JSONWriter) -> Void
    ) {
        json.key(name)
        json.beginArray()
        for element in elements {
            json.beginObject()
            fields(element, &json)
            json.endObject()
        }
        json.endArray()
    }
}

extension Evaluation.Fold {
    fileprivate func encodeFields(into json: inout JSONWriter) {
        json.field("train_rows", Int64(trainCount))
        json.field("train_up_share", trainUpShare)
        json.field("test_rows", Int64(testCount))
        json.field("test_up_share", testUpShare)
        json.field("purged", Int64(purged))
        json.field("embargoed", Int64(embargoed))
        if let testFrom { json.field("test_from", testFrom) }
        if let testUntil { json.field("test_until", testUntil) }
        json.key("auc")
        auc.encode(into: &json)
        json.key("log_loss")
        logLoss.encode(into: &json)
    }
}

extension Evaluation.Blocks {
    fileprivate func encode(into json: inout JSONWriter) {
        json.beginObject()
        json.field("count", Int64(count))
        json.field("length_ms", lengthMs)
        json.field("unit", unit)
        if let reason { json.field("no_intervals", reason) }
        json.endObject()
    }
}
