internal import CryptoCore
internal import HTTPServer
internal import ServiceKit
internal import ServiceRuntime

/// `POST /predict`: an object of features is answered by an object, an array of them by an array.
struct PredictRoute: Sendable {
    let models: AskedModels
    let metrics: RequestMetrics

    var route: HTTPRoute {
        .post("/predict") { request, body in
            let startNs = metrics.startNs
            do throws(Refusal) {
                let answer = try answer(models.find(request.queryValue("model")), body)
                metrics.answered(since: startNs)
                return answer
            } catch {
                metrics.refused(error)
                return error.response
            }
        }
    }

    private func answer(_ model: AskedModel, _ body: RawSpan) throws(Refusal) -> HTTPResponse {
        var rows = RowReader(model.features)
        try rows.read(body)
        model.predictions.add(rows.rowCount)
        var json = JSONWriter(reservingBytes: 96 * max(1, rows.rowCount))
        if !rows.isArray {
            PredictRoute.write(model.forest.probability(rows.values.span), model, to: &json)
            return .json(json.bytes)
        }
        json.beginArray()
        for probability in model.forest.probabilities(rows: rows.values) {
            PredictRoute.write(probability, model, to: &json)
        }
        json.endArray()
        return .json(json.bytes)
    }

    private static func write(_ probability: Double, _ model: AskedModel, to json: inout JSONWriter) {
        json.beginObject()
        json.field("prediction", Int64(Forest.outcome(of: probability)))
        json.field("probability", probability)
        json.field("model", model.served.name)
        json.field("version", Int64(model.served.version))
        json.endObject()
    }
}
