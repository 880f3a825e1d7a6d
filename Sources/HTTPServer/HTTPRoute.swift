/// Who answers which requests.
package struct HTTPRoute: Sendable {
    /// In capitals: `GET`, which answers HEAD too.
    package let method: String
    /// The whole path: `/health/live`.
    package let path: String
    /// Answers at once, since every client waits meanwhile. *Thread*: the one that runs the server.
    package let handler: @Sendable (HTTPRequest) -> HTTPResponse

    /// Answers requests of this method for this path.
    package init(_ method: String, _ path: String, handler: @escaping @Sendable (HTTPRequest) -> HTTPResponse) {
        self.method = method
        self.path = path
        self.handler = handler
    }
}

/// Finds the route of a request. Pure.
struct Router: Sendable {
    private let routes: [HTTPRoute]

    init(_ routes: [HTTPRoute]) { self.routes = routes }

    /// The handler, or the answer when there is none: 404 or 405.
    func find(method: String, path: String) -> Result<HTTPRoute, Refusal> {
        let candidates = routes.filter { $0.path == path }
        if candidates.isEmpty {
            return .failure(Refusal(response: .text("there is nothing at this path\n", status: 404)))
        }
        let wanted = method == "HEAD" ? "GET" : method
        if let route = candidates.first(where: { $0.method == wanted }) { return .success(route) }
        var allowed = Set(candidates.map(\.method))
        if allowed.contains("GET") { allowed.insert("HEAD") }
        let list = allowed.sorted().joined(separator: ", ")
        let response = HTTPResponse.text("this path takes \(list)\n", status: 405, headers: [("Allow", list)])
        return .failure(Refusal(response: response))
    }

    /// Why a request has no handler.
    struct Refusal: Error {
        let response: HTTPResponse
    }
}
