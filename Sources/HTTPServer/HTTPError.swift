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
    /// 413: *Units*: bytes.
    case tooLong(limit: Int)
    /// 421: the `Host` is no name of this server.
    case wrongHost
    /// 503: why it is not to be had now.
    case unavailable(String)

    /// As the client gets it: a line of text.
    package var response: HTTPResponse {
        switch self {
        case .badRequest(let reason): .text("\(reason)\n", status: 400)
        case .unauthorized:
            .text("give the token as Authorization: Bearer\n", status: 401, headers: [("WWW-Authenticate", "Bearer")])
        case .crossOrigin: .text("pages of other origins may not ask for this\n", status: 403)
        case .notFound: .text("there is nothing at this path\n", status: 404)
        case .methodNotAllowed(let allow):
            .text("this path takes \(allow)\n", status: 405, headers: [("Allow", allow)])
        case .tooLong(let limit): .text("the body is longer than \(limit) bytes\n", status: 413)
        case .wrongHost: .text("the Host of the request is no name of this server\n", status: 421)
        case .unavailable(let reason): .text("\(reason)\n", status: 503)
        }
    }
}
