internal import HTTPServer
internal import NetClient

/// What other services answer, under `/api`: the model, predictions, alerts, silences and test messages.
struct NeighbourRoutes: Sendable {
    let neighbours: Neighbours
    /// Where they answer; nil: there is none.
    let inference: String?
    let alerter: String?

    var routes: [HTTPRoute] {
        [
            inference(.get, "/api/model", "/model"),
            inference(.post, "/api/predict", "/predict"),
            alerter(.get, "/api/alerts", "/alerts"),
            alerter(.get, "/api/rules", "/rules"),
            alerter(.get, "/api/silences", "/silences"),
            alerter(.post, "/api/silences", "/silences"),
            alerter(.delete, "/api/silences/:id", "/silences/:id"),
            alerter(.post, "/api/test", "/test"),
        ]
    }

    private func inference(_ method: HTTPMethod, _ path: String, _ theirs: String) -> HTTPRoute {
        route("inference", inference, method, path, theirs)
    }

    private func alerter(_ method: HTTPMethod, _ path: String, _ theirs: String) -> HTTPRoute {
        route("alerter", alerter, method, path, theirs)
    }

    private func route(
        _ name: String, _ address: String?, _ method: HTTPMethod, _ path: String, _ theirs: String
    ) -> HTTPRoute {
        let verb = NetClient.HTTPRequest.Method(rawValue: method.rawValue) ?? .get
        return .later(
            path, on: method, patienceMs: Neighbours.patienceMs + 5_000,
            otherwise: { Neighbours.away(name, because: "no answer within \(Neighbours.patienceMs / 1000) s") }
        ) { (request, body, answer) throws(HTTPError) in
            guard let address else { return answer.send(NeighbourRoutes.nobody(name, theirs)) }
            var url = address + theirs
            if theirs.hasSuffix(":id") {
                url = String(url.dropLast(3)) + QueryText.escaped(try request.parameter("id"))
            }
            let query = request.query.map { "\(QueryText.escaped($0.name))=\(QueryText.escaped($0.value))" }
            if !query.isEmpty { url += "?" + query.joined(separator: "&") }
            // The other service demands of a page that changes something what it demands of everybody.
            let headers: HTTPHeaders =
                method == .get ? [:] : ["Content-Type": request.header("Content-Type") ?? "text/plain"]
            let bytes = body.withUnsafeBytes { Array($0) }
            let asked = NetClient.HTTPRequest(url, method: verb, headers: headers, body: bytes)
            try neighbours.ask(NeighbourQuestion(name: name, request: asked, answer: answer))
        }
    }
}

extension NeighbourRoutes {
    /// The answer where a service is not a part of this pipeline: what there is of it is nothing.
    private static func nobody(_ name: String, _ path: String) -> HTTPResponse {
        switch path {
        case "/model":
            return .json(#"{"model":null,"train":"start it with --models DIR, and train one into that folder"}"#)
        case "/alerts", "/rules", "/silences": return .json(#"{"\#(path.dropFirst())":[]}"#)
        default:
            return .error(
                "there is no \(name) here: start the pipeline with \(name == "alerter" ? "--rules FILE" : "--models DIR")",
                status: 503)
        }
    }
}

/// Texts as they stand in an address. *Source*: RFC 3986, section 2.3.
enum QueryText {
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += "%" + (digits.utf8.count < 2 ? "0" : "") + digits
            }
        }
        return escaped
    }
}
