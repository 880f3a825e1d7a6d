import CryptoCore
import Foundation
import TestSupport
import TestTraits
import Testing

@testable import DashboardService

@Suite("History while the store is away, and when it is asked for nonsense", .waiting)
struct HistoryFaultTests {
    private static let noon = SeededStore.noon
    private static let name = escaped(SeededStore.series.description)
    private static let paths = [
        "/api/candles?series=\(name)", "/api/rows/ticks?series=\(name)", "/api/medians?series=\(name)", "/api/market",
        "/api/series", "/api/tables", "/api/questions", "/udf/history?symbol=\(name)", "/udf/symbols?symbol=\(name)",
        "/udf/search?query=b",
    ]

    // MARK: Away

    @Test("without a store every question says that there is none, and how to have one")
    func none() throws {
        let running = try RunningHistory(nil, isReady: false)
        #expect(running.history.state.kind == .none)
        for path in Self.paths {
            let reason = try running.error(path, status: 503)
            #expect(reason.contains("--store none"), "\(path): \(reason)")
        }
        _ = try running.error("/api/query", "POST", body: #"{"sql":"SELECT 1"}"#, status: 503)
        #expect(try running.json("/api/store")["kind"] as? String == "none")
    }

    @Test("a file that is not there yet is away, and found when a sink makes it")
    func missing() throws {
        let store = try SeededStore(isMade: false)
        let running = try RunningHistory(store.location, isReady: false)
        try waitFor("a look", seconds: 10) { running.history.state.reason?.contains("start a sink") == true }
        for path in Self.paths {
            let answer = try running.answer(path)
            #expect(
                answer.status == 503 && answer.body.contains(#""away":"store","since":"#), "\(path): \(answer.body)")
            #expect(answer.head.contains("Retry-After: 2"))
        }
        try store.make()
        try store.write([.trade("1", at: Self.noon)])
        try waitFor("the store", seconds: 20) { running.history.state.kind == .ready }
        #expect(try running.json("/api/rows/ticks?series=\(Self.name)").rows.count == 1)
        #expect(try (running.history.state.bytes ?? 0) > 0 && running.json("/api/store")["kind"] as? String == "sqlite")
    }

    @Test("a store that was replaced is read, and one that was removed is away until it is back")
    func replaced() throws {
        let store = try SeededStore()
        try store.write([.trade("1", at: Self.noon)])
        let running = try RunningHistory(store.location)
        let path = "/api/rows/ticks?series=\(Self.name)&columns=trade_id"
        #expect(try running.json(path).column("trade_id") as? [String] == ["1"])
        try store.remove()
        try store.make()
        try store.write([.trade("2", at: Self.noon)])
        try waitFor("the new store", seconds: 20) {
            let answer = try running.answer(path)
            return answer.status == 200 && answer.body.contains(#"["2"]"#)
        }
        try store.remove()
        try waitFor("that it is away", seconds: 20) { running.history.state.kind == .away }
        #expect(try running.answer(path).status == 503)
        try store.make()
        try waitFor("the third store", seconds: 20) { running.history.state.kind == .ready }
        #expect(try running.json(path).rows.isEmpty)
    }

    @Test("a file that is no store says so, and what to do")
    func stranger() throws {
        let store = try SeededStore(isMade: false)
        try Data(repeating: 65, count: 5_000).write(to: URL(fileURLWithPath: store.path))
        let running = try RunningHistory(store.location, isReady: false)
        try waitFor("a look", seconds: 10) { running.history.state.reason?.contains("no SQLite database") == true }
        #expect(try running.error(Self.paths[0], status: 503).contains("name another file"))
    }

    @Test(
        "CSV is refused at the start with what can be read, and so is nonsense",
        arguments: ["csv:x", "x", "mongodb://"])
    func refused(location: String) {
        #expect(throws: (any Error).self) { try RunningHistory(location, isReady: false) }
        #expect(HistoryRoutes.problem(in: location)?.contains("must be") == true)
    }

    @Test("a password is never shown")
    func masked() throws {
        let running = try RunningHistory("mongodb://me:secret@127.0.0.1:1/crypto?connectTimeoutMS=100", isReady: false)
        for path in ["/api/store", Self.paths[0]] { #expect(try !running.answer(path).body.contains("secret")) }
        #expect(running.history.state.location == "mongodb://127.0.0.1:1/crypto")
    }

    // MARK: Nonsense

    @Test(
        "a value that is none is refused in one sentence that says what it must be",
        arguments: [
            "/api/candles", "/api/candles?series=", "/api/candles?series=x", "/api/candles?series=%00:a-b",
            "/api/candles?series=\(name)&from=9&to=3", "/api/candles?series=\(name)&from=3&to=3",
            "/api/candles?series=\(name)&from=a", "/api/candles?series=\(name)&from=-9223372036854775808",
            "/api/candles?series=\(name)&from=0&to=9223372036854775807", "/api/candles?series=\(name)&step=0",
            "/api/candles?series=\(name)&step=-60000", "/api/candles?series=\(name)&step=90000&by=minutes",
            "/api/candles?series=\(name)&from=0&to=1763719200000&step=60000",
            "/api/candles?series=\(name)&from=-62135596800000&to=253402300799999&step=1000&by=ticks",
            "/api/candles?series=\(name)&by=magic", "/api/rows/nothing", "/api/rows/ticks",
            "/api/rows/ticks?series=\(name)&limit=0", "/api/rows/ticks?series=\(name)&limit=999999999999",
            "/api/rows/ticks?series=\(name)&columns=price;DROP%20TABLE%20ticks",
            "/api/rows/ticks?series=\(name)&columns=%22",
            "/api/rows/ticks?series=\(name)&match=a", "/api/rows/ticks?series=\(name)&match=:x",
            "/api/rows/ticks?series=\(name)&match=nothing:1", "/api/rows/ticks?series=\(name)&match=price:1",
            "/api/rows/ticks?series=\(name)&match=event_time:x", "/api/rows/windows?series=\(name)&match=final:maybe",
            "/api/rows/ticks?series=\(name)&after=nonsense", "/api/rows/ticks?series=\(name)&after=1.zz",
            "/api/rows/ticks?series=\(name)&after=99999999999999999999.00", "/api/rows/ticks?series=\(name)&order=up",
            "/api/rows/ticks?series=\(name)&format=xml", "/api/rows/..%2F..%2Fetc%2Fpasswd",
            "/api/rows/sqlite_schema?series=\(name)", "/api/medians", "/api/medians?series=\(name)&step=1",
            "/api/medians?series=\(name)&from=0&to=1763719200000&step=1000", "/api/market?from=0",
        ])
    func nonsense(path: String) throws {
        let store = try SeededStore()
        let running = try RunningHistory(store.location)
        let reason = try running.error(path)
        #expect(!reason.isEmpty && !reason.contains("SELECT"))
        #expect(try running.answer("/api/candles?series=\(Self.name)").status == 200)
    }

    @Test(
        "any text may be a market's name, or what a column is compared with",
        arguments: [
            "x:<script>alert(1)</script>-USD", "x:'; DROP TABLE ticks; ---USD", "x:\u{1F600}-USD", "x:a\"b-c\\d",
        ])
    func names(text: String) throws {
        let series = try #require(Series(text.replacing(" ", with: "_")))
        let store = try SeededStore()
        try store.write([Tick.trade("'; --", series, at: Self.noon)])
        let running = try RunningHistory(store.location)
        let found = try running.json(
            "/api/rows/ticks?series=\(escaped(series.description))&columns=symbol&match=trade_id:\(escaped("'; --"))")
        #expect(found.column("symbol") as? [String] == [series.symbol])
        let candles = try running.json(
            "/api/candles?series=\(escaped(series.description))&from=\(Self.noon)&to=\(Self.noon + 1)&by=ticks")
        #expect(candles["series"] as? String == series.description && candles.rows.count == 1)
    }

    @Test("random paths and queries are answered, whatever they say", arguments: UInt64(0)..<4)
    func fuzz(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let store = try SeededStore()
        try store.write([.trade("1", at: Self.noon)])
        let running = try RunningHistory(store.location)
        let names = [
            "series", "from", "to", "step", "by", "columns", "match", "after", "limit", "symbol", "resolution",
        ]
        let values = [
            Self.name, "0", "-1", "1763719200000", "9223372036854775807", "-9223372036854775808", "1e9", "minutes", "%",
            "%FF", "%00", "", "ticks", "1.00", "1D", "price", "kind:trade", "0.1", "253402300799999", "60000",
        ]
        for _ in 0..<150 {
            var path = Self.paths.randomElement(using: &random) ?? ""
            path += path.contains("?") ? "" : "?"
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                path += "&\(names.randomElement(using: &random) ?? "")=\(values.randomElement(using: &random) ?? "")"
            }
            let status = try running.answer(path).status
            #expect([200, 400, 404].contains(status), "\(path)")
        }
    }
}
