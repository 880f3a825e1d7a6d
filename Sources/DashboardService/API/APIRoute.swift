internal import HTTPServer

/// What the dashboard answers and what its document says of it, which are one: a route has the method and the path of its endpoint.
struct APIRoute: Sendable {
    let endpoint: Endpoint
    let route: HTTPRoute

    /// Answers at once.
    static func now(
        _ endpoint: Endpoint, _ handler: @escaping @Sendable () throws(HTTPError) -> HTTPResponse
    ) -> APIRoute {
        APIRoute(
            endpoint: endpoint,
            route: .on(endpoint.method, endpoint.path) { (_, _) throws(HTTPError) in try handler() })
    }

    /// Answers at once, by whether the client takes gzip: for what many are given and is compressed once.
    static func now(
        _ endpoint: Endpoint, gzip handler: @escaping @Sendable (Bool) -> HTTPResponse
    ) -> APIRoute {
        APIRoute(
            endpoint: endpoint,
            route: .on(endpoint.method, endpoint.path) { (request, _) in handler(request.takesGzip) })
    }

    /// Answered by another thread.
    static func later(
        _ endpoint: Endpoint, patienceMs: Int64, otherwise: @escaping @Sendable () -> HTTPResponse,
        handler: @escaping HTTPRoute.LaterHandler
    ) -> APIRoute {
        APIRoute(
            endpoint: endpoint,
            route: .later(
                endpoint.path, on: endpoint.method, patienceMs: patienceMs, otherwise: otherwise, handler: handler))
    }

    /// Server-sent events.
    static func events(_ endpoint: Endpoint, _ stream: EventStream) -> APIRoute {
        APIRoute(endpoint: endpoint, route: .events(endpoint.path) { _ in stream })
    }
}
