import CryptoCore
import Foundation
import TestSupport
import TestTraits
import Testing

@testable import DashboardService

@Suite("Questions in the store's own language", .waiting)
struct QueryTests {
    private static let noon = SeededStore.noon

    private func running() throws -> (SeededStore, RunningHistory) {
        let store = try SeededStore()
        try store.write((0..<50).map { Tick.trade("\($0)", price: 100 + Double($0), at: Self.noon + $0) })
        try store.write(
            .tumbling, (0..<20).map { WindowAggregate.minute(Self.noon + $0 * 60_000, close: 100 + Double($0)) })
        return (store, try RunningHistory(store.location))
    }

    private func body(_ sql: String, limit: Int? = nil) throws -> String {
        var object: [String: Any] = ["sql": sql]
        object["limit"] = limit
        return String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
    }

    @Test("a SELECT is answered: columns, rows, and whether there are more")
    func select() throws {
        let (store, running) = try running()
        defer { withExtendedLifetime(store) {} }
        let sql = "SELECT trade_id, price AS p, NULL AS n, 2 > 1 AS b FROM ticks ORDER BY event_time -- the first ones"
        let found = try running.json("/api/query", "POST", body: body(sql, limit: 3))
        #expect(found["columns"] as? [String] == ["trade_id", "p", "n", "b"])
        #expect(found.rows.count == 3 && found["truncated"] as? Bool == true)
        #expect(found.column("trade_id") as? [String] == ["0", "1", "2"] && found.numbers("p") == [100, 101, 102])
        let all = try running.json("/api/query", "POST", body: body("SELECT * FROM candles_1m"))
        #expect(all.rows.count == 20 && all["truncated"] as? Bool == false)
        let recursive =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT count(*) FROM n;"
        #expect(try running.json("/api/query", "POST", body: body(recursive)).rows.first?.first as? Int == 5)
    }

    @Test(
        "what does more than look is refused, and the store stays as it is",
        arguments: [
            "DELETE FROM ticks", "INSERT INTO ticks SELECT * FROM ticks", "UPDATE ticks SET price = 0",
            "DROP TABLE ticks",
            "CREATE TABLE t (a)", "CREATE TEMP TABLE t AS SELECT * FROM ticks", "ATTACH '/etc/passwd' AS p", "VACUUM",
            "PRAGMA query_only = 0", "PRAGMA database_list", "SELECT * FROM pragma_database_list",
            "SELECT load_extension('/tmp/x')", "SELECT readfile('/etc/passwd')", "SELECT writefile('/tmp/x', 'y')",
            "SELECT * FROM dbstat", "SELECT * FROM sqlite_dbpage", "BEGIN", "COMMIT", "REINDEX", "ANALYZE",
            "WITH x AS (SELECT 1) DELETE FROM ticks", "SELECT 1; DROP TABLE ticks", "SELECT 1; SELECT 2", "", ";", "--",
            "SELECT", "nonsense", "SELECT * FROM nothing", "SELECT randomblob(1000000000)",
            "SELECT printf('%.*c', 999999999, 'x')",
        ])
    func refused(sql: String) throws {
        let (store, running) = try running()
        defer { withExtendedLifetime(store) {} }
        let reason = try running.error("/api/query", "POST", body: body(sql))
        #expect(!reason.isEmpty && !reason.contains("root:"))
        let count = try running.json("/api/query", "POST", body: body("SELECT count(*) FROM ticks"))
        #expect(count.rows.first?.first as? Int == 50)
    }

    @Test(
        "a question that would go on for ever ends in time with 504, and the next one is answered",
        arguments: [
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
            "SELECT count(*) FROM ticks a, ticks b, ticks c, ticks d, ticks e, ticks f",
        ])
    func endless(sql: String) throws {
        let (store, running) = try running()
        defer { withExtendedLifetime(store) {} }
        let clock = ContinuousClock.now
        let reason = try running.error("/api/query", "POST", body: body(sql), status: 504)
        #expect(reason.contains("longer than 5 s"))
        #expect(ContinuousClock.now - clock < .seconds(8))
        #expect(try running.json("/api/query", "POST", body: body("SELECT 1")).rows.count == 1)
    }

