internal import CryptoCore
internal import HTTPServer
internal import ServiceKit
internal import ServiceRuntime

/// The Open Inference Protocol, version 2, with binary tensors: what clients of Triton, KServe and MLServer speak.
struct OpenInference: Sendable {
    private let models: AskedModels
    private let metrics: RequestMetrics

    /// Who looks on the disk for versions that are not served.
    private let desk = VersionDesk()

    init(models: AskedModels, metrics: RequestMetrics) {
        self.models = models
        self.metrics = metrics
    }

    var routes: [HTTPRoute] {
        [
            .get("/v2") { _ in .json(OpenInference.server) },
            HTTPRoute.get("/v2/health/live") { _ in .json(#"{"live":true}"#) }.withoutToken(),
            HTTPRoute.get("/v2/health/ready") { _ in .json(#"{"ready":true}"#) }.withoutToken(),
        ] + servedRoutes("/v2/models/:model") + versionRoutes("/v2/models/:model/versions/:version")
    }

    private static let server =
        #"{"name":"cryptostream","version":"\#(Version.text)","extensions":["binary_tensor_data"]}"#

    /// About the version of a model that is served.
    private func servedRoutes(_ path: String) -> [HTTPRoute] {
        [
            later(.get, path) { (request, _, answer) throws(HTTPError) in
                let name = try request.parameter("model")
                // Which versions there are stands on the disk.
                desk.ask(answer) { respond { () throws(Refusal) in try metadata(served(name)) } }
            },
            .get("\(path)/ready") { request throws(HTTPError) in
                let name = try request.parameter("model")
                return respond { () throws(Refusal) in OpenInference.ready(try served(name)) }
            },
            .post("\(path)/infer") { request, body throws(HTTPError) in
                let name = try request.parameter("model"), head = InferHead(request)
                return measure { () throws(Refusal) in try infer(head, body, served(name)) }
            },
        ]
    }

    /// About any version of a model.
    private func versionRoutes(_ path: String) -> [HTTPRoute] {
        [
            later(.get, path) { (request, _, answer) throws(HTTPError) in
                let wanted = try WantedVersion(request)
                desk.ask(answer) { respond { () throws(Refusal) in try metadata(find(wanted)) } }
            },
            later(.get, "\(path)/ready") { (request, _, answer) throws(HTTPError) in
                let wanted = try WantedVersion(request)
                if let served = served(wanted) { return answer.send(OpenInference.ready(served)) }
                desk.ask(answer) { respond { () throws(Refusal) in OpenInference.ready(try find(wanted)) } }
            },
            later(.post, "\(path)/infer") { (request, body, answer) throws(HTTPError) in
                let wanted = try WantedVersion(request), head = InferHead(request)
                if let served = served(wanted) {
                    return answer.send(measure { () throws(Refusal) in try infer(head, body, served) })
                }
                // The body is the server's, and gone when another thread comes to it.
                let bytes = body.withUnsafeBytes { Array($0) }
                desk.ask(answer) {
                    measure { () throws(Refusal) in try infer(head, bytes.span.bytes, find(wanted)) }
                }
            },
        ]
    }

    private func later(
        _ method: HTTPMethod, _ path: String, _ handler: @escaping HTTPRoute.LaterHandler
    ) -> HTTPRoute {
        .later(path, on: method, patienceMs: VersionDesk.patienceMs, otherwise: VersionDesk.busy, handler: handler)
    }

    // MARK: Which model

    /// A version of a model, as a path names it.
    private struct WantedVersion: Sendable {
        let model: String
        let version: String

        init(_ request: borrowing HTTPRequest) throws(HTTPError) {
            (model, version) = (try request.parameter("model"), try request.parameter("version"))
        }
    }

    private func served(_ name: String) throws(Refusal) -> AskedModel {
        let now = models.now
        if let found = now.named(name) { return found }
        if let problem = now.snapshot.problems[name] { throw .noModel("\(name) cannot be served: \(problem)") }
        throw .unknownModel("there is no model \(Refusal.shown(name))")
    }

    /// The version that a path names, where it is the served one: nobody waits for it behind those that must be read.
    private func served(_ wanted: WantedVersion) -> AskedModel? {
        models.now.named(wanted.model).flatMap { "\($0.served.version)" == wanted.version ? $0 : nil }
    }

    /// Any version of a model. Blocks where it must be read.
    private func find(_ wanted: WantedVersion) throws(Refusal) -> AskedModel {
        guard let name = VersionName("\(wanted.model):\(wanted.version)") else {
            let (version, model) = (Refusal.shown(wanted.version), Refusal.shown(wanted.model))
            throw .unknownModel("there is no version \(version) of a model \(model)")
        }
        return try models.version(name)
    }

    // MARK: Answers

    private func respond(_ make: () throws(Refusal) -> HTTPResponse) -> HTTPResponse {
        do throws(Refusal) { return try make() } catch { return error.response }
    }

    /// The same of a request for predictions, which is counted and timed.
    private func measure(_ make: () throws(Refusal) -> HTTPResponse) -> HTTPResponse {
        let startNs = metrics.startNs
        return respond { () throws(Refusal) in
            do throws(Refusal) {
                let answer = try make()
                metrics.answered(since: startNs)
                return answer
            } catch {
                metrics.refused(error)
                throw error
            }
        }
    }

    private static func ready(_ model: AskedModel) -> HTTPResponse {
        .json(#"{"name":"\#(model.served.name)","ready":true}"#)
    }

    private func metadata(_ model: AskedModel) throws(Refusal) -> HTTPResponse {
        .json(OpenInference.metadata(model, try models.versions(of: model.served.name)))
    }

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

    /// What the headers of a request say of its body.
    private struct InferHead: Sendable {
        let encoding: String?
        let jsonLength: String?

        init(_ request: borrowing HTTPRequest) {
            encoding = request.header("Content-Encoding")
            jsonLength = request.header(InferAnswer.lengthHeader)
        }
    }

    private func infer(_ head: InferHead, _ body: RawSpan, _ model: AskedModel) throws(Refusal) -> HTTPResponse {
        if let encoding = head.encoding, encoding.lowercased() != "identity" {
            throw .packed("the body is packed (\(Refusal.shown(encoding))): send it as it is")
        }
        let asked = try InferRequest(body, jsonCount: try OpenInference.jsonCount(head, body.byteCount))
        let answer = try InferAnswer(asked, model)
        let rows = try InferRows(asked, model.features, body)
        model.predictions.add(rows.rowCount)
        return answer.response(model.forest.probabilities(rows: rows.values))
    }

    /// How many bytes of the body are JSON: all, where the client does not say.
    private static func jsonCount(_ head: InferHead, _ byteCount: Int) throws(Refusal) -> Int {
        guard let text = head.jsonLength else { return byteCount }
        guard let count = Int(text), (0...byteCount).contains(count) else {
            throw .tensor("\(InferAnswer.lengthHeader): must be a number of bytes up to the body's \(byteCount)")
        }
        return count
    }
}
