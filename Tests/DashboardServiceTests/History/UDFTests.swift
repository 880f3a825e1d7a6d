import CryptoCore
import Foundation
import TestSupport
import TestTraits
import Testing

@testable import DashboardService

@Suite("TradingView's data feed over the store", .waiting)
struct UDFTests {
    private static let noon = SeededStore.noon
    private static let name = escaped(SeededStore.series.description)

    private func running(_ minutes: [Int64]) throws -> (SeededStore, RunningHistory) {
        let store = try SeededStore()
        try store.write(
            .tumbling, minutes.map { WindowAggregate.minute(Self.noon + $0 * 60_000, close: 100.25 + Double($0)) })
        return (store, try RunningHistory(store.location))
    }

    @Test("what it says of itself and of a series is what a front end needs")
    func symbols() throws {
        let (store, running) = try running([0, 1])
        defer { withExtendedLifetime(store) {} }
        let config = try running.json("/udf/config")
        #expect(config["supports_search"] as? Bool == true && config["supports_time"] as? Bool == true)
        #expect((config["supported_resolutions"] as? [String])?.contains("1D") == true)
        let symbol = try running.json("/udf/symbols?symbol=\(Self.name)")
        #expect(symbol["ticker"] as? String == "sample:BTC-USD" && symbol["session"] as? String == "24x7")
        #expect(symbol["pricescale"] as? Int == 100 && symbol["minmov"] as? Int == 1)
        #expect(try Int64(running.answer("/udf/time").body) != nil)
        let unknown = try running.answer("/udf/symbols?symbol=\(escaped("x:Y-Z"))")
        #expect(unknown.body.contains(#""s":"error""#) && unknown.body.contains("unknown_symbol"))
    }

    @Test("search finds by any part of the name", arguments: ["btc", "USD", "sample", "", "e:b"])
    func search(text: String) throws {
        let (store, running) = try running([0])
        defer { withExtendedLifetime(store) {} }
        let answer = try running.answer("/udf/search?query=\(escaped(text))&limit=10&type=&exchange=")
        let found = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [[String: Any]]
        #expect(found?.map { $0["symbol"] as? String } == ["sample:BTC-USD"])
    }

    @Test("bars between two times, in seconds, the second one not among them")
    func history() throws {
        let (store, running) = try running(Array(0..<10))
        defer { withExtendedLifetime(store) {} }
        let from = Self.noon / 1_000
        let found = try running.json("/udf/history?symbol=\(Self.name)&resolution=1&from=\(from + 60)&to=\(from + 240)")
        #expect(found["s"] as? String == "ok")
        #expect(found["t"] as? [Int64] == [from + 60, from + 120, from + 180])
        #expect(found["c"] as? [Double] == [101.25, 102.25, 103.25] && found["v"] as? [Double] == [2, 2, 2])
    }

    @Test("countback goes before from: so many bars before to, over holes in between")
    func countback() throws {
        let (store, running) = try running([0, 1, 2, 50, 51, 52, 53, 54, 55])
        defer { withExtendedLifetime(store) {} }
        let from = Self.noon / 1_000
        let found = try running.json(
            "/udf/history?symbol=\(Self.name)&resolution=5&from=\(from + 3_240)&to=\(from + 3_600)&countback=3")
        // Noon is a multiple of five minutes: bars at 0, 50 and 55.
        #expect(found["t"] as? [Int64] == [from, from + 3_000, from + 3_300])
        #expect(found["o"] as? [Double] == [100.25, 150.25, 155.25] && found["v"] as? [Double] == [6, 10, 2])
    }

    @Test("without bars it says where the one before is, and without any that there are none")
    func noData() throws {
        let (store, running) = try running([0])
        defer { withExtendedLifetime(store) {} }
        let from = Self.noon / 1_000
        let later = try running.json(
            "/udf/history?symbol=\(Self.name)&resolution=1&from=\(from + 600)&to=\(from + 900)")
        #expect(later["s"] as? String == "no_data" && later["nextTime"] as? Int64 == from)
        let earlier = try running.json(
            "/udf/history?symbol=\(Self.name)&resolution=1&from=\(from - 900)&to=\(from - 600)")
        #expect(earlier["s"] as? String == "no_data" && earlier["nextTime"] == nil)
    }

    @Test(
        "what is wrong is said in its own form",
        arguments: ["symbol=x", "resolution=1&from=1&to=2", "symbol=a:B-C&resolution=7", "symbol=a:B-C&from=9&to=3"])
    func wrong(query: String) throws {
        let (store, running) = try running([0])
        defer { withExtendedLifetime(store) {} }
        let answer = try running.answer("/udf/history?\(query)")
        #expect(answer.status == 400 && answer.body.contains(#""s":"error","errmsg":"#))
    }

    @Test(
        "a price has as many decimals as its shortest text",
        arguments: [
            (100.0, 0), (0.5, 1), (25_918.83, 2), (0.00001234, 8), (1e-9, 9), (1.5e-7, 8), (1e20, 0), (0, 0),
            (.infinity, 0),
            (1e-30, 12),
        ])
    func decimals(price: Double, count: Int) { #expect(PriceDecimals.count(in: price) == count) }
}
