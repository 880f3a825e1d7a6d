internal import CMongoC
import CryptoCore

/// Turns documents into the rows of a page. *Thread*: bound to one.
final class MongoRowDecoder {
    private let columns: [ReadColumn]
    /// The fields that are looked at, as C strings: the query's columns, then `_id` and the time.
    private let names: [[CChar]]
    private let iterator = BSONIterator()
    private var id: [UInt8] = []

    init(_ query: StoreQuery) {
        columns = query.columns
        names = (query.columns.map(\.name) + ["_id", query.table.timeName]).map { Array($0.utf8CString) }
    }

    func append(_ document: OpaquePointer, to page: inout RowPage) {
        guard iterator.enter(document) else { return }
        let first = page.cells.count
        for _ in columns { page.cells.append(.null) }
        var time: Int64 = 0
        id.removeAll(keepingCapacity: true)
        while iterator.next() {
            for i in names.indices where iterator.isKey(names[i]) {
                if i < columns.count {
                    page.cells[first &+ i] = cell(columns[i].type, &page)
                } else if i == columns.count {
                    _ = iterator.withBytes { id.append(contentsOf: $0) }
                } else {
                    time = integer
                }
            }
        }
        id.withUnsafeBytes { page.endRow(time: time, id: $0) }
    }

    /// Dates are integers too.
    private var integer: Int64 { iterator.type == BSON_TYPE_DATE_TIME ? iterator.dateMs : iterator.integer }

    private func cell(_ type: ColumnType, _ page: inout RowPage) -> Cell {
        if iterator.type == BSON_TYPE_NULL { return .null }
        switch type {
        case .integer: return .integer(integer)
        case .real: return .real(iterator.real)
        case .bool: return .bool(iterator.flag)
        case .text: return iterator.withBytes { .text(page.addText($0)) } ?? .null
        case .bytes:
            let isText = iterator.type == BSON_TYPE_UTF8
            return iterator.withBytes {
                let range = page.addText($0)
                return isText ? .text(range) : .bytes(range)
            } ?? .null
        case .numbers: return numbers(&page)
        }
    }

    /// An array of numbers and nulls as its JSON, which is what the other stores hold.
    private func numbers(_ page: inout RowPage) -> Cell {
        guard let elements = iterator.inside else { return .null }
        var json = JSONWriter()
        json.beginArray()
        while elements.next() {
            let number = elements.real
            if elements.type != BSON_TYPE_NULL, number.isFinite { json.value(number) } else { json.null() }
        }
        json.endArray()
        return .text(json.bytes.withUnsafeBytes { page.addText($0) })
    }
}

@available(*, unavailable)
extension MongoRowDecoder: Sendable {}
