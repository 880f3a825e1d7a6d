import CryptoCore
import Foundation
import Storage
import TestSupport
import Testing

/// What the reading suite reads: the two databases, and an SQLite file that 0.1.0 made.
enum ReadBackend: String, CaseIterable, Sendable {
    case sqlite, oldSQLite, mongoDB

    static var available: [ReadBackend] { Backend.available.contains(.mongoDB) ? allCases : [.sqlite, .oldSQLite] }
}

/// A store to be written and read.
struct ReadFixture {
    let store: StoreFixture
    let writer: any Store

    init(_ backend: ReadBackend, _ batch: RowBatch? = nil) throws {
        store = try StoreFixture(backend == .mongoDB ? .mongoDB : .sqlite)
        if backend == .oldSQLite { _ = try SQLiteOldFileTests.make(store) }
        writer = try store.open()
        if let batch { try writer.writeAll(batch) }
    }

    func reader() throws -> any StoreReader { try StoreLocation(store.location).openReader() }
}

/// A row as the suite compares it: column and text; what is null is not there.
typealias TextRow = [String: String]

extension RowPage {
    func comparable(_ row: Int) -> TextRow {
        var values: TextRow = [:]
        for (i, column) in columns.enumerated() {
            let text: String? =
                switch self[row, i] {
                case .null: nil
                case .integer(let number): String(number)
                case .real(let number): StorageTests.comparable(number)
                case .bool(let flag): String(flag)
                case .text: string(row, i)
                case .bytes: withBytes(row, i) { $0.withUnsafeBytes { Data($0).base64EncodedString() } }
                }
            values[column.name] = text
        }
        return values
    }

    var comparable: [TextRow] { (0..<count).map { comparable($0) } }
}

extension Table {
    var allColumns: [String] { ["_id"] + columns.map(\.name.description) + ["inserted_at"] }
}

/// The rows that a query must find, from what must be in the store.
struct ExpectedRows {
    let content: StoreContent
    let insertedAt: Int64

    init(_ batch: RowBatch, insertedAt: Int64 = noon) {
        content = batch.expectedContent()
        self.insertedAt = insertedAt
    }

    /// By time, then by the bytes of `_id`; all columns.
    func rows(_ query: StoreQuery) -> [TextRow] {
        let all = (content[query.table.name.description] ?? [:]).map { id, row in
            row.merging(["_id": id, "inserted_at": String(insertedAt)]) { $1 }
        }
        let found = all.filter { row in
            guard let time = row[query.table.timeName].flatMap(Int64.init) else { return false }
            return time >= query.from && time < query.to
                && (query.series == nil
                    || (row["source"] == query.series?.source && row["symbol"] == query.series?.symbol))
        }.sorted { a, b in
            let (first, second) = (Int64(a[query.table.timeName] ?? "") ?? 0, Int64(b[query.table.timeName] ?? "") ?? 0)
            return first == second
                ? Array((a["_id"] ?? "").utf8).lexicographicallyPrecedes(Array((b["_id"] ?? "").utf8)) : first < second
        }
        return query.order == .oldestFirst ? found : found.reversed()
    }

    func series(_ table: Table) -> [Series] {
        let all = (content[table.name.description] ?? [:]).values.compactMap { row in
            row["source"].flatMap { source in row["symbol"].map { Series(source: source, symbol: $0) } }
        }
        return Set(all).sorted { ($0.source, $0.symbol) < ($1.source, $1.symbol) }
    }
}

extension StoreReader {
    /// All rows, page by page, each cursor given away as text and taken back.
    func all(_ query: StoreQuery) throws -> [TextRow] {
        var rows: [TextRow] = []
        var page = RowPage()
        repeat {
            let cursor = try page.cursor.map { try StoreCursor($0.description) }
            try read(query, after: cursor, into: &page)
            #expect(page.count <= query.limit)
            rows += page.comparable
        } while page.hasMore
        return rows
    }
}
