internal import CryptoCore
internal import HTTPServer
internal import Storage
internal import System

/// `GET /api/candles`: the candles of a series, of its final minutes or of its ticks.
///
/// Candles are whole: `from` is moved back and `to` ahead to where one begins. The open minute is in none of a minute or more.
struct CandlesQuestion: StoreAnswering {
    enum Origin: String, Sendable { case minutes, ticks }

    static let columns = [
        "start", "open", "high", "low", "close", "volume", "count", "incomplete", "buy_volume", "sell_volume", "amount",
    ]
    static let mostRows: Int64 = 20_000
    private static let minute: Int64 = 60_000
    /// Longer spans are answered from minutes.
    private static let longMs: Int64 = 6 * 3_600_000

    let series: Series
    let span: Range<Int64>
    let step: Int64
    let origin: Origin
    private let now: Int64

    init(_ asked: AskedValues, now: Int64) throws(HTTPError) {
        let series = try asked.series()
        let span = try asked.span(now: now)
        let step = try asked.integer("step", in: AskedValues.steps) ?? CandlesQuestion.minute
        let isLong = span.upperBound - span.lowerBound > CandlesQuestion.longMs || step >= CandlesQuestion.minute
        let named = try asked.choice("by", of: ["minutes", "ticks"]).flatMap { Origin(rawValue: $0) }
        try self.init(series, span, step: step, named ?? (isLong ? .minutes : .ticks), now: now)
    }

    init(_ series: Series, _ span: Range<Int64>, step: Int64, _ origin: Origin, now: Int64) throws(HTTPError) {
        if origin == .minutes, step % CandlesQuestion.minute != 0 {
            throw .badRequest("by minutes, step must be a whole number of minutes (60000 ms): say so, or by=ticks")
        }
        let from = Candle.start(of: span.lowerBound, step: step)
        let to = Candle.start(of: span.upperBound - 1, step: step) + step
        guard (to - from) / step <= CandlesQuestion.mostRows else {
            let least = ((to - from) / CandlesQuestion.mostRows / 1_000 + 1) * 1_000
            throw .badRequest(
                "these are more than \(CandlesQuestion.mostRows) candles: ask for a step of \(least) ms or more")
        }
        self.series = series
        self.span = from..<to
        self.step = step
        self.origin = origin
        self.now = now
    }

    func answer(_ reader: any StoreReader) throws(StoreError) -> HTTPResponse {
        let startNs = SystemClock().monotonicNs()
        var fold = CandleFold(step: step)
        try fill(&fold, from: reader)
        let gaps = try GapSpan.read(series, span, from: reader)
        fold.mark(gaps)
        var json = JSONWriter(reservingBytes: 512 + fold.candles.count * 128)
        write(fold, gaps, startNs, to: &json)
        return .json(json.bytes)
    }

    /// Reads what the candles are made of.
    func fill(_ fold: inout CandleFold, from reader: any StoreReader) throws(StoreError) {
        var query = try CandlesQuestion.query(series, origin)
        query.from = span.lowerBound
        query.to = span.upperBound
        if origin == .ticks, step >= CandlesQuestion.minute {
            query.to = min(query.to, max(query.from, Candle.start(of: now, step: CandlesQuestion.minute)))
        }
        query.limit = 20_000
        try reader.forEachPage(of: query) { page throws(StoreError) in
            switch origin {
            case .minutes: fold.addMinutes(page)
            case .ticks: fold.addTicks(page)
            }
        }
    }

    /// All rows that candles of a series are made of.
    static func query(_ series: Series, _ origin: Origin) throws(StoreError) -> StoreQuery {
        guard origin == .minutes else { return try StoreQuery(.ticks, of: series, columns: CandleFold.tickColumns) }
        var query = try StoreQuery(.windows, of: series, columns: CandleFold.minuteColumns)
        try query.match("type", .text(WindowType.tumbling.description))
        try query.match("final", .bool(true))
        return query
    }

    private func write(_ fold: CandleFold, _ gaps: [GapSpan], _ startNs: Int64, to json: inout JSONWriter) {
        json.beginObject()
        json.field("series", series.description)
        json.field("from", span.lowerBound)
        json.field("to", span.upperBound)
        json.field("step", step)
        json.field("by", origin.rawValue)
        json.columns(CandlesQuestion.columns)
        json.key("rows")
        json.beginArray()
        for candle in fold.candles { candle.write(to: &json) }
        json.endArray()
        json.key("gaps")
        json.beginArray()
        for gap in gaps {
            json.beginObject()
            json.field("from", gap.from)
            json.field("to", gap.to)
            json.field("reason", gap.reason)
            json.endObject()
        }
        json.endArray()
        json.field("read", Int64(fold.rowsRead))
        json.took(since: startNs)
        json.endObject()
    }
}

extension Candle {
    /// Appends it as an array in the order of `CandlesQuestion.columns`.
    fileprivate func write(to json: inout JSONWriter) {
        json.beginArray()
        json.value(start)
        json.number(open)
        json.number(high)
        json.number(low)
        json.number(close)
        json.number(volume)
        json.value(count)
        json.value(isIncomplete)
        json.number(buyVolume)
        json.number(sellVolume)
        json.number(amount)
        json.endArray()
    }
}
