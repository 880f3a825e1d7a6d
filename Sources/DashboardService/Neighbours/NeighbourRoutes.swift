internal import CryptoCore
internal import HTTPServer
internal import NetClient

/// What other services answer, under `/api`: the model, predictions, alerts, silences and test messages.
struct NeighbourRoutes: Sendable {
    let neighbours: Neighbours
    /// Where they answer; nil: there is none.
    let inference: String?
    let alerter: String?

    var routes: [APIRoute] {
        [Endpoint.model, .predict].map { route("inference", inference, $0) }
            + [Endpoint.alerts, .rules, .silences, .addSilence, .endSilence, .test].map {
                route("alerter", alerter, $0)
            }
    }

    private func route(_ name: String, _ address: String?, _ endpoint: Endpoint) -> APIRoute {
        let verb = NetClient.HTTPRequest.Method(rawValue: endpoint.method.rawValue) ?? .get
        let theirs = String(endpoint.path.dropFirst("/api".count))
        return .later(
            endpoint, patienceMs: Neighbours.patienceMs + 5_000,
            otherwise: { Neighbours.away(name, because: "no answer within \(Neighbours.patienceMs / 1000) s") }
        ) { (request, body, answer) throws(HTTPError) in
            guard let address else { return answer.send(NeighbourRoutes.nobody(name, endpoint.method, theirs)) }
            var url = address + theirs
            if theirs.hasSuffix(":id") {
                url = String(url.dropLast(3)) + PercentText.escaped(try request.parameter("id"))
            }
            let query = request.query.map { "\(PercentText.escaped($0.name))=\(PercentText.escaped($0.value))" }
            if !query.isEmpty { url += "?" + query.joined(separator: "&") }
            // The other service demands of a page that changes something what it demands of everybody.
            let headers: HTTPHeaders =
                verb == .get ? [:] : ["Content-Type": request.header("Content-Type") ?? "text/plain"]
            let bytes = body.withUnsafeBytes { Array($0) }
            let asked = NetClient.HTTPRequest(url, method: verb, headers: headers, body: bytes)
            try neighbours.ask(NeighbourQuestion(name: name, request: asked, answer: answer))
        }
    }
}

extension NeighbourRoutes {
    /// The answer where a service is not a part of this pipeline: what there is of it is nothing.
    private static func nobody(_ name: String, _ method: HTTPMethod, _ path: String) -> HTTPResponse {
        switch (method, path) {
        case (.get, "/model"):
            return .json(#"{"model":null,"train":"start it with --models DIR, and train one into that folder"}"#)
        case (.get, "/alerts"), (.get, "/rules"), (.get, "/silences"):
            return .json(#"{"\#(path.dropFirst())":[]}"#)
        default:
            return .error(
                "there is no \(name) here: start the pipeline with \(name == "alerter" ? "--rules FILE" : "--models DIR")",
                status: 503)
        }
    }
}
