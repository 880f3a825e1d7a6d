internal import HTTPServer

/// TradingView's UDF; its times are seconds.
extension Endpoint {
    static let udfConfig = Endpoint(.get, "/udf/config", "TradingView's UDF: what it can do")
        .giving(Schema.object("supported_resolutions")).refusing()
    static let udfTime = Endpoint(.get, "/udf/time", "UDF: the time, seconds").giving(Schema.text, as: "text/plain")
        .refusing()
    static let udfSymbols = Endpoint(.get, "/udf/symbols", "UDF: one symbol").with(symbol)
        .giving(Schema.object("name", "ticker", "pricescale")).refusing(400, 404, 503, 504)
    static let udfSearch = Endpoint(.get, "/udf/search", "UDF: symbols by a part of their name")
        .with(
            Parameter(name: "query", about: "A part of the name."),
            Parameter(name: "type", about: "Not looked at: all are crypto."),
            Parameter(name: "exchange", about: "Of this source only."),
            Parameter(name: "limit", about: "How many.", schema: Schema.integer(in: UDFSearch.limits))
        ).giving(Schema.array)
    static let udfHistory = Endpoint(.get, "/udf/history", "UDF: bars; times are seconds")
        .with(
            symbol,
            Parameter(name: "resolution", about: "Minutes, or 1D.", schema: Schema.choice(of: UDF.names + ["D"])),
            Parameter(name: "from", about: "Seconds.", schema: Schema.integer(in: UDFHistory.seconds)),
            Parameter(name: "to", about: "Seconds.", schema: Schema.integer(in: UDFHistory.seconds)),
            Parameter(
                name: "countback", about: "How many bars before `to`.",
                schema: Schema.integer(in: 1...UDFHistory.mostBars))
        ).giving(Schema.object("s"))

    private static let symbol = Parameter(
        name: "symbol", isRequired: true, about: "A series.", schema: Parameter.seriesText)
}
