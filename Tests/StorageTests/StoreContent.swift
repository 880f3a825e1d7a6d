import CMongoC
import CSQLite
import CryptoCore
import Foundation
import Storage

/// What a store holds: table, `_id`, column, and the value as text; a column without a value is not there.
typealias StoreContent = [String: [String: [String: String]]]

/// How values are compared: doubles by their shortest text, -0 as 0 (SQLite has no other).
func comparable(_ number: Double) -> String { number == 0 ? "0.0" : number.description }

extension RowBatch {
    func comparable(_ cell: Cell) -> String? {
        switch cell {
        case .null: nil
        case .integer(let number): String(number)
        case .real(let number): StorageTests.comparable(number)
        case .bool(let flag): String(flag)
        case .text(let range): string(range)
        case .bytes(let range): Data(text[range.indices]).base64EncodedString()
        }
    }

    /// What a store must hold after these rows, by the rules of `Store.write`, in whatever order.
    func expectedContent() -> StoreContent {
        var content: StoreContent = [:]
        for row in 0..<count {
            let table = rows[row].table
            var values: [String: String] = [:]
            for (i, column) in table.columns.enumerated() { values[column.name.description] = comparable(cell(row, i)) }
            let old = content[table.name.description]?[id(row)]
            if let old, !replaces(values, old, table) { continue }
            content[table.name.description, default: [:]][id(row)] = values
        }
        return content
    }
}

func replaces(_ new: [String: String], _ old: [String: String], _ table: Table) -> Bool {
    if table.isImmutable { return false }
    guard table == .windows, new["final"] != "true" else { return true }
    return old["final"] != "true" && (Int64(new["count"] ?? "") ?? 0) >= (Int64(old["count"] ?? "") ?? 0)
}

// MARK: SQLite, read with the C library

func sqliteContent(_ path: String) throws -> StoreContent {
    var content: StoreContent = [:]
    for table in Table.allCases {
        for row in try sqliteRows(path, "SELECT * FROM \(table.name)") {
            var values = row
            let id = values.removeValue(forKey: "_id") ?? ""
            values["inserted_at"] = nil
            for column in table.columns where column.type == .bool {
                let name = column.name.description
                values[name] = values[name].map { $0 == "1" ? "true" : "false" }
            }
            content[table.name.description, default: [:]][id] = values
        }
    }
    return content
}

func sqliteRows(_ path: String, _ sql: String) throws -> [[String: String]] {
    var database: OpaquePointer?
    defer { sqlite3_close(database) }
    var statement: OpaquePointer?
    defer { sqlite3_finalize(statement) }
    guard sqlite3_open(path, &database) == SQLITE_OK,
        sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK
    else { throw TestFailure("\(sql): \(String(cString: sqlite3_errmsg(database)))") }
    var rows: [[String: String]] = []
    while sqlite3_step(statement) == SQLITE_ROW {
        var row: [String: String] = [:]
        for i in 0..<sqlite3_column_count(statement) {
            let name = String(cString: sqlite3_column_name(statement, i))
            let bytes = Int(sqlite3_column_bytes(statement, i))
            switch sqlite3_column_type(statement, i) {
            case SQLITE_INTEGER: row[name] = String(sqlite3_column_int64(statement, i))
            case SQLITE_FLOAT: row[name] = comparable(sqlite3_column_double(statement, i))
            case SQLITE_TEXT:
                row[name] = String(
                    decoding: UnsafeRawBufferPointer(start: sqlite3_column_text(statement, i), count: bytes),
                    as: UTF8.self)
            case SQLITE_BLOB:
                row[name] = Data(UnsafeRawBufferPointer(start: sqlite3_column_blob(statement, i), count: bytes))
                    .base64EncodedString()
            default: break
            }
        }
        rows.append(row)
    }
    return rows
}

struct TestFailure: Error {
    let text: String
    init(_ text: String) { self.text = text }
}

// MARK: CSV, read by hand

/// Records of one file, quotes resolved; nil is an empty field without quotes.
func csvRecords(_ text: [UInt8]) -> [[String?]] {
    var records: [[String?]] = []
    var record: [String?] = []
    var field: [UInt8] = []
    var isQuoted = false
    var wasQuoted = false
    var i = 0
    while i < text.count {
        let byte = text[i]
        i += 1
        if isQuoted {
            if byte != UInt8(ascii: "\"") {
                field.append(byte)
            } else if i < text.count, text[i] == UInt8(ascii: "\"") {
                field.append(byte)
                i += 1
            } else {
                isQuoted = false
            }
            continue
        }
        switch byte {
        case UInt8(ascii: "\""): (isQuoted, wasQuoted) = (true, true)
        case UInt8(ascii: ","), 10:
            record.append(field.isEmpty && !wasQuoted ? nil : String(decoding: field, as: UTF8.self))
            (field, wasQuoted) = ([], false)
            if byte == 10 {
                records.append(record)
                record = []
            }
        default: field.append(byte)
        }
    }
    return records
}

/// Every line of every file, by file name without the day.
func csvLines(_ folder: String) throws -> [String: [[String?]]] {
    var lines: [String: [[String?]]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where name.hasSuffix(".csv") {
        let records = csvRecords(Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))))
        lines[String(name.dropLast("-2025-11-21.csv".count)), default: []] += records.dropFirst()
    }
    return lines
}

func csvContent(_ folder: String) throws -> StoreContent {
    var content: StoreContent = [:]
    for (file, lines) in try csvLines(folder) {
        let table = csvTable(file)
        for line in lines {
            var values: [String: String] = [:]
            for (column, text) in zip(table.columns, line.dropFirst()) {
                guard let text else { continue }
                switch column.type {
                case .real: values[column.name.description] = Double(text).map(comparable) ?? "not a number: \(text)"
                case .bytes where text.hasPrefix("base64:"): values[column.name.description] = String(text.dropFirst(7))
                default: values[column.name.description] = text
                }
            }
            let id = line[0] ?? ""
            if let old = content[table.name.description]?[id], !replaces(values, old, table) { continue }
            content[table.name.description, default: [:]][id] = values
        }
    }
    return content
}

private func csvTable(_ file: String) -> Table {
    Topic.allCases.first { $0.rawValue == file }?.table ?? .windows
}
