internal import HTTPServer

/// What is live.
extension Endpoint {
    static let live = Endpoint(.get, "/api/live", "Everything that is known now, series by series")
        .giving(Schema.object("n", "id", "now", "kafka", "store")).refusing()
    static let stream = Endpoint(.get, "/api/stream", "Server-sent events behind it; resumes by Last-Event-ID")
        .giving(Schema.object("data"), as: "text/event-stream").refusing()
    static let services = Endpoint(.get, "/api/services", "How the services do").giving(Schema.array).refusing()
    static let openAPI = Endpoint(.get, "/api/openapi.json", "This").giving(Schema.object("openapi", "paths"))
        .refusing()
}
