import CryptoCore
import Testing

@testable import Storage

@Suite("The index of an SQLite file's ticks by series")
struct SQLiteTickTimesTests {
    @Test("its mark stays behind as far as ticks come late, comes near again, and no tick is missing before it")
    func settles() throws {
        let fixture = try StoreFixture(.sqlite)
        let path = "\(fixture.folder)/store.db"
        let store = try SQLiteStore(path: path, keepMs: 0)
        var made = 0
        /// Writes two partitions' next ticks, of which the second is so much behind the first.
        func write(behindMs: Int64) throws -> Int64? {
            let rows = made..<made + 2_500
            made += 2_500
            let records = rows.map { i in
                let ms = noon + Int64(i) * 4 - (i % 2 == 0 ? 0 : behindMs)
                return SourceRecord(.trade("\(i)", at: ms), offset: Int64(i))
            }
            _ = try store.write(try RowBatch(records), now: noon)
            return store.tickTimes?.settleMs
        }
        #expect(try write(behindMs: 0) == 10_000)
        var last: Int64? = 0
        while last ?? .max < 40_000, made < 100_000 { last = try write(behindMs: 30_000) }
        #expect(last == 40_000)
        while last ?? 0 > 10_000, made < 200_000 { last = try write(behindMs: 0) }
        #expect(last == 10_000)

        let before = "FROM ticks AS t WHERE event_time < (SELECT event_time FROM tick_times_until)"
        let missing = """
            SELECT count(*) AS n \(before) AND NOT EXISTS (SELECT 1 FROM tick_times AS i
            WHERE i.event_time = t.event_time AND i.source = t.source AND i.symbol = t.symbol)
            """
        #expect(try sqliteRows(path, missing) == [["n": "0"]])
        #expect(try sqliteRows(path, "SELECT count(*) > 10000 AS n \(before)") == [["n": "1"]])
    }
}
