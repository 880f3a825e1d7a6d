/// Who answers which requests, and how.
///
/// The path may have parameters, `/windows/:series`, or end in `*`. Handlers run on the thread that runs the server and answer
/// at once, since every client waits meanwhile; what takes longer is a `later` route.
package struct HTTPRoute: Sendable {
    /// Answers at once, by the request and its body.
    package typealias Handler = @Sendable (borrowing HTTPRequest, RawSpan) throws(HTTPError) -> HTTPResponse
    /// Has the question answered elsewhere: whoever is given the `PendingAnswer` sends the response when it is there. Request and body
    /// are valid while the handler runs.
    package typealias LaterHandler = @Sendable (borrowing HTTPRequest, RawSpan, PendingAnswer) throws(HTTPError) -> Void
    /// Chooses what a client listens to.
    package typealias StreamChoice = @Sendable (borrowing HTTPRequest) throws(HTTPError) -> EventStream

    enum Kind: Sendable {
        case now(Handler)
        case later(LaterHandler, patienceMs: Int64, otherwise: @Sendable () -> HTTPResponse)
        case events(StreamChoice)
        case files(StaticFiles)
    }

    let method: HTTPMethod
    let pattern: PathPattern
    let kind: Kind
    private(set) var needsToken = true
    private(set) var isCompressed = false

    private init(_ method: HTTPMethod, _ path: String, _ kind: Kind) {
        self.method = method
        self.pattern = PathPattern(path)
        self.kind = kind
    }

    /// GET, and HEAD without the body.
    package static func get(
        _ path: String, handler: @escaping @Sendable (borrowing HTTPRequest) throws(HTTPError) -> HTTPResponse
    ) -> HTTPRoute {
        HTTPRoute(.get, path, .now { (request, _) throws(HTTPError) in try handler(request) })
    }

    /// A request with a body, which is valid while the handler runs.
    package static func post(_ path: String, handler: @escaping Handler) -> HTTPRoute {
        HTTPRoute(.post, path, .now(handler))
    }

    /// The same for any method.
    package static func on(_ method: HTTPMethod, _ path: String, handler: @escaping Handler) -> HTTPRoute {
        HTTPRoute(method, path, .now(handler))
    }

    /// A request whose answer another thread gives; where it has not come after `patienceMs`, the client gets `otherwise`.
    package static func later(
        _ path: String, on method: HTTPMethod = .get, patienceMs: Int64,
        otherwise: @escaping @Sendable () -> HTTPResponse, handler: @escaping LaterHandler
    ) -> HTTPRoute {
        HTTPRoute(method, path, .later(handler, patienceMs: patienceMs, otherwise: otherwise))
    }

    /// Server-sent events: the client stays and hears what is published from then on.
    package static func events(_ path: String, _ choice: @escaping StreamChoice) -> HTTPRoute {
        HTTPRoute(.get, path, .events(choice))
    }

    /// The files below a path that ends in a slash.
    package static func files(_ files: StaticFiles, under path: String = "/") -> HTTPRoute {
        precondition(path.hasSuffix("/"), "files lie below a path that ends in a slash: \(path)")
        return HTTPRoute(.get, path + "*", .files(files))
    }

    /// The same route, whose long texts and JSON go as gzip to clients that take it. They are compressed where they are made: by the thread that
    /// runs the server, or by the one that gives a later answer.
    package func compressed() -> HTTPRoute {
        var copy = self
        copy.isCompressed = true
        return copy
    }

    /// The same route for everybody, also where the server wants a token: probes of orchestrators have none.
    package func withoutToken() -> HTTPRoute {
        var copy = self
        copy.needsToken = false
        return copy
    }
}
