import CSQLite
import CryptoCore
import Foundation
import Storage
import System
import Testing

@Suite("the SQLite store")
struct SQLiteStoreTests {
    private func path(_ fixture: StoreFixture) -> String { "\(fixture.folder)/store.db" }

    private func execute(_ fixture: StoreFixture, _ sql: String) throws {
        var database: OpaquePointer?
        defer { sqlite3_close(database) }
        guard sqlite3_open(path(fixture), &database) == SQLITE_OK,
            sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK
        else { throw TestFailure("\(sql): \(String(cString: sqlite3_errmsg(database)))") }
    }

    private func trades(_ range: Range<Int>) throws -> RowBatch {
        try RowBatch(range.map { SourceRecord(.trade("\($0)", at: noon + Int64($0)), offset: Int64($0)) })
    }

    @Test("--keep deletes what was inserted before, in steps, and nothing else")
    func keep() throws {
        let fixture = try StoreFixture(.sqlite)
        let store = try fixture.open(keepMs: 1000)
        for portion in 0..<12 { try store.writeAll(trades(portion * 1000..<(portion + 1) * 1000)) }
        func count() throws -> String? { try sqliteRows(path(fixture), "SELECT count(*) AS n FROM ticks").first?["n"] }
        #expect(try count() == "12000")
        // A minute later: 5,000 a batch go.
        for (step, left) in ["7001", "2002", "3", "4"].enumerated() {
            try store.writeAll(trades(20_000 + step..<20_001 + step), now: noon + 61_000)
            #expect(try count() == left)
        }
    }

    @Test("--keep finds what is too old behind an old day that was replayed today")
    func keepBehindReplay() throws {
        let fixture = try StoreFixture(.sqlite)
        let store = try fixture.open(keepMs: 1000)
        try store.writeAll(trades(10_000..<11_000))
        // Older by event time, and new.
        for start in [0, 5000] { try store.writeAll(trades(start..<start + 5000), now: noon + 61_000) }
        for step in 0..<3 { try store.writeAll(trades(20_000 + step..<20_001 + step), now: noon + 61_000) }
        let left = try sqliteRows(path(fixture), "SELECT count(*) AS n, min(inserted_at) AS first FROM ticks").first
        #expect(left == ["n": "10003", "first": "\(noon + 61_000)"])
    }

    @Test("--keep finds predictions as it finds ticks, whatever the order of their times")
    func keepPredictions() throws {
        let fixture = try StoreFixture(.sqlite)
        let store = try fixture.open(keepMs: 1000)
        func predictions(_ range: Range<Int>) throws -> RowBatch {
            try RowBatch(
                range.map {
                    SourceRecord(
                        .predictions, Prediction.made("m", 1, .quote, at: noon + Int64($0)), offset: Int64($0))
                })
        }
        try store.writeAll(predictions(10_000..<14_000))
        try store.writeAll(predictions(0..<3000), now: noon + 61_000)
        for step in 0..<4 { try store.writeAll(predictions(20_000 + step..<20_001 + step), now: noon + 61_000) }
        let left = try sqliteRows(path(fixture), "SELECT count(*) AS n, min(inserted_at) AS first FROM predictions")
        #expect(left == [["n": "3004", "first": "\(noon + 61_000)"]])
    }

    @Test("--keep goes by when a row came, not by when it was written again")
    func keepRewritten() throws {
        let fixture = try StoreFixture(.sqlite)
        let store = try fixture.open(keepMs: 1000)
        func windows(_ range: Range<Int>) throws -> RowBatch {
            try RowBatch(range.map { SourceRecord(.minute(noon + Int64($0) * 60_000), offset: Int64($0)) })
        }
        try store.writeAll(windows(0..<6000))
        // Read again, all but the last: the first 5,000 do not hide what lies behind them.
        try store.writeAll(windows(0..<5999), now: noon + 60_500)
        for step in 0..<2 { try store.writeAll(windows(6000 + step..<6001 + step), now: noon + 61_500) }
        #expect(try sqliteRows(path(fixture), "SELECT count(*) AS n FROM windows").first?["n"] == "2")
    }

