internal import CryptoCore
internal import HTTPServer
internal import Storage

/// `/udf/history`: bars of a series between two times in seconds, or the newest `countback` bars before the second one.
struct UDFHistory: StoreAnswering {
    /// The years 1 to 9999. *Units*: s since the epoch.
    static let seconds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
    static let mostBars: Int64 = 20_000
    /// How many minutes are looked through for `countback` bars: as many as a year of them.
    private static let mostMinutes = 525_600

    private let series: Series
    private let step: Int64
    private let span: Range<Int64>
    private let countback: Int?

    init(_ asked: AskedValues, now: Int64) throws(HTTPError) {
        series = try asked.series("symbol")
        let resolution = asked.text("resolution") ?? "1"
        guard let step = UDF.stepMs(resolution) else {
            throw .badRequest("resolution must be one of \(UDF.names.joined(separator: ", "))")
        }
        self.step = step
        let to = try asked.integer("to", in: UDFHistory.seconds).map { $0 * 1_000 } ?? now
        let from = try asked.integer("from", in: UDFHistory.seconds).map { $0 * 1_000 } ?? to - 86_400_000
        countback = try asked.integer("countback", in: 1...UDFHistory.mostBars).map(Int.init)
        guard from < to || countback != nil else { throw .badRequest("from must be before to, both in seconds") }
        span = min(from, to - 1)..<to
        if countback == nil, (to - from) / step > UDFHistory.mostBars {
            throw .badRequest(
                "these are more than \(UDFHistory.mostBars) bars: ask for a longer resolution or less time")
        }
    }

    func answer(_ reader: any StoreReader) throws(StoreError) -> HTTPResponse {
        let bars = if let countback { try newest(countback, reader) } else { try all(reader) }
        if bars.isEmpty { return try none(reader) }
        var json = JSONWriter(reservingBytes: 64 + bars.count * 80)
        json.beginObject()
        json.field("s", "ok")
        json.key("t")
        json.beginArray()
        for bar in bars { json.value(bar.start / 1_000) }
        json.endArray()
        let numbers: [(StaticString, KeyPath<Candle, Double>)] = [
            ("o", \.open), ("h", \.high), ("l", \.low), ("c", \.close), ("v", \.volume),
        ]
        for (name, number) in numbers {
            json.key(name)
            json.beginArray()
            for bar in bars { json.number(bar[keyPath: number]) }
            json.endArray()
        }
        json.endObject()
        return .json(json.bytes)
    }

    /// The bars that begin within the span, whole.
    private func all(_ reader: any StoreReader) throws(StoreError) -> [Candle] {
        var query = try CandlesQuestion.query(series, .minutes)
        let first = Candle.start(of: span.lowerBound - 1, step: step) + step
        (query.from, query.limit) = (first, 20_000)
        query.to = Candle.start(of: span.upperBound - 1, step: step) + step
        guard query.from < query.to else { return [] }
        var fold = CandleFold(step: step)
        try reader.forEachPage(of: query) { page throws(StoreError) in fold.addMinutes(page) }
        return fold.candles
    }

    /// The last bars that begin before the span's end, oldest first.
    private func newest(_ count: Int, _ reader: any StoreReader) throws(StoreError) -> [Candle] {
        var query = try CandlesQuestion.query(series, .minutes)
        (query.from, query.order, query.limit) = (AskedValues.times.lowerBound, .newestFirst, 5_000)
        query.to = Candle.start(of: span.upperBound - 1, step: step) + step
        var minutes: [Candle] = []
        var starts = 0
        var oldest = Int64.max
        var page = RowPage()
        repeat {
            try reader.read(query, after: page.cursor, into: &page)
            for row in 0..<page.count {
                guard let minute = Candle(minute: row, of: page) else { continue }
                let start = Candle.start(of: minute.start, step: step)
                if start < oldest {
                    if starts == count { return bars(minutes) }
                    (oldest, starts) = (start, starts + 1)
                }
                minutes.append(minute)
            }
        } while page.hasMore && minutes.count < UDFHistory.mostMinutes
        return bars(minutes)
    }

    /// Bars of minutes that come newest first.
    private func bars(_ minutes: [Candle]) -> [Candle] {
        var bars: [Candle] = []
        for var minute in minutes.reversed() {
            minute.start = Candle.start(of: minute.start, step: step)
            if bars.last?.start == minute.start { bars[bars.count - 1].add(minute) } else { bars.append(minute) }
        }
        return bars
    }

    /// No bar lies in the span: says where the one before it is.
    private func none(_ reader: any StoreReader) throws(StoreError) -> HTTPResponse {
        var query = try CandlesQuestion.query(series, .minutes)
        (query.order, query.limit, query.to) = (.newestFirst, 1, span.lowerBound)
        query.from = AskedValues.times.lowerBound
        let page = try reader.read(query)
        var json = JSONWriter(reservingBytes: 64)
        json.beginObject()
        json.field("s", "no_data")
        if let start = page.count > 0 ? page.integer(0, 0) : nil {
            json.field("nextTime", Candle.start(of: start, step: step) / 1_000)
        }
        json.endObject()
        return .json(json.bytes)
    }
}
