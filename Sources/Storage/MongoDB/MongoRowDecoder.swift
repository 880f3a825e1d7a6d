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

    private func cell(_ type: FieldType, _ page: inout RowPage) -> Cell {
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
        case .json: return json(&page)
        }
    }

    /// An array or object as its JSON, which is what the other stores hold.
    private func json(_ page: inout RowPage) -> Cell {
        var json = JSONWriter()
        MongoRowDecoder.write(iterator, to: &json)
        return .text(json.bytes.withUnsafeBytes { page.addText($0) })
    }

    /// Appends a value as the JSON that the other stores hold.
    static func write(_ value: BSONIterator, to json: inout JSONWriter) {
        switch value.type {
        case BSON_TYPE_ARRAY:
            json.beginArray()
            if let elements = value.inside { while elements.next() { write(elements, to: &json) } }
            json.endArray()
        case BSON_TYPE_DOCUMENT:
            json.beginObject()
            if let members = value.inside {
                while members.next() {
                    json.key(members.key)
                    write(members, to: &json)
                }
            }
            json.endObject()
        case BSON_TYPE_BOOL: json.value(value.flag)
        case BSON_TYPE_INT32, BSON_TYPE_INT64: json.value(value.integer)
        case BSON_TYPE_DOUBLE where value.real.isFinite: json.value(value.real)
        case BSON_TYPE_UTF8: json.value(value.withBytes { String(decoding: $0, as: UTF8.self) } ?? "")
        default: json.null()
        }
    }
}

@available(*, unavailable)
extension MongoRowDecoder: Sendable {}
