internal import HTTPServer

/// What other services answer, each at this path without `/api`.
extension Endpoint {
    static let model = Endpoint(.get, "/api/model", "What the inference service serves").with(ofModel).refusing(
        404, 503)
    static let predict = Endpoint(.post, "/api/predict", "What a model predicts of a row").with(ofModel)
        .taking(#"{"type": ["object", "array"]}"#).giving(Schema.any).refusing(400, 404, 408, 413, 422, 503)
    static let alerts = Endpoint(.get, "/api/alerts", "What fires, and what is about to")
        .with(Parameter(name: "series", about: "Of this series only.", schema: Parameter.seriesText))
        .giving(Schema.object("alerts")).refusing(400, 503)
    static let rules = Endpoint(.get, "/api/rules", "The rules").giving(Schema.object("rules")).refusing(503)
    static let silences = Endpoint(.get, "/api/silences", "Who is not told of what, and until when")
        .giving(Schema.object("silences")).refusing(503)
    static let addSilence = Endpoint(.post, "/api/silences", "Silences alerts for a time").taking(Schema.object())
        .refusing(400, 408, 413, 415, 503)
    static let endSilence = Endpoint(.delete, "/api/silences/:id", "Ends a silence")
        .with(Parameter(name: "id", place: "path", isRequired: true, about: "The silence's.")).refusing(400, 404, 503)
    static let test = Endpoint(.post, "/api/test", "Sends a test message to everybody who is told of alerts")
        .taking(Schema.object()).refusing(408, 413, 415, 502, 503)

    private static let ofModel = Parameter(name: "model", about: "Which of several models.")
}
