/// One request that the dashboard answers, as its OpenAPI document tells of it.
struct Endpoint: Sendable {
    /// A value in the path or the query.
    struct Parameter: Sendable {
        let name: String
        var place = "query"
        var isRequired = false
        let about: String
        var schema = #"{"type": "string"}"#
    }

    /// In small letters.
    var method = "get"
    let path: String
    let summary: String
    var parameters: [Parameter] = []
    /// The schema of its body; nil where it has none.
    var body: String?
    /// The schema of its answer, and its type.
    var answer = #"{"type": "object"}"#
    var type = "application/json"
    /// Statuses with which it is refused.
    var errors: [Int] = [400, 503, 504]

    private static let time = #"{"type": "integer"}"#
    private static let series = Parameter(name: "series", isRequired: true, about: "Whose, such as binance:BTC-USDT.")
    private static let span = [
        Parameter(name: "from", about: "The first time wanted, ms.", schema: time),
        Parameter(name: "to", about: "The first time behind them, ms.", schema: time),
    ]
    private static let step = Parameter(name: "step", about: "How long a bucket is, ms.", schema: time)
    private static let model = Parameter(name: "model", about: "Which of several models.")

    /// All of them, in the order of the document.
    static let all: [Endpoint] = live + history + udf + neighbours

    private static let live = [
        Endpoint(path: "/api/live", summary: "Everything that is known now, series by series", errors: []),
        Endpoint(
            path: "/api/stream", summary: "Server-sent events behind it; resumes by Last-Event-ID",
            answer: #"{"type": "string"}"#,
            type: "text/event-stream", errors: []),
        Endpoint(path: "/api/services", summary: "How the services do", answer: #"{"type": "array"}"#, errors: []),
        Endpoint(path: "/api/openapi.json", summary: "This", errors: []),
    ]

    private static let history = [
        Endpoint(
            path: "/api/candles", summary: "Candles of a series, from its final minutes or its ticks",
            parameters: [series] + span + [
                step,
                Parameter(name: "by", about: "What they are made of.", schema: #"{"enum": ["minutes", "ticks"]}"#),
            ]),
        Endpoint(
            path: "/api/rows/{table}", summary: "Rows of a table as they lie in the store, page by page",
            parameters: [
                Parameter(
                    name: "table", place: "path", isRequired: true, about: "As /api/tables names it.",
                    schema:
                        #"{"enum": ["ticks", "windows", "trends", "indicators", "predictions", "scores", "alerts", "late", "dead_letters"]}"#
                ),
                Parameter(name: "series", about: "Whose; needed but for alerts and dead_letters."),
            ] + span + [
                Parameter(name: "columns", about: "Names of columns, separated by commas."),
                Parameter(name: "match", about: "column:value, which rows must have; may be repeated."),
                Parameter(name: "order", about: "By time.", schema: #"{"enum": ["newest", "oldest"]}"#),
                Parameter(
                    name: "limit", about: "Rows a page.",
                    schema: #"{"type": "integer", "minimum": 1, "maximum": 10000}"#),
                Parameter(name: "after", about: "The `next` of the page before."),
                Parameter(name: "format", about: "What comes.", schema: #"{"enum": ["json", "csv"]}"#),
            ]),
        Endpoint(
            path: "/api/medians", summary: "Median prices by the taker's side, bucket by bucket",
            parameters: [series] + span + [step]),
        Endpoint(path: "/api/gaps", summary: "Where ticks are missing, of all series", parameters: span),
        Endpoint(
            path: "/api/market", summary: "Change and turnover of all series, from final minutes", parameters: span),
        Endpoint(path: "/api/series", summary: "The series that the store or the stream knows"),
        Endpoint(path: "/api/tables", summary: "The tables, their columns and how many rows they have"),
        Endpoint(path: "/api/store", summary: "Which store it is, and whether it can be read", errors: []),
        Endpoint(path: "/api/questions", summary: "Questions that are saved"),
        Endpoint(
            method: "post", path: "/api/query",
            summary: "A question in the store's own language: SQL, or a filter document",
            body: #"{"type": "object"}"#, errors: [400, 408, 413, 503, 504]),
    ]

    private static let udf = [
        Endpoint(path: "/udf/config", summary: "TradingView's UDF: what it can do", errors: []),
        Endpoint(
            path: "/udf/time", summary: "UDF: the time, seconds", answer: #"{"type": "string"}"#, type: "text/plain",
            errors: []),
        Endpoint(
            path: "/udf/symbols", summary: "UDF: one symbol",
            parameters: [Parameter(name: "symbol", isRequired: true, about: "A series.")], errors: [400, 404, 503, 504]),
        Endpoint(
            path: "/udf/search", summary: "UDF: symbols by a part of their name",
            parameters: [
                Parameter(name: "query", about: "A part of the name."),
                Parameter(name: "limit", about: "How many.", schema: #"{"type": "integer"}"#),
            ], answer: "{}"),
        Endpoint(
            path: "/udf/history", summary: "UDF: bars; times are seconds",
            parameters: [
                Parameter(name: "symbol", isRequired: true, about: "A series."),
                Parameter(name: "resolution", about: "Minutes, or 1D."),
                Parameter(name: "from", about: "Seconds.", schema: time),
                Parameter(name: "to", about: "Seconds.", schema: time),
                Parameter(name: "countback", about: "How many bars before `to`.", schema: time),
            ]),
    ]

    private static let neighbours = [
        Endpoint(
            path: "/api/model", summary: "What the inference service serves", parameters: [model], errors: [404, 503]),
        Endpoint(
            method: "post", path: "/api/predict", summary: "What a model predicts of a row", parameters: [model],
            body: #"{"type": ["object", "array"]}"#, answer: "{}", errors: [400, 404, 408, 413, 422, 503]),
        Endpoint(
            path: "/api/alerts", summary: "What fires, and what is about to",
            parameters: [Parameter(name: "series", about: "Of this series only.")], errors: [400, 503]),
        Endpoint(path: "/api/rules", summary: "The rules", errors: [503]),
        Endpoint(path: "/api/silences", summary: "Who is not told of what, and until when", errors: [503]),
        Endpoint(
            method: "post", path: "/api/silences", summary: "Silences alerts for a time", body: #"{"type": "object"}"#,
            errors: [400, 408, 413, 503]),
        Endpoint(
            method: "delete", path: "/api/silences/{id}", summary: "Ends a silence",
            parameters: [Parameter(name: "id", place: "path", isRequired: true, about: "The silence's.")],
            errors: [404, 503]),
        Endpoint(
            method: "post", path: "/api/test", summary: "Sends a test message to everybody who is told of alerts",
            errors: [408, 502, 503]),
    ]
}
