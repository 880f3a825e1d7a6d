import CryptoCore
import Foundation
import NetClient
import TestSupport
import Testing

@testable import Feeds

@Suite("Past trades of Binance, Coinbase and Kraken")
struct VenueHistoryTests {
    private static let noRecordings: Comment = "skipped: the recordings are not there (CRYPTO_SHARED)"

    // MARK: Requests

    @Test("Binance is asked by trade id, with the key where there is one; the newest without")
    func binanceRequests() {
        let page = HistoryPage(symbol: "ETH-USDT", first: 77, end: 99, sinceMs: 5)
        let open = BinanceHistory(key: nil).request(page)
        #expect(
            open == VenueRequest("https://api.binance.com/api/v3/historicalTrades?symbol=ETHUSDT&limit=1000&fromId=77"))
        let keyed = BinanceHistory(key: "secret").request(page)
        #expect(keyed.address == open.address && keyed.headers == ["X-MBX-APIKEY": "secret"])
        let recent = BinanceHistory(key: "secret").request(
            HistoryPage(symbol: "ETH-USDT", first: 77, sinceMs: 5, isRecent: true))
        #expect(recent == VenueRequest("https://api.binance.com/api/v3/trades?symbol=ETHUSDT&limit=1000"))
    }

    @Test("six thousand weight a minute is never used up, however the minutes are cut")
    func binanceWeight() {
        let requests = 60_000 / Int(BinanceHistory(key: nil).spacingMs) + 1
        #expect(requests * 25 < 6000)
    }

    @Test("Coinbase is asked for the page that ends a page's length behind its first id, or at the hole's end")
    func coinbaseRequests() {
        func address(_ first: Int64?, _ end: Int64?, isRecent: Bool = false) -> String {
            CoinbaseHistory().request(
                HistoryPage(symbol: "BTC-USD", first: first, end: end, sinceMs: 0, isRecent: isRecent)
            ).address
        }
        let base = "https://api.exchange.coinbase.com/products/BTC-USD/trades?limit=1000"
        #expect(address(5000, nil) == base + "&after=6000")
        #expect(address(5000, 9000) == base + "&after=6000")
        #expect(address(5000, 5010) == base + "&after=5010")
        #expect(address(nil, 5010) == base + "&after=5010")
        #expect(address(nil, nil) == base)
        #expect(address(5000, 5010, isRecent: true) == base)
        #expect(address(.max, nil) == base + "&after=\(Int64.max)")
    }

    @Test("pages of Coinbase asked one behind the other cover a hole, each id once, in order")
    func coinbasePages() throws {
        let history = CoinbaseHistory()
        var page = HistoryPage(symbol: "BTC-USD", first: 100, end: 3456, sinceMs: 0)
        var ids: [Int64] = []
        while let first = page.first, first < 3456 {
            let address = history.request(page).address
            let after = try #require(Int64(address.split(separator: "=").last ?? ""))
            // The venue: a thousand trades older than `after`, newest first.
            let body = (max(1, after - 1000)..<after).reversed().map {
                #"{"trade_id":\#($0),"side":"buy","size":"1","price":"2","time":"2022-11-07T22:19:28Z"}"#
            }.joined(separator: ",")
            let decoded = try DecodedHistory(history, "[\(body)]")
            ids += decoded.ids.filter { $0 >= first && $0 < 3456 }
            page.first = decoded.ids.last.map { $0 + 1 }
        }
        #expect(ids == Array(100..<3456))
    }

    @Test("Kraken is asked from a time on, then from where the answer before ended, under its own names of coins")
    func krakenRequests() {
        func address(_ symbol: String, _ sinceMs: Int64, cursor: String? = nil) -> String {
            KrakenHistory().request(HistoryPage(symbol: symbol, first: 3, sinceMs: sinceMs, cursor: cursor)).address
        }
        let base = "https://api.kraken.com/0/public/Trades?pair="
        #expect(address("BTC-USD", 1_700_000_000_000) == base + "XBTUSD&count=1000&since=1699999999999999999")
        #expect(address("DOGE-USDT", 0) == base + "XDGUSDT&count=1000&since=0")
        #expect(address("ETH-BTC", 7, cursor: "123") == base + "ETHXBT&count=1000&since=123")
        #expect(address("ETH-EUR", .min).hasSuffix("&since=0") && address("ETH-EUR", .max).hasSuffix("&since=0"))
    }

    // MARK: Refusals

    @Test(
        "Binance: a missing key and an unknown symbol are final, other errors are not",
        arguments: [
            (401, #"{"code":-2014,"msg":"API-key format invalid."}"#, true), (401, "", true), (403, "<html>", true),
            (400, #"{"code":-2015,"msg":"Invalid API-key"}"#, true),
            (400, #"{"code":-1121,"msg":"Invalid symbol."}"#, true), (451, "{}", true),
            (400, #"{"code":-1100,"msg":"Illegal characters"}"#, false), (200, #"{"code":-1001,"msg":"x"}"#, false),
        ])
    func binanceRefusals(status: Int, body: String, isFinal: Bool) throws {
        let refusal = try DecodedHistory(BinanceHistory(key: nil), body, status: status).refusal
        switch refusal {
        case .forbidden?: #expect(isFinal)
        case .failed?: #expect(!isFinal)
        default: Issue.record("\(body): \(String(describing: refusal))")
        }
    }

    @Test("Binance: a limit told by its code alone is one")
    func binanceLimit() throws {
        let refusal = try DecodedHistory(BinanceHistory(key: nil), #"{"code":-1003,"msg":"x"}"#, status: 400).refusal
        #expect(refusal == .rateLimited(waitMs: nil))
    }

    @Test("Coinbase: an unknown product is final, with the venue's words; a page of the CDN is not")
    func coinbaseRefusals() throws {
        let missing = try DecodedHistory(CoinbaseHistory(), #"{"message":"NotFound"}"#, status: 404).refusal
        #expect(missing == .forbidden("HTTP status 404: NotFound"))
        let page = try DecodedHistory(CoinbaseHistory(), "<html>1020</html>", status: 403).refusal
        #expect(page == .failed("HTTP status 403: 1020"))
    }

    @Test(
        "Kraken: limits, unknown pairs and troubles are told apart by the error's text; warnings are none",
        arguments: [
            ("EGeneral:Too many requests", VenueRefusal.rateLimited(waitMs: nil)),
            ("EAPI:Rate limit exceeded", .rateLimited(waitMs: nil)),
            ("EService:Throttled: 1700000000", .rateLimited(waitMs: nil)),
            ("EQuery:Unknown asset pair", .forbidden("EQuery:Unknown asset pair")),
            ("EGeneral:Permission denied", .forbidden("EGeneral:Permission denied")),
            ("EService:Unavailable", .failed("EService:Unavailable")),
        ])
    func krakenRefusals(error: String, refusal: VenueRefusal) throws {
        let body = #"{"error":["\#(error)"],"result":{}}"#
        #expect(try DecodedHistory(KrakenHistory(), body).refusal == refusal)
        #expect(try DecodedHistory(KrakenHistory(), #"{"error":["\#(error)"]}"#, status: 520).refusal == refusal)
        let warned = HistoryTests.krakenBody.replacingOccurrences(of: #""error":[]"#, with: #""error":["WGeneral:x"]"#)
        #expect(try DecodedHistory(KrakenHistory(), warned).ids.count == 2)
    }

    @Test(
        "Kraken: a full page is followed by one that begins with its last time again; a cursor that is no time by none")
    func krakenCursor() throws {
        func body(_ count: Int, last: String) -> String {
            let trades = (0..<count).map { #"["1","1",1700000000.5,"b","l","",\#($0)]"# }.joined(separator: ",")
            return #"{"error":[],"result":{"XXBTZUSD":[\#(trades)],"last":\#(last)}}"#
        }
        #expect(
            try DecodedHistory(KrakenHistory(), body(1000, last: "\"1700000000500000000\"")).cursor
                == "1700000000499999999")
        #expect(
            try DecodedHistory(KrakenHistory(), body(999, last: "\"1700000000500000000\"")).cursor
                == "1700000000500000000")
        #expect(try DecodedHistory(KrakenHistory(), body(3, last: "\"17\"")).cursor == "1700000000499999999")
        #expect(
            try DecodedHistory(KrakenHistory(), body(3, last: "1700000000500000000")).cursor == "1700000000500000000")
    }

    // MARK: Recordings

    @Test(
        "the recorded thousand trades of Kraken read as an independent reading says",
        .enabled(if: SharedData.isPresent, noRecordings))
    func krakenRecorded() throws {
        let data = try SharedData.contents("data/kraken/rest-trades-XBTUSDT-20251110.json.gz")
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let result = try #require(object["result"] as? [String: Any])
        let rows = try #require(result["XBTUSDT"] as? [[Any]])
        let decoded = try DecodedHistory(KrakenHistory(), Array(data))
        #expect(decoded.ids == Array(10_218_208...10_219_207))
        #expect(decoded.cursor == "1762820035982277753")
        for (row, tick) in zip(rows, decoded.ticks) {
            #expect(tick.trade?.price == Double(row[0] as? String ?? ""))
            #expect(tick.trade?.quantity == Double(row[1] as? String ?? ""))
            #expect(tick.eventTime == Int64(((row[2] as? Double ?? 0) * 1000).rounded(.down)))
            #expect(tick.trade?.side == (row[3] as? String == "b" ? .buy : .sell))
        }
    }

    @Test(
        "the recorded answers of Binance read as an independent reading says",
        .enabled(if: SharedData.isPresent, noRecordings))
    func binanceRecorded() throws {
        let answers = try RecordedREST.binance()
        let lists = answers.filter { $0.path == "/api/v3/trades" }
        #expect(lists.count == 3)
        for answer in lists {
            let rows = try #require(answer.object as? [[String: Any]])
            let decoded = try DecodedHistory(BinanceHistory(key: nil), answer.body)
            let byID = rows.sorted { ($0["id"] as? Int64 ?? 0) < ($1["id"] as? Int64 ?? 0) }
            #expect(decoded.ids == byID.compactMap { $0["id"] as? Int64 })
            for (row, tick) in zip(byID, decoded.ticks) {
                #expect(tick.trade?.price == Double(row["price"] as? String ?? ""))
                #expect(tick.eventTime == row["time"] as? Int64)
                #expect(tick.trade?.side == (row["isBuyerMaker"] as? Bool == true ? .sell : .buy))
            }
        }
        #expect(lists.map { ($0.object as? [Any])?.count ?? 0 }.max() == 1000)
        let error = try #require(answers.first { ($0.object as? [String: Any])?["code"] != nil })
        let refusal = try DecodedHistory(BinanceHistory(key: nil), error.body, status: 400).refusal
        #expect(refusal == .forbidden("HTTP status 400: Invalid symbol., code -1121"))
    }

    // MARK: Times

    @Test("ISO times read as Foundation reads them", arguments: UInt64(0)..<20)
    func isoTimes(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let formatter = ISO8601DateFormatter()
        for _ in 0..<200 {
            // From 1600 on: before the reform Foundation counts by the Julian calendar.
            let seconds = Int64.random(in: -11_676_096_000...253_402_300_799, using: &rng)
            let text = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            let nanos = Int64.random(in: 0..<1_000_000_000, using: &rng)
            let padded = String("00000000\(nanos)".suffix(9))
            for digits in 0...9 {
                let fraction = digits == 0 ? "" : ".\(padded.prefix(digits))"
                let written = text.dropLast() + fraction + "Z"
                let bytes = Array(written.utf8)
                let ms = ISOTime.milliseconds(JSONText(offset: 0, count: bytes.count), bytes.span.bytes)
                let kept = Int64(padded.prefix(min(digits, 3))) ?? 0
                let expected = seconds * 1000 + kept * [1, 100, 10, 1][min(digits, 3)]
                #expect(ms == expected, "\(written)")
            }
        }
    }

    @Test("UTC may be written as an offset; what is no time is none")
    func oddTimes() {
        func ms(_ text: String) -> Int64? {
            let bytes = Array(text.utf8)
            return ISOTime.milliseconds(JSONText(offset: 0, count: bytes.count), bytes.span.bytes)
        }
        #expect(ms("2022-11-07T22:19:28+00:00") == 1_667_859_568_000)
        #expect(ms("2022-11-07T22:19:28.5+00:00") == 1_667_859_568_500)
        for text in [
            "", "2022", "2022-11-07 22:19:28Z", "2022-13-07T22:19:28Z", "2022-11-07T25:19:28Z", "2022-11-07T22:19:28.Z",
            "2022-11-07T22:19:28.5", "2022-11-07T22:19:28Zx", "2022-11-07T22:19:28+0200",
            "2022-11-07T22:19:28+02:00", "2023-02-29T00:00:00Z",
        ] {
            #expect(ms(text) == nil, "\(text)")
        }
    }

    @Test("seconds with decimals are cut to ms without a double's error", arguments: UInt64(0)..<20)
    func seconds(seed: UInt64) {
        func ms(_ text: String) -> Int64? {
            let bytes = Array(text.utf8)
            return SecondsText.milliseconds(JSONText(offset: 0, count: bytes.count), bytes.span.bytes)
        }
        var rng = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let whole = Int64.random(in: 0...99_999_999_999, using: &rng)
            let digits = "\(Int64.random(in: 1_000_000_000...9_999_999_999, using: &rng))".dropFirst()
            #expect(ms("\(whole).\(digits)") == Int64("\(whole)\(digits.prefix(3))"))
            #expect(ms("\(whole)") == whole * 1000 && ms("\(whole).5") == whole * 1000 + 500)
        }
        #expect(
            ms("1.7e9") == 1_700_000_000_000 && ms("") == nil && ms("-1") == nil && ms("1.") == nil && ms("1.x") == nil)
    }
}

/// Answers recorded from Binance's REST interface.
struct RecordedREST {
    let path: String
    let query: String
    let body: [UInt8]
    let object: Any

    static func binance() throws -> [RecordedREST] {
        let data = try SharedData.contents("data/binance/rest-recorded.json.gz")
        let list = try JSONSerialization.jsonObject(with: data) as? [[String: Any]] ?? []
        return try list.map { entry in
            let body = entry["body"] ?? []
            return RecordedREST(
                path: entry["path"] as? String ?? "", query: entry["query"] as? String ?? "",
                body: Array(try JSONSerialization.data(withJSONObject: body)), object: body)
        }
    }
}
