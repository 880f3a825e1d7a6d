internal import CryptoCore
internal import HTTPServer
internal import ServiceKit
internal import ServiceRuntime

/// The Open Inference Protocol, version 2, with binary tensors: what clients of Triton, KServe and MLServer speak.
struct OpenInference: Sendable {
    let models: AskedModels
    let metrics: RequestMetrics

    var routes: [HTTPRoute] {
        [
            .get("/v2") { _ in .json(OpenInference.server) },
            HTTPRoute.get("/v2/health/live") { _ in .json(#"{"live":true}"#) }.withoutToken(),
            HTTPRoute.get("/v2/health/ready") { _ in .json(#"{"ready":true}"#) }.withoutToken(),
        ] + routes(of: "/v2/models/:model", isVersioned: false)
            + routes(of: "/v2/models/:model/versions/:version", isVersioned: true)
    }

    private func routes(of path: String, isVersioned: Bool) -> [HTTPRoute] {
        [
            .get(path) { request throws(HTTPError) in
                try answer(find(request, isVersioned)) { model in
                    .json(OpenInference.metadata(model, models.versions(of: model.served.name)))
                }
            },
            .get("\(path)/ready") { request throws(HTTPError) in
                try answer(find(request, isVersioned)) { .json(#"{"name":"\#($0.served.name)","ready":true}"#) }
            },
            .post("\(path)/infer") { request, body throws(HTTPError) in
                try infer(request, body, find(request, isVersioned))
            },
        ]
    }

    private static let server =
        #"{"name":"cryptostream","version":"\#(Version.text)","extensions":["binary_tensor_data"]}"#

    // MARK: Which model

    /// The model that the path names.
    private func find(
        _ request: borrowing HTTPRequest, _ isVersioned: Bool
    ) throws(HTTPError) -> Result<AskedModel, Refusal> {
        let name = try request.parameter("model")
        guard isVersioned else {
            if let found = models.now.named(name) { return .success(found) }
            return .failure(.unknownModel("there is no model \(Refusal.shown(name))"))
        }
        let version = try request.parameter("version")
        if let found = VersionName("\(name):\(version)").flatMap({ models.version($0) }) { return .success(found) }
        return .failure(
            .unknownModel("there is no version \(Refusal.shown(version)) of a model \(Refusal.shown(name))"))
    }

    private func answer(_ model: Result<AskedModel, Refusal>, _ make: (AskedModel) -> HTTPResponse) -> HTTPResponse {
        switch model {
        case .success(let model): make(model)
        case .failure(let refusal): refusal.response
        }
    }

    // MARK: Answers

    /// Which tensors a model takes and gives.
    private static func metadata(_ model: AskedModel, _ versions: [Int]) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 1_024)
        json.beginObject()
        json.field("name", model.served.name)
        json.key("versions")
        json.beginArray()
        for version in versions { json.value("\(version)") }
        json.endArray()
        json.field("platform", "cryptostream-forest")
        json.key("inputs")
        json.beginArray()
        write("input", "FP64", [-1, model.features.count], to: &json) { json in
            json.key("parameters")
            json.beginObject()
            json.field("columns", model.featureList)
            json.endObject()
        }
        json.endArray()
        json.key("outputs")
        json.beginArray()
        for output in InferAnswer.Output.allCases { write(output.rawValue, output.datatype, [-1], to: &json) { _ in } }
        json.endArray()
        json.endObject()
        return json.bytes
    }

    private static func write(
        _ name: String, _ datatype: String, _ shape: [Int], to json: inout JSONWriter,
        _ more: (inout JSONWriter) -> Void
    ) {
        json.beginObject()
        json.field("name", name)
        json.field("datatype", datatype)
        json.key("shape")
        json.beginArray()
        for side in shape { json.value(Int64(side)) }
        json.endArray()
        more(&json)
        json.endObject()
    }

    private func infer(
        _ request: borrowing HTTPRequest, _ body: RawSpan, _ model: Result<AskedModel, Refusal>
    ) -> HTTPResponse {
        let startNs = metrics.startNs
        do throws(Refusal) {
            let answer = try predict(request, body, model.get())
            metrics.answered(since: startNs)
            return answer
        } catch {
            metrics.refused(error)
            return error.response
        }
    }

    private func predict(
        _ request: borrowing HTTPRequest, _ body: RawSpan, _ model: AskedModel
    ) throws(Refusal) -> HTTPResponse {
        if let encoding = request.header("Content-Encoding"), encoding.lowercased() != "identity" {
            throw .packed("the body is packed (\(Refusal.shown(encoding))): send it as it is")
        }
        let asked = try InferRequest(body, jsonCount: try OpenInference.jsonCount(request, body.byteCount))
        let answer = try InferAnswer(asked, model)
        let rows = try InferRows(asked, model.features, body)
        model.predictions.add(rows.rowCount)
        return answer.response(model.forest.probabilities(rows: rows.values))
    }

    /// How many bytes of the body are JSON: all, where the client does not say.
    private static func jsonCount(_ request: borrowing HTTPRequest, _ byteCount: Int) throws(Refusal) -> Int {
        guard let text = request.header(InferAnswer.lengthHeader) else { return byteCount }
        guard let count = Int(text), (0...byteCount).contains(count) else {
            throw .tensor("\(InferAnswer.lengthHeader): must be a number of bytes up to the body's \(byteCount)")
        }
        return count
    }
}
