internal import CryptoCore
internal import HTTPServer
internal import ServiceRuntime

/// `GET /model`: what is served. One model is the answer itself, several are an object by name, none is `{"model":null}`.
///
/// A model that should be served and never could be is one of several: of it there is the name and the problem.
struct ModelRoute: Sendable {
    let models: AskedModels

    var route: HTTPRoute {
        .get("/model") { request in
            let now = models.now
            do throws(Refusal) {
                if let name = request.queryValue("model") { return .json(ModelRoute.json(try models.find(name), now)) }
                guard now.models.count == 1, now.unserved.isEmpty else { return .json(json(of: now)) }
                return .json(ModelRoute.json(now.models[0], now))
            } catch { return error.response }
        }
    }

    private static func json(_ model: AskedModel, _ now: AskedModels.Table) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 4_096 + model.served.model.metrics.count)
        write(model, now, to: &json)
        return json.bytes
    }

    private func json(of now: AskedModels.Table) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 4_096)
        json.beginObject()
        if now.models.isEmpty {
            json.key("model")
            json.null()
            if let problem = now.problem { json.field("problem", problem) }
            json.field("train", models.trainCommand)
        }
        for model in now.models {
            json.key(model.served.name)
            ModelRoute.write(model, now, to: &json)
        }
        if !now.models.isEmpty {
            for (name, problem) in now.unserved {
                json.key(name)
                json.beginObject()
                json.field("name", name)
                json.field("problem", problem)
                json.endObject()
            }
        }
        json.endObject()
        return json.bytes
    }

    private static func write(_ asked: AskedModel, _ now: AskedModels.Table, to json: inout JSONWriter) {
        let served = asked.served, model = served.model
        json.beginObject()
        json.field("name", served.name)
        json.field("version", Int64(served.version))
        json.field("hash", served.fileHash)
        json.field("preset", model.preset)
        json.field("default", served.name == now.snapshot.defaultName)
        json.key("features")
        json.beginArray()
        for feature in asked.features { json.value(feature.name) }
        json.endArray()
        json.key("training")
        json.beginObject()
        if let from = model.trainedFrom { json.field("from", from) }
        if let until = model.trainedUntil { json.field("until", until) }
        json.key("series")
        json.beginArray()
        for series in model.series { json.value(series) }
        json.endArray()
        json.endObject()
        json.field("trees", Int64(model.forest.treeCount))
        json.field("leaves", Int64(model.forest.leafCount))
        if let target = served.preset?.target { json.field("target", target) }
        if let problem = now.snapshot.problems[served.name] { json.field("problem", problem) }
        json.key("metrics")
        if ModelRoute.isJSON(model.metrics) {
            model.metrics.withUnsafeBytes { json.raw($0) }
        } else {
            json.null()
        }
        json.endObject()
    }

    /// Whether the card that lies in a model's file can be handed on as it is.
    private static func isJSON(_ bytes: [UInt8]) -> Bool {
        var scanner = JSONScanner()
        do throws(DecodeError) {
            try scanner.skipValue(bytes.span.bytes)
            try scanner.end(bytes.span.bytes)
            return true
        } catch { return false }
    }
}
