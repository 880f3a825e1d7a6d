/// Why a client does not get what it asked for; handlers throw it too.
package enum HTTPError: Error, Equatable, Sendable {
    /// 400: what is wrong with the request.
    case badRequest(String)
    /// 401: the route wants the server's token.
    case unauthorized
    /// 403: a page of another origin wants something changed.
    case crossOrigin
    /// 404: nobody answers at this path.
    case notFound
    /// 405: the path takes these methods only.
    case methodNotAllowed(allow: String)
    /// 408: the request did not come whole in time. *Units*: seconds.
    case tooSlow(seconds: UInt32)
    /// 413: *Units*: bytes.
    case tooLong(limit: Int)
    /// 415: the client does not say that it sends JSON.
    case notJSON
    /// 421: the `Host` is no name of this server.
    case wrongHost
    /// 503: why it is not to be had now.
    case unavailable(String)
    /// 503: clients that are not done yet hold all the memory that there is for them.
    case overloaded

    /// As the client gets it: `{"error":"..."}`.
    package var response: HTTPResponse {
        switch self {
        case .badRequest(let reason): .error(reason, status: 400)
        case .unauthorized:
            .error("give the token as Authorization: Bearer", status: 401, headers: [("WWW-Authenticate", "Bearer")])
        case .crossOrigin: .error("pages of other origins may not ask for this", status: 403)
        case .notFound: .error("there is nothing at this path", status: 404)
        case .methodNotAllowed(let allow):
            .error("this path takes \(allow)", status: 405, headers: [("Allow", allow)])
        case .tooSlow(let seconds): .error("the request did not come whole within \(seconds) s", status: 408)
        case .tooLong(let limit): .error("the body is longer than \(limit) bytes", status: 413)
        case .notJSON: .error("say what you send: Content-Type: application/json", status: 415)
        case .wrongHost:
            .error(
                "the Host of the request is no name of this server: where it should be one, give it with --hosts",
                status: 421)
        case .unavailable(let reason): .error(reason, status: 503)
        case .overloaded:
            .error(
                "other requests fill the server's memory: ask again in a moment", status: 503,
                headers: [("Retry-After", "1")])
        }
    }
}
