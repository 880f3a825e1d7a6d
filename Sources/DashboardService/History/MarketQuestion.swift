internal import CryptoCore
internal import HTTPServer
internal import Storage
internal import System

/// `GET /api/market`: what each series did in a span, from its final minutes.
struct MarketQuestion: StoreAnswering {
    /// All minutes of a series are read.
    private static let longestMs: Int64 = 32 * 86_400_000

    private let span: Range<Int64>

    init(_ asked: AskedValues, now: Int64) throws(HTTPError) {
        span = try asked.span(now: now)
        guard span.upperBound - span.lowerBound <= MarketQuestion.longestMs else {
            throw .badRequest("from and to lie more than 32 days apart: ask for less time")
        }
    }

    func answer(_ reader: any StoreReader) throws(StoreError) -> HTTPResponse {
        let startNs = SystemClock().monotonicNs()
        var json = JSONWriter(reservingBytes: 16_384)
        json.beginObject()
        json.field("from", span.lowerBound)
        json.field("to", span.upperBound)
        json.key("series")
        json.beginArray()
        var read = 0
        for series in try reader.series(in: .windows) {
            var query = try CandlesQuestion.query(series, .minutes)
            (query.from, query.to, query.limit) = (span.lowerBound, span.upperBound, 20_000)
            var sum: Candle?
            try reader.forEachPage(of: query) { page throws(StoreError) in
                read += page.count
                for row in 0..<page.count {
                    guard let minute = Candle(minute: row, of: page) else { continue }
                    if sum == nil { sum = minute } else { sum?.add(minute) }
                }
            }
            if let sum { MarketQuestion.write(sum, series, to: &json) }
        }
        json.endArray()
        json.field("read", Int64(read))
        json.took(since: startNs)
        json.endObject()
        return .json(json.bytes)
    }

    private static func write(_ sum: Candle, _ series: Series, to json: inout JSONWriter) {
        json.beginObject()
        json.field("series", series.description)
        let change = 100 * (sum.close / sum.open - 1)
        json.field("change_pct", orNull: change.isFinite ? change : nil)
        let numbers: [(StaticString, Double)] = [
            ("turnover", sum.amount), ("volume", sum.volume), ("buy_volume", sum.buyVolume),
            ("sell_volume", sum.sellVolume), ("open", sum.open), ("close", sum.close), ("high", sum.high),
            ("low", sum.low),
        ]
        for (name, number) in numbers {
            json.key(name)
            json.number(number)
        }
        json.field("count", sum.count)
        json.field("since", sum.start)
        json.endObject()
    }
}
