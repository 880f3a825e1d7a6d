import CryptoCore
import Storage

/// Rows as a sink writes them, for the dashboard to be asked for: a week of one series, or the past of many.
struct DashboardWeek {
    static let start: Int64 = 1_763_719_200_000
    static let spanMs: Int64 = 7 * 86_400_000
    static let minutes = Int(spanMs / 60_000)

    let ticks: Int
    let series = Series(source: "bybit", symbol: "C1000-USDT")

    /// What clients ask for, and the table that Streamlit reads for it; nil where it has nothing like it.
    struct Ask {
        let name: String
        let table: String?
        let lengthMs: Int64
        /// The path behind which series, from and to are named.
        let words: String

        func span(_ random: inout SeededRandom) -> Range<Int64> {
            let room = UInt64(max(60_000, DashboardWeek.spanMs - lengthMs)) / 60_000
            // A week has no room: it begins earlier or later, and a minute more or less of it is there.
            let begin = DashboardWeek.start + Int64(random.next() % max(room, 60)) * 60_000
            return begin..<begin + lengthMs
        }

        func path(_ series: Series, _ span: Range<Int64>) -> String {
            "/api/\(words)&series=\(series)&from=\(span.lowerBound)&to=\(span.upperBound)"
        }
    }

    var asks: [Ask] {
        let hour: Int64 = 3_600_000
        return [
            Ask(
                name: "168 h, candles of a minute", table: "windows", lengthMs: DashboardWeek.spanMs,
                words: "candles?step=60000"),
            Ask(
                name: "168 h, of ten (as the page asks)", table: nil, lengthMs: DashboardWeek.spanMs,
                words: "candles?step=600000"),
            Ask(
                name: "an hour of ticks", table: "ticks", lengthMs: hour,
                words: "rows/ticks?order=oldest&limit=10000&columns=event_time,price,quantity,side"),
            Ask(
                name: "an hour of ticks, as candles of 5 s", table: nil, lengthMs: hour,
                words: "candles?step=5000&by=ticks"),
        ]
    }

    /// Writes the week unless it is there.
    func writeIfMissing(to uri: String) throws {
        let location = try StoreLocation(uri)
        if let reader = try? location.openReader() {
            let query = try StoreQuery(.windows, of: series, columns: [])
            if try reader.read(query).count > 0 { return }
        }
        let writer = try DashboardRows(location)
        for i in 0..<ticks {
            try writer.addTick(series, i, at: DashboardWeek.start + Int64(i) * (DashboardWeek.spanMs / Int64(ticks)))
        }
        for minute in 0..<DashboardWeek.minutes {
            try writer.addMinute(series, at: DashboardWeek.start + Int64(minute) * 60_000)
        }
        try writer.flush()
    }
}

/// Writes rows in batches, as a sink does.
final class DashboardRows {
    private let store: any Store
    private var batch = RowBatch(prefix: "crypto")
    private var random = SeededRandom(seed: 11)
    private var written: Int64 = 0

    init(_ location: StoreLocation) throws {
        store = try location.open(keepMs: 0)
        if store.identity == nil { try store.begin(StoreIdentity(prefix: "crypto"), holding: []) }
    }

    func addTick(_ series: Series, _ number: Int, at time: Int64) throws {
        let trade = Tick.Trade(
            tradeID: "\(2_290_000_000_000_000 + number)", price: price,
            quantity: Double(1 + random.next() % 1_000_000) / 1_000_000, side: random.next() % 2 == 0 ? .buy : .sell)
        let tick = Tick(series: series, kind: .trade(trade), eventTime: time, ingestTime: time + 37)
        try add(tick.encoded(), of: .ticks, series)
    }

    func addMinute(_ series: Series, at start: Int64) throws {
        var window = WindowAggregate()
        (window.series, window.isFinal) = (series, true)
        (window.windowStart, window.windowEnd) = (start, start + 60_000)
        (window.firstTime, window.lastTime) = (start + 300, start + 59_700)
        let prices = (0..<4).map { _ in price }
        (window.open, window.close) = (prices[0], prices[1])
        (window.low, window.high) = (prices.min() ?? 0, prices.max() ?? 0)
        window.averagePrice = (window.low + window.high) / 2
        window.vwap = window.averagePrice
        (window.buyVolume, window.sellVolume) = (
            Double(random.next() % 10_000) / 1_000, Double(random.next() % 10_000) / 1_000
        )
        window.volume = window.buyVolume + window.sellVolume
        window.amount = window.volume * window.averagePrice
        window.count = 60
        var json = JSONWriter(reservingBytes: 512)
        window.encode(into: &json)
        try add(json.bytes, of: .tumbling, series)
    }

    private var price: Double { Double(6_500_000 + random.next() % 20_000) / 100 }

    private func add(_ json: [UInt8], of topic: Topic, _ series: Series) throws {
        let key = Array(series.description.utf8)
        let origin = RecordOrigin(topic, partition: 0, offset: written, timestampMs: 0)
        try batch.append(origin, key: key.span.bytes, value: json.span.bytes)
        written += 1
        if batch.count == 5_000 { try flush() }
    }

    func flush() throws {
        let rejected = try store.write(batch, holding: [], now: DashboardWeek.start).rejected
        if let first = rejected.first { throw SelfProcess.Failed(reason: first.reason) }
        batch.removeAll()
    }
}
