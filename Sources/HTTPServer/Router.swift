/// Finds the route of a request. Pure; *Complexity*: linear in the routes, no allocation where one is found.
struct Router: Sendable {
    /// A route, once, so that a request takes one count of it instead of one of each of its parts.
    final class Entry: Sendable {
        let method: HTTPMethod
        let pattern: PathPattern
        let kind: HTTPRoute.Kind
        let needsToken: Bool
        let isCompressed: Bool

        init(_ route: HTTPRoute) {
            method = route.method
            pattern = route.pattern
            kind = route.kind
            needsToken = route.needsToken
            isCompressed = route.isCompressed
        }
    }

    /// What is said plainly first, otherwise in the order in which they were given.
    let routes: [Entry]

    init(_ routes: [HTTPRoute]) {
        // Sorting keeps what is equal in its order only when the order is part of it.
        self.routes = routes.enumerated().sorted { a, b in
            a.element.pattern.goesBefore(b.element.pattern)
                || (!b.element.pattern.goesBefore(a.element.pattern) && a.offset < b.offset)
        }.map { Entry($0.element) }
    }

    /// The place of the route, and where the parameters lie.
    /// - Throws: `.notFound`, `.methodNotAllowed`.
    func find(_ method: HTTPMethod?, _ path: UnsafeRawBufferPointer) throws(HTTPError) -> (Int, PathMatch) {
        var isPath = false
        for (index, route) in routes.enumerated() {
            // A path that is said plainly is not looked for among the files.
            if isPath, route.pattern.isOpen { break }
            guard let match = route.pattern.match(path) else { continue }
            if route.method == method { return (index, match) }
            isPath = true
        }
        guard isPath else { throw .notFound }
        var allowed = Set(routes.filter { !$0.pattern.isOpen && $0.pattern.match(path) != nil }.map(\.method.rawValue))
        if allowed.isEmpty { allowed = ["GET"] }  // files
        if allowed.contains("GET") { allowed.insert("HEAD") }
        throw .methodNotAllowed(allow: allowed.sorted().joined(separator: ", "))
    }
}
