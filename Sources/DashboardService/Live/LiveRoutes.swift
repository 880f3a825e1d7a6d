internal import HTTPServer

/// `GET /api/live`, `GET /api/stream` and `GET /api/services`.
struct LiveRoutes: Sendable {
    let view: LiveView

    var routes: [APIRoute] {
        [
            .now(.live, gzip: view.snapshot(gzip:)),
            .now(.services) { .json(view.services) },
            .events(.stream, view.stream),
        ]
    }
}
