internal import CryptoCore
internal import HTTPServer

/// What the store holds.
extension Endpoint {
    static let candles = Endpoint(.get, "/api/candles", "Candles of a series, from its final minutes or its ticks")
        .with(.series, .from, .to, .step)
        .with(Parameter(name: "by", about: "What they are made of.", schema: Schema.choice(of: ["minutes", "ticks"])))
        .giving(Schema.object("series", "from", "to", "step", "by", "columns", "rows", "gaps", "read"))

    static let rows: Endpoint = {
        let tables = Table.allCases.map(\.name.description)
        var endpoint = Endpoint(.get, "/api/rows/:table", "Rows of a table as they lie in the store, page by page")
            .with(
                Parameter(
                    name: "table", place: "path", isRequired: true, about: "As /api/tables names it.",
                    schema: Schema.choice(of: tables)),
                Parameter(
                    name: "series", about: "Whose; needed but for alerts and dead_letters.",
                    schema: Parameter.seriesText),
                .from, .to,
                Parameter(name: "columns", about: "Names of columns, separated by commas."),
                Parameter(name: "match", about: "column:value, which rows must have; may be repeated."),
                Parameter(name: "order", about: "By time.", schema: Schema.choice(of: ["newest", "oldest"])),
                Parameter(
                    name: "limit", about: "Rows a page.", schema: Schema.integer(in: 1...RowsQuestion.mostRows)),
                Parameter(name: "after", about: "The `next` of the page before."),
                Parameter(name: "format", about: "What comes.", schema: Schema.choice(of: ["json", "csv"]))
            )
            .giving(Schema.object("table", "columns", "rows", "next", "read"))
        endpoint.answers.append(Answer(type: "text/csv", schema: Schema.text))
        return endpoint
    }()

    static let medians = Endpoint(.get, "/api/medians", "Median prices by the taker's side, bucket by bucket")
        .with(.series, .from, .to, .step).giving(Schema.object("series", "from", "to", "step", "columns", "rows"))
    static let gaps = Endpoint(.get, "/api/gaps", "Where ticks are missing, of all series").with(.from, .to)
        .giving(Schema.object("from", "to", "gaps"))
    static let market = Endpoint(.get, "/api/market", "Change and turnover of all series, from final minutes")
        .with(.from, .to).giving(Schema.object("from", "to", "series", "read"))
    static let series = Endpoint(.get, "/api/series", "The series that the store or the stream knows")
        .giving(Schema.object("series"))
    static let tables = Endpoint(.get, "/api/tables", "The tables, their columns and how many rows they have")
        .giving(Schema.object("tables"))
    static let store = Endpoint(.get, "/api/store", "Which store it is, and whether it can be read")
        .giving(Schema.object("kind", "state", "since")).refusing()
    static let questions = Endpoint(.get, "/api/questions", "Questions that are saved").giving(
        Schema.object("questions"))
    static let query = Endpoint(
        .post, "/api/query", "A question in the store's own language: SQL, or a filter document"
    )
    .taking(Schema.object()).giving(Schema.object("columns", "rows", "truncated"))
    .refusing(400, 408, 413, 503, 504)
}