    @Test("a gap that is told twice is one, also where its end is told differently")
    func gapTwice() throws {
        let fixture = try StoreFixture(.sqlite)
        let store = try fixture.open()
        for ms in [0, 7] as [Int64] {
            let gap = Tick(
                series: Series(source: "bybit", symbol: "BTC-USDT"),
                kind: .gap(Tick.Gap(from: noon, to: noon + 5000 + ms, reason: "start")),
                eventTime: noon + 5000 + ms, ingestTime: noon + 6000)
            try store.writeAll(RowBatch([SourceRecord(gap, offset: ms)]))
        }
        #expect(
            try sqliteRows(path(fixture), "SELECT _id, gap_to FROM ticks") == [
                ["_id": "bybit:BTC-USDT:gap:\(noon)", "gap_to": "\(noon + 5000)"]
            ])
    }

    @Test("a row that a trigger of the user's refuses is rejected alone")
    func trigger() throws {
        let fixture = try StoreFixture(.sqlite)
        let store = try fixture.open()
        try execute(
            fixture,
            "CREATE TRIGGER t BEFORE INSERT ON ticks WHEN new.trade_id = '3' BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )
        let rejected = try store.write(trades(0..<5), now: noon).rejected
        #expect(rejected == [RejectedRow(row: 3, reason: "not this one")])
        #expect(try fixture.content()["ticks"]?.count == 4)
    }

    @Test("a file of an older version gets the columns it lacks")
    func migration() throws {
        let fixture = try StoreFixture(.sqlite)
        try execute(
            fixture,
            """
            CREATE TABLE trends (_id TEXT PRIMARY KEY NOT NULL, source TEXT, symbol TEXT, as_of INTEGER, inserted_at INTEGER NOT NULL);
            INSERT INTO trends VALUES ('old', 'a', 'B-C', 1, 2);
            """)
        let trend = Trend(series: Series(source: "a", symbol: "B-C"), asOf: 5, averages: [1, 2, nil, nil, nil, 3])
        let batch = try RowBatch([SourceRecord(trend, offset: 0)])
        try fixture.open().writeAll(batch)
        var expected = batch.expectedContent()
        expected["trends"]?["old"] = ["source": "a", "symbol": "B-C", "as_of": "1"]
        #expect(try fixture.content() == expected)
    }

    @Test("a locked file is away and loses nothing; a file that is no database is fatal")
    func errors() throws {
        let fixture = try StoreFixture(.sqlite)
        let store = try SQLiteStore(path: path(fixture), keepMs: 0, busyTimeoutMs: 1)
        var database: OpaquePointer?
        sqlite3_open(path(fixture), &database)
        sqlite3_exec(database, "BEGIN EXCLUSIVE", nil, nil, nil)
        #expect {
            _ = try store.write(trades(0..<3), now: noon)
        } throws: {
            if case .away(let fault) = $0 as? StoreError { fault.code & 0xFF == SQLITE_BUSY } else { false }
        }
        sqlite3_exec(database, "ROLLBACK", nil, nil, nil)
        sqlite3_close(database)
        try store.writeAll(trades(0..<3))
        #expect(try fixture.content()["ticks"]?.count == 3)

        let text = "\(fixture.folder)/text"
        try Data(repeating: 65, count: 5000).write(to: URL(fileURLWithPath: text))
        for wrong in [text, "\(fixture.folder)/none/x.db", fixture.folder] {
            #expect {
                _ = try StoreLocation("sqlite:\(wrong)").open(keepMs: 0)
            } throws: {
                if case .fatal(_, let mend) = $0 as? StoreError { !mend.isEmpty } else { false }
            }
        }
    }

    @Test("several that write one file take turns, and a held position is that of who wrote it last")
    func writers() throws {
        let fixture = try StoreFixture(.sqlite)
        let path = path(fixture)
        _ = try fixture.open()
        @Sendable func held(_ partition: Int, _ next: Int) -> HeldPartition {
            HeldPartition(cluster: "c", topic: "crypto.ticks", partition: Int32(partition), next: Int64(next))
        }
        let threads = (0..<3).map { writer in
            System.Thread(name: "writer-\(writer)") {
                let store = try SQLiteStore(path: path, keepMs: 0)
                for first in stride(from: writer * 10_000, to: writer * 10_000 + 10_000, by: 200) {
                    // Half of it comes from the neighbour too, as after a partition went from one to the other.
                    let rows = first..<first + 300
                    let batch = try RowBatch(
                        rows.map { SourceRecord(.trade("\($0)", at: noon + Int64($0)), offset: Int64($0)) })
                    _ = try store.write(batch, holding: [held(writer, first + 200)], now: noon)
                }
            }
        }
        for thread in threads {
            guard case .finished = thread.join(ms: 60_000) else { throw TestFailure("a writer did not end well") }
        }
        #expect(try sqliteRows(path, "SELECT count(*) AS n FROM ticks") == [["n": "30100"]])
        #expect(try Set(fixture.open().held()) == Set((0..<3).map { held($0, $0 * 10_000 + 10_000) }))
        // The index that is carried on behind the ticks holds each of those before its mark once.
        let missing = """
            SELECT count(*) AS n FROM ticks WHERE event_time < (SELECT event_time FROM tick_times_until) AND NOT EXISTS
            (SELECT 1 FROM tick_times AS t WHERE t.event_time = ticks.event_time AND t.source = ticks.source)
            """
        #expect(try sqliteRows(path, missing) == [["n": "0"]])
        let marked = try sqliteRows(path, "SELECT count(*) AS n FROM tick_times").first?["n"]
        #expect(try #require(marked.flatMap { Int($0) }) > 0)
    }

    @Test("readers need not wait for a batch, nor it for them")
    func readers() throws {
        let fixture = try StoreFixture(.sqlite)
        let store = try fixture.open()
        try store.writeAll(trades(0..<1))
        var database: OpaquePointer?
        defer { sqlite3_close(database) }
        sqlite3_open(path(fixture), &database)
        sqlite3_exec(database, "BEGIN; SELECT * FROM ticks", nil, nil, nil)
        try store.writeAll(trades(1..<2))
        #expect(try fixture.content()["ticks"]?.count == 2)
    }
}
