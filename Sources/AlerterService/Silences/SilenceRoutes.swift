internal import CryptoCore
internal import HTTPServer
internal import System

/// `GET /silences`, `POST /silences` and `DELETE /silences/ID`.
///
/// *Thread*: any; who asks for a change is answered by the desk.
struct SilenceRoutes: Sendable {
    /// More that last or are to come are not made over HTTP.
    private static let mostSilences = 1_000

    let board: SilenceBoard
    let desk: SilenceDesk

    var routes: [HTTPRoute] { [list, make, end] }

    private var list: HTTPRoute {
        .get("/silences") { _ throws(HTTPError) in
            let now = SystemClock().wallMs()
            var json = JSONWriter()
            json.beginObject()
            json.key("silences")
            json.beginArray()
            for silence in try silences().current(at: now) { silence.show(in: &json, at: now) }
            json.endArray()
            json.endObject()
            return .json(json.bytes)
        }
    }

    private var make: HTTPRoute {
        later("/silences", on: .post) { (request, body, answer) throws(HTTPError) in
            try request.requireJSON()
            guard body.byteCount <= SilenceWish.bodyLimit else { throw .tooLong(limit: SilenceWish.bodyLimit) }
            let now = SystemClock().wallMs()
            let silence: Silence
            do throws(SilenceWish.Unfit) {
                silence = try SilenceWish(json: body).silence(at: now)
            } catch { throw .badRequest(error.description) }
            guard try silences().current(at: now).count < SilenceRoutes.mostSilences else {
                throw .badRequest("there are \(SilenceRoutes.mostSilences) silences already: end some of them")
            }
            var json = JSONWriter()
            silence.show(in: &json, at: now)
            try desk.leave(SilenceChange(silence), .json(json.bytes, status: 201), for: answer)
        }
    }

    private var end: HTTPRoute {
        later("/silences/:id", on: .delete) { (request, _, answer) throws(HTTPError) in
            let id = try request.parameter("id")
            guard let change = try silences().ending(id, at: SystemClock().wallMs()) else {
                return answer.send(.error("no silence of this id lasts or is to come", status: 404))
            }
            let done = HTTPResponse(status: 204, contentType: "application/json", body: [])
            try desk.leave(change, done, for: answer)
        }
    }

    private func later(
        _ path: String, on method: HTTPMethod, handler: @escaping HTTPRoute.LaterHandler
    ) -> HTTPRoute {
        .later(
            path, on: method, patienceMs: SilenceDesk.patienceMs, otherwise: { SilenceDesk.lateAnswer },
            handler: handler)
    }

    private func silences() throws(HTTPError) -> Silences {
        guard let silences = board.silences else { throw .unavailable("silences are not read yet: ask again") }
        return silences
    }
}

extension Silence {
    /// Appends it as a JSON object, with its state.
    fileprivate func show(in json: inout JSONWriter, at ms: Int64) {
        json.beginObject()
        json.field("id", id)
        json.field("state", from <= ms ? "active" : "pending")
        json.field("matchers", matchers)
        json.field("from", from)
        json.field("until", until)
        json.field("by", by)
        json.endObject()
    }
}
