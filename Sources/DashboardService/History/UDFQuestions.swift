internal import CryptoCore
internal import HTTPServer
internal import Storage

/// TradingView's Universal Data Feed over the final minutes, so that front ends of that kind have our series: `/udf/config`, `/udf/time`,
/// `/udf/symbols`, `/udf/search`, `/udf/history`. Times are in seconds.
///
/// *Source*: TradingView, "Advanced Charts: UDF".
enum UDF {
    /// What a bar may be, and its length in ms.
    static let resolutions: [(name: String, ms: Int64)] = [
        ("1", 60_000), ("3", 180_000), ("5", 300_000), ("15", 900_000), ("30", 1_800_000), ("60", 3_600_000),
        ("120", 7_200_000), ("240", 14_400_000), ("360", 21_600_000), ("720", 43_200_000), ("1D", 86_400_000),
    ]

    /// The length of a bar; `D` is `1D`.
    static func stepMs(_ resolution: String) -> Int64? {
        resolutions.first { $0.name == resolution || "1" + resolution == $0.name && resolution == "D" }?.ms
    }

    static var names: [String] { resolutions.map(\.name) }

    static var config: HTTPResponse {
        var json = JSONWriter(reservingBytes: 512)
        json.beginObject()
        json.field("supports_search", true)
        json.field("supports_group_request", false)
        json.field("supports_marks", false)
        json.field("supports_timescale_marks", false)
        json.field("supports_time", true)
        json.field("supported_resolutions", names)
        json.key("exchanges")
        json.beginArray()
        json.beginObject()
        json.field("value", "")
        json.field("name", "All sources")
        json.field("desc", "")
        json.endObject()
        json.endArray()
        json.key("symbols_types")
        json.beginArray()
        json.beginObject()
        json.field("name", "Crypto")
        json.field("value", "crypto")
        json.endObject()
        json.endArray()
        json.endObject()
        return .json(json.bytes)
    }
}

/// `/udf/symbols`: how a series is shown.
struct UDFSymbol: StoreAnswering {
    private let series: Series
    private let now: Int64

    init(_ asked: AskedValues, now: Int64) throws(HTTPError) {
        series = try asked.series("symbol")
        self.now = now
    }

    func answer(_ reader: any StoreReader) throws(StoreError) -> HTTPResponse {
        var query = try StoreQuery(.windows, of: series, columns: ["close"])
        (query.order, query.limit, query.to) = (.newestFirst, 200, now + 86_400_000)
        let page = try reader.read(query)
        guard page.count > 0 else { return ErrorForm.udf.response("unknown_symbol", status: 404) }
        let decimals = (0..<page.count).map { page.real($0, 0).map { PriceDecimals.count(in: $0) } ?? 0 }.max() ?? 0
        var json = JSONWriter(reservingBytes: 512)
        json.beginObject()
        for name in ["name", "ticker", "full_name"] as [StaticString] { json.field(name, series.description) }
        json.field("description", "\(series.base) / \(series.quote) at \(series.source)")
        json.field("type", "crypto")
        json.field("exchange", series.source)
        json.field("listed_exchange", series.source)
        json.field("currency_code", series.quote)
        json.field("session", "24x7")
        json.field("timezone", "Etc/UTC")
        json.field("format", "price")
        json.field("minmov", 1 as Int64)
        json.field("pricescale", (0..<decimals).reduce(Int64(1)) { scale, _ in scale * 10 })
        json.field("volume_precision", 8 as Int64)
        json.field("has_intraday", true)
        json.field("has_daily", true)
        json.field("has_weekly_and_monthly", false)
        json.field("intraday_multipliers", UDF.names.filter { $0 != "1D" })
        json.field("supported_resolutions", UDF.names)
        json.field("data_status", "streaming")
        json.endObject()
        return .json(json.bytes)
    }
}

/// `/udf/search`: series whose name holds a text.
struct UDFSearch: StoreAnswering {
    /// How many may be asked for.
    static let limits: ClosedRange<Int64> = 1...1_000

    private let text: String
    private let exchange: String?
    private let limit: Int

    init(_ asked: AskedValues, now: Int64) throws(HTTPError) {
        text = (asked.text("query") ?? "").prefix(200).lowercased()
        exchange = asked.text("exchange")
        limit = Int(try asked.integer("limit", in: UDFSearch.limits) ?? 30)
    }

    func answer(_ reader: any StoreReader) throws(StoreError) -> HTTPResponse {
        let found = try reader.series(in: .windows).filter { series in
            (exchange == nil || exchange == series.source)
                && (text.isEmpty || series.description.lowercased().contains(text))
        }
        var json = JSONWriter(reservingBytes: 4_096)
        json.beginArray()
        for series in found.prefix(limit) {
            json.beginObject()
            for name in ["symbol", "full_name", "ticker"] as [StaticString] { json.field(name, series.description) }
            json.field("description", "\(series.base) / \(series.quote) at \(series.source)")
            json.field("exchange", series.source)
            json.field("type", "crypto")
            json.endObject()
        }
        json.endArray()
        return .json(json.bytes)
    }
}
