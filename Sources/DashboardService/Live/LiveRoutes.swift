internal import HTTPServer

/// `GET /api/live`, `GET /api/stream` and `GET /api/services`.
struct LiveRoutes: Sendable {
    let view: LiveView

    var routes: [HTTPRoute] {
        [
            .get("/api/live") { _ in .json(view.snapshot()) },
            .get("/api/services") { _ in .json(view.services) },
            .events("/api/stream") { _ in view.stream },
        ]
    }
}
