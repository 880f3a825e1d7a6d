internal import CryptoCore
internal import HTTPServer
internal import Storage

/// `GET /api/medians`: the median price of buyers and of sellers for each stretch of time.
struct MediansQuestion: StoreAnswering {
    private static let mostRows: Int64 = 1_000

    private let series: Series
    private let span: Range<Int64>
    private let step: Int64

    init(_ asked: AskedValues, now: Int64) throws(HTTPError) {
        series = try asked.series()
        let span = try asked.span(now: now)
        step =
            try asked.integer("step", in: AskedValues.steps)
            ?? max(60_000, ((span.upperBound - span.lowerBound) / 60 / 60_000) * 60_000)
        let from = Candle.start(of: span.lowerBound, step: step)
        let to = Candle.start(of: span.upperBound - 1, step: step) + step
        guard (to - from) / step <= MediansQuestion.mostRows else {
            throw .badRequest(
                "these are more than \(MediansQuestion.mostRows) medians: ask for a longer step or less time")
        }
        self.span = from..<to
    }

    func answer(_ reader: any StoreReader) throws(StoreError) -> HTTPResponse {
        var json = JSONWriter(reservingBytes: 8_192)
        json.beginObject()
        json.field("series", series.description)
        json.field("from", span.lowerBound)
        json.field("to", span.upperBound)
        json.field("step", step)
        json.columns(["start", "buy", "sell", "buy_rows", "sell_rows", "exact"])
        json.key("rows")
        json.beginArray()
        var start = span.lowerBound
        while start < span.upperBound {
            var query = try StoreQuery(.ticks, of: series, columns: [])
            (query.from, query.to) = (start, start + step)
            try query.match("kind", .text("trade"))
            let medians = try reader.sideMedians(of: "price", query)
            if medians.rows > 0 { MediansQuestion.write(medians, start, to: &json) }
            start += step
        }
        json.endArray()
        json.endObject()
        return .json(json.bytes)
    }

    private static func write(_ medians: SideMedians, _ start: Int64, to json: inout JSONWriter) {
        json.beginArray()
        json.value(start)
        for side in [medians.buy, medians.sell] {
            if let median = side.median { json.number(median) } else { json.null() }
        }
        json.value(Int64(medians.buy.rows))
        json.value(Int64(medians.sell.rows))
        json.value(medians.isExact)
        json.endArray()
    }
}
