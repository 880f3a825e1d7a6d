import CSQLite
import CryptoCore
import Foundation
import Storage
import Synchronization
import TestSupport
import TestTraits
import Testing

@Suite("An SQLite file that is read while it is written", .waiting)
struct SQLiteReaderTests {
    private static let series = (0..<4).map { Series(source: "bybit", symbol: "C\($0)-USDT") }

    private static func execute(_ path: String, _ sql: String) throws {
        var database: OpaquePointer?
        defer { sqlite3_close(database) }
        guard sqlite3_open(path, &database) == SQLITE_OK, sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else {
            throw TestFailure("\(sql): \(String(cString: sqlite3_errmsg(database)))")
        }
    }

    private func fixture() throws -> (StoreFixture, path: String) {
        let fixture = try StoreFixture(.sqlite)
        return (fixture, "\(fixture.folder)/store.db")
    }

    // MARK: What cannot be read

    @Test("a file that is not there is missing, and is not made")
    func absent() throws {
        let (fixture, path) = try fixture()
        defer { withExtendedLifetime(fixture) {} }
        #expect(throws: StoreError.missing("there is no file \(path)")) {
            try StoreLocation(fixture.location).openReader()
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder).isEmpty)
    }

    @Test("an empty file, another program's, a newer version's and no database are told apart")
    func strangers() throws {
        func opening(_ prepare: (String) throws -> Void) throws -> String {
            let (fixture, path) = try fixture()
            defer { withExtendedLifetime(fixture) {} }
            try prepare(path)
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            defer { #expect((try? Data(contentsOf: URL(fileURLWithPath: path))) == before) }
            do throws(StoreError) { _ = try StoreLocation(fixture.location).openReader() } catch {
                switch error {
                case .missing(let text): return "missing: \(text.replacing(path, with: "FILE"))"
                case .fatal(_, let mend): return "fatal: \(mend.replacing(path, with: "FILE"))"
                default: return "\(error)"
                }
            }
            return "opened"
        }
        #expect(try opening { try Data().write(to: URL(fileURLWithPath: $0)) } == "missing: FILE is empty")
        #expect(
            try opening { try Self.execute($0, "CREATE TABLE ticks (a)") } == "fatal: name the file that a sink writes")
        #expect(
            try opening { try Data(repeating: 65, count: 5000).write(to: URL(fileURLWithPath: $0)) }
                == "fatal: FILE is no SQLite database: name another file")
        let newer = "fatal: a newer version made it: use that one, or name another file"
        #expect(try opening { try Self.execute($0, "CREATE TABLE a (b); PRAGMA user_version = 2") } == newer)
    }

    @Test("a sink does not write into a newer version's file")
    func newerFile() throws {
        let (fixture, path) = try fixture()
        defer { withExtendedLifetime(fixture) {} }
        _ = try fixture.open()
        try Self.execute(path, "PRAGMA user_version = 2")
        #expect {
            try fixture.open()
        } throws: {
            if case .fatal(_, let mend) = $0 as? StoreError { mend.contains("newer version") } else { false }
        }
    }

    @Test("a folder of CSV files says which stores can be read")
    func csv() throws {
        #expect {
            try StoreLocation("csv:x").openReader()
        } throws: {
            "\($0)" == "csv:x can only be written: rows are read from sqlite:FILE or mongodb://HOST/DATABASE"
        }
    }

    @Test("a reader cannot write, and notices that its file went")
    func moved() throws {
        let (fixture, path) = try fixture()
        defer { withExtendedLifetime(fixture) {} }
        try fixture.open().writeAll(RowBatch([SourceRecord(.trade("1"), offset: 0)]))
        let reader = try StoreLocation(fixture.location).openReader()
        let query = try StoreQuery(.ticks, of: Series("bybit:BTC-USDT"), columns: ["_id"])
        #expect(try reader.read(query).count == 1)
        try FileManager.default.moveItem(atPath: path, toPath: "\(path).old")
        #expect(throws: StoreError.replaced("\(path) was deleted, moved or replaced")) { try reader.read(query) }
        #expect(throws: StoreError.self) { try reader.check() }
    }

    @Test("a file of 0.1.0 that no later sink has opened is read as it is")
    func untouched() throws {
        let (fixture, path) = try fixture()
        defer { withExtendedLifetime(fixture) {} }
        let insert = """
            INSERT INTO ticks (_id, source, symbol, kind, event_time, price, side, inserted_at) VALUES
            ('bybit:BTC-USDT:2', 'bybit', 'BTC-USDT', 'trade', 7, 2.5, 'sell', 9), ('g', 'bybit', 'BTC-USDT', 'gap', 5, NULL, NULL, 9),
            ('bybit:BTC-USDT:1', 'bybit', 'BTC-USDT', 'trade', 7, 1.5, 'buy', 9);
            """
        _ = try SQLiteOldFileTests.make(fixture, insert)
        let reader = try StoreLocation(fixture.location).openReader()
        #expect(reader.identity == nil)
        #expect(try reader.series(in: .ticks) == [Series(source: "bybit", symbol: "BTC-USDT")])
        var query = try StoreQuery(.ticks, of: Series("bybit:BTC-USDT"), columns: ["price", "side"])
        #expect(try reader.all(query) == [[:], ["price": "1.5", "side": "buy"], ["price": "2.5", "side": "sell"]])
        try query.match("kind", .text("gap"))
        #expect(try reader.all(query) == [[:]])
        // A column that came later is null.
        try Self.execute(path, "ALTER TABLE ticks DROP COLUMN side")
        query = try StoreQuery(.ticks, of: Series("bybit:BTC-USDT"), columns: ["side"])
        #expect(try StoreLocation(fixture.location).openReader().all(query) == [[:], [:], [:]])
    }

    // MARK: Beside a writer

    @Test("between two pages nothing is held: the log is emptied and stays short however slowly one reads")
    func log() throws {
        let (fixture, path) = try fixture()
        defer { withExtendedLifetime(fixture) {} }
        let writer = try fixture.open()
        var made = 0
        func write(_ count: Int) throws {
            let records = (made..<made + count).map {
                SourceRecord(
                    .trade("\($0)-\(String(repeating: "x", count: 200))", at: noon + Int64($0)), offset: Int64($0))
            }
            made += count
            try writer.writeAll(RowBatch(records))
        }
        try write(1000)
        let reader = try StoreLocation(fixture.location).openReader()
        var query = try StoreQuery(.ticks, of: Series("bybit:BTC-USDT"), columns: ["event_time", "trade_id"])
        query.limit = 100
        var page = RowPage()
        var seen = 0
        var longest = 0
        for _ in 0..<150 {
            try reader.read(query, after: page.cursor, into: &page)
            seen += page.count
            try write(500)
            let size = try FileManager.default.attributesOfItem(atPath: "\(path)-wal")[.size] as? Int
            longest = max(longest, size ?? 0)
        }
        #expect(seen == 15_000)
        let rows = try sqliteRows(path, "PRAGMA page_count").first?["page_count"].flatMap(Int.init) ?? 0
        // It is begun anew at 4,000 pages, once what one batch adds is there too; all that was written is far more.
        #expect(longest < 6_000 * 4096)
        #expect(rows > 9_000)
        // Nobody is in the way of emptying it now.
        #expect(try sqliteRows(path, "PRAGMA wal_checkpoint(TRUNCATE)").first?["busy"] == "0")
    }

    @Test("readers that always read do not keep the log from being emptied")
    func busyReaders() throws {
        let (fixture, path) = try fixture()
        defer { withExtendedLifetime(fixture) {} }
        let limit = 2 << 20
        let store = try SQLiteStore(path: path, keepMs: 0, logLimitBytes: Int64(limit))
        let readers = (0..<2).map { _ in ReadingThread(path) }
        var (size, longest, written) = (0, 0, 0)
        for batch in 0..<80 as Range<Int64> {
            let filler = String(repeating: "x", count: 200)
            let records = (0..<500 as Range<Int64>).map {
                SourceRecord(.trade("\(batch)-\($0)-\(filler)", at: noon + batch * 500 + $0), offset: $0)
            }
            try store.writeAll(RowBatch(records))
            let before = size
            size = try FileManager.default.attributesOfItem(atPath: "\(path)-wal")[.size] as? Int ?? 0
            longest = max(longest, size)
            written += size >= before ? size - before : size
        }
        for reader in readers { #expect(try reader.stop() > 10) }
        // What is written while a page is waited for in vain comes on top: where cores are few, that may be a few times the limit.
        #expect(written > 8 * limit)
        #expect(longest < written / 2)
    }

    // MARK: Ticks by series

    @Test(
        "ticks of one series are found whether they are in the index or newer, late or by another program, and --keep takes both",
        arguments: [1, 2] as [UInt64])
    func tickTimes(seed: UInt64) throws {
        let (fixture, path) = try fixture()
        defer { withExtendedLifetime(fixture) {} }
        var random = SplitMix64(seed: seed)
        var made: Int64 = 0
        func ticks(_ count: Int, from: Int64, to: Int64) throws -> RowBatch {
            try RowBatch(
                (0..<count).map { _ in
                    made += 1
                    let series = Self.series[Int(min(random.next() % 16, 3))]
                    let time = noon + Int64.random(in: from..<to, using: &random) * 10
                    let trade = Tick.Trade(tradeID: "\(made)", price: Double(made), quantity: 1, side: .buy)
                    return SourceRecord(
                        Tick(series: series, kind: .trade(trade), eventTime: time, ingestTime: time), offset: made)
                })
        }
        let store = try fixture.open(keepMs: 3_600_000)
        for hour in 0..<6 as Range<Int64> {
            for _ in 0..<2 { try store.writeAll(ticks(2500, from: hour * 9000, to: hour * 9000 + 12_000)) }
        }
        try store.writeAll(ticks(300, from: -50_000, to: 20_000))
        #expect(Int64(try mark(path)) ?? 0 > noon)
        try Self.execute(
            path,
            "INSERT INTO ticks (_id, source, symbol, kind, event_time, inserted_at) VALUES ('x', 'a', 'B-C', 'trade', 5, 0)"
        )
        try compare(path, fixture, &random)
        #expect(try staleTimes(path) == 0)
        // All but what comes now is too old.
        for minute in 0..<20 as Range<Int64> {
            let batch = try ticks(1, from: 90_000, to: 90_001)
            try store.writeAll(batch, now: noon + 4_000_000 + minute * 60_000)
        }
        #expect(try sqliteRows(path, "SELECT count(*) AS n FROM ticks").first?["n"] == "20")
        #expect(try staleTimes(path) == 0)
        try compare(path, fixture, &random)
    }

    private func mark(_ path: String) throws -> String {
        try sqliteRows(path, "SELECT event_time FROM tick_times_until").first?["event_time"] ?? ""
    }

    /// Entries without a tick, and ticks before the mark without an entry.
    private func staleTimes(_ path: String) throws -> Int {
        let sql = """
            SELECT (SELECT count(*) FROM (SELECT source, symbol, event_time FROM tick_times
                EXCEPT SELECT source, symbol, event_time FROM ticks))
            + (SELECT count(*) FROM (SELECT source, symbol, event_time FROM ticks
                WHERE event_time < (SELECT event_time FROM tick_times_until)
                EXCEPT SELECT source, symbol, event_time FROM tick_times)) AS n
            """
        return Int(try sqliteRows(path, sql).first?["n"] ?? "") ?? -1
    }

    /// Reads random stretches and looks into the table for the same.
    private func compare(_ path: String, _ fixture: StoreFixture, _ random: inout SplitMix64) throws {
        let reader = try StoreLocation(fixture.location).openReader()
        let all = try sqliteRows(path, "SELECT DISTINCT source, symbol FROM ticks ORDER BY source, symbol")
        let series = try reader.series(in: .ticks)
        #expect(series.map(\.description) == all.map { "\($0["source"] ?? ""):\($0["symbol"] ?? "")" })
        for series in series {
            for order in [StoreQuery.Order.oldestFirst, .newestFirst] {
                var query = try StoreQuery(.ticks, of: series, columns: ["_id"])
                query.from = noon + Int64.random(in: -600_000...400_000, using: &random)
                query.to = query.from + Int64.random(in: 0...600_000, using: &random)
                (query.order, query.limit) = (order, Int.random(in: 50...3000, using: &random))
                let direction = order == .oldestFirst ? "" : "DESC"
                let expected = try sqliteRows(
                    path,
                    """
                    SELECT _id FROM ticks WHERE source = '\(series.source)' AND symbol = '\(series.symbol)'
                    AND event_time >= \(query.from) AND event_time < \(query.to) ORDER BY event_time \(direction), _id \(direction)
                    """)
                #expect(try reader.all(query) == expected)
            }
        }
    }
}

/// A thread that reads page after page until it is told to stop.
private final class ReadingThread: Sendable {
    private let isStopped = Atomic(false)
    private let done = DispatchSemaphore(value: 0)
    private let result = Mutex<Result<Int, any Error>>(.success(0))

    init(_ path: String) {
        Thread { [self] in
            let pages = Result { try read(path) }
            result.withLock { $0 = pages }
            done.signal()
        }.start()
    }

    /// How many pages there were.
    private func read(_ path: String) throws -> Int {
        let reader = try SQLiteStoreReader(path: path)
        var query = try StoreQuery(.ticks, of: Series("bybit:BTC-USDT"), columns: ["event_time", "trade_id"])
        query.limit = 2_000
        var pages = 0
        while !isStopped.load(ordering: .relaxed) {
            try reader.forEachPage(of: query) { _ in pages += 1 }
        }
        return pages
    }

    /// - Returns: how many pages it has read.
    func stop() throws -> Int {
        isStopped.store(true, ordering: .relaxed)
        done.wait()
        return try result.withLock { try $0.get() }
    }
}