    @Test("values and answers that are too large are refused or cut")
    func large() throws {
        let (store, running) = try running()
        defer { withExtendedLifetime(store) {} }
        func long(_ count: Int, then sql: String) -> String {
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count)),
            long(t) AS (SELECT group_concat('x', '') FROM n), ever(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM ever) \(sql)
            """
        }
        let text = try running.json(
            "/api/query", "POST", body: body(long(9_000, then: "SELECT replace(t, 'x', 'ä') AS t FROM long")))
        let cut = try #require(text.column("t").first as? String)
        #expect(cut.utf8.count <= 4_100 && cut.hasSuffix("ä…") && text["truncated"] as? Bool == true)
        _ = try running.error("/api/query", "POST", body: body(long(400_000, then: "SELECT t FROM long")))
        let rows = try running.json(
            "/api/query", "POST", body: body(long(4_000, then: "SELECT (SELECT t FROM long) FROM ever")))
        #expect(rows.rows.count == 1_000 && rows["truncated"] as? Bool == true)
        let reason = try running.error(
            "/api/query", "POST", body: body("SELECT 1 -- " + String(repeating: "x", count: 30_000)))
        #expect(reason.contains("shorten"))
    }

    @Test(
        "a body that is no question is refused with the way to mend it",
        arguments: [
            "", "[]", "{}", "{\"sql\":1}", "{\"sql\":\"SELECT 1\",\"limit\":0}",
            "{\"sql\":\"SELECT 1\",\"limit\":1001}",
            "{\"sql\":\"SELECT 1\",\"limit\":1e99}", "{\"sql\":\"SELECT 1\"", "{\"sql\":\"SELECT 1\",\"other\":1}",
            "{\"sql\":\"SELECT 1\",\"collection\":\"ticks\"}", "{\"collection\":\"ticks\",\"filter\":{}}",
            "{\"sql\":\"SELECT 1\\u0000\"}", String(repeating: "[", count: 10_000),
        ])
    func badBody(body: String) throws {
        let (store, running) = try running()
        defer { withExtendedLifetime(store) {} }
        #expect(try !running.error("/api/query", "POST", body: body).isEmpty)
    }

    @Test("every saved question is answered", arguments: StoreKind.available)
    func saved(kind: StoreKind) throws {
        let store = try SeededStore(kind)
        try store.write([Tick.trade("1", at: Self.noon), .gap(Self.noon..<Self.noon + 5_000)])
        try store.write(
            .tumbling, (0..<20).map { WindowAggregate.minute(Self.noon + $0 * 60_000, close: 100 + Double($0)) })
        let running = try RunningHistory(store.location)
        let questions = try #require(try running.json("/api/questions")["questions"] as? [[String: Any]])
        #expect(questions.count >= 6)
        for question in questions {
            var asked = question
            let id = asked.removeValue(forKey: "id") as? String
            #expect(asked.removeValue(forKey: "title") is String)
            let body = String(decoding: try JSONSerialization.data(withJSONObject: asked), as: UTF8.self)
            let found = try running.json("/api/query", "POST", body: body)
            #expect(found["truncated"] as? Bool == false, "\(id ?? "")")
            if kind == .sqlite, id == "top-movers" {
                #expect(found.numbers("change_pct") == [19] && found.numbers("turnover") == [4_380])
            }
            if id == "gaps-by-source" { #expect(found.rows.count == 1) }
        }
    }

    @Test("a filter document finds what it says", .enabled(if: StoreKind.mongoURI != nil))
    func filter() throws {
        let store = try SeededStore(.mongoDB)
        try store.write((0..<50).map { Tick.trade("\($0)", price: 100 + Double($0), at: Self.noon + $0) })
        let running = try RunningHistory(store.location)
        let found = try running.json(
            "/api/query", "POST",
            body: """
                {"collection":"ticks","filter":{"$or":[{"price":{"$gte":148}},{"trade_id":{"$in":["3"]}}],
                "inserted_at":{"$lte":{"$date":\(Self.noon)}}},"sort":{"event_time":-1},"limit":10}
                """)
        #expect(found.column("trade_id") as? [String] == ["49", "48", "3"])
        let cut = try running.json("/api/query", "POST", body: #"{"collection":"ticks","limit":2}"#)
        #expect(cut.rows.count == 2 && cut["truncated"] as? Bool == true)
    }

    @Test(
        "what a filter document may not say is refused", .enabled(if: StoreKind.mongoURI != nil),
        arguments: [
            #"{"$where":"sleep(1000)"}"#, #"{"a":{"$where":"1"}}"#, #"{"$expr":{"$function":{"body":"x"}}}"#,
            #"{"$and":[{"$or":[{"$where":"1"}]}]}"#, #"{"a":{"$accumulator":{}}}"#, #"{"$jsonSchema":{}}"#,
            #"{"$text":{"$search":"x"}}"#, #"{"a\u0000b":1}"#,
            "{\"a\":{\"$regex\":\"\(String(repeating: "(a+)+", count: 100))\"}}",
            String(repeating: #"{"$and":["#, count: 30) + String(repeating: "]}", count: 30), "[]", "1", "{",
        ])
    func refusedFilter(filter: String) throws {
        let store = try SeededStore(.mongoDB)
        let running = try RunningHistory(store.location)
        let reason = try running.error("/api/query", "POST", body: #"{"collection":"ticks","filter":\#(filter)}"#)
        #expect(!reason.isEmpty)
    }
}
