import CSQLite
import CryptoCore
import Foundation
import Storage
import TestSupport
import Testing

@Suite("An SQLite file that 0.1.0 made")
struct SQLiteOldFileTests {
    /// What 0.1.0 executed when it made a file.
    private static func schema() -> String {
        [Table.ticks, .windows, .trends, .late, .deadLetters].map { table in
            let columns = table.columns.map { column in
                let type =
                    switch column.type {
                    case .integer, .bool: "INTEGER"
                    case .real: "REAL"
                    case .text, .json: "TEXT"
                    case .bytes: "ANY"
                    }
                return "\"\(column.name)\" \(type)"
            }.joined(separator: ", ")
            let index = table.timeColumn.map { time in
                """
                CREATE INDEX \(table.name)_by_series ON \(table.name) (source, symbol, \(table.columns[time].name));
                """
            }
            return """
                CREATE TABLE \(table.name) (_id TEXT PRIMARY KEY NOT NULL, \(columns), inserted_at INTEGER NOT NULL) STRICT;
                \(index ?? "")
                """
        }.joined(separator: "\n")
    }

    static func make(_ fixture: StoreFixture, _ more: String = "") throws -> String {
        let path = "\(fixture.folder)/store.db"
        var database: OpaquePointer?
        defer { sqlite3_close(database) }
        guard sqlite3_open(path, &database) == SQLITE_OK,
            sqlite3_exec(database, schema() + more, nil, nil, nil) == SQLITE_OK
        else { throw TestFailure(String(cString: sqlite3_errmsg(database))) }
        return path
    }

    @Test("ends with the content that a file of today has", arguments: [1, 2, 3] as [UInt64])
    func content(seed: UInt64) throws {
        let fixture = try StoreFixture(.sqlite)
        _ = try SQLiteOldFileTests.make(fixture)
        var source = RecordSource(seed: seed)
        let records = source.records(300)
        let order = (records + records).shuffled(using: &source.random)
        try fixture.open().writeAll(RowBatch(order[..<250]), now: noon)
        try fixture.open().writeAll(RowBatch(order[250...]), now: noon)
        #expect(try fixture.content() == RowBatch(records).expectedContent())
    }

    @Test("keeps its rows, and --keep deletes them when their time is up")
    func keep() throws {
        let fixture = try StoreFixture(.sqlite)
        let path = try SQLiteOldFileTests.make(
            fixture,
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 6000)
            INSERT INTO ticks (_id, source, symbol, kind, event_time, inserted_at)
            SELECT 'x:A-B:' || i, 'x', 'A-B', 'trade', i, \(noon) FROM n
            """)
        func count() throws -> String? { try sqliteRows(path, "SELECT count(*) AS n FROM ticks").first?["n"] }
        let store = try fixture.open(keepMs: 1000)
        #expect(try count() == "6000")
        try store.writeAll(RowBatch([SourceRecord(.trade("1"), offset: 0)]), now: noon + 61_000)
        #expect(try count() == "1001")
        try store.writeAll(RowBatch([SourceRecord(.trade("2"), offset: 1)]), now: noon + 61_000)
        #expect(try count() == "2")
    }
}
