internal import HTTPServer

/// `GET /api/live` and `GET /api/stream`.
struct LiveRoutes: Sendable {
    let view: LiveView

    var routes: [HTTPRoute] {
        [
            .get("/api/live") { _ in .json(view.snapshot()) },
            .events("/api/stream") { _ in view.stream },
        ]
    }
}
