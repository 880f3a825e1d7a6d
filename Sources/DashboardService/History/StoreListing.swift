internal import CryptoCore
internal import HTTPServer
internal import Storage
internal import Synchronization
internal import System

/// `GET /api/series` and `GET /api/tables`: what there is in the store.
///
/// Series are looked for in each table, which takes a search for each of them, so the answer is kept for a while.
final class StoreListing: Sendable {
    private static let keptMs: Int64 = 10_000

    private let clock = SystemClock()
    private let live: @Sendable () -> [Series]
    private let kept = Mutex<(atMs: Int64, tables: [Series: [Table]])?>(nil)

    /// - Parameter live: the series that are live now.
    init(live: @escaping @Sendable () -> [Series]) { self.live = live }

    /// Series by name, with the tables that have rows of them.
    func answer(_ reader: any StoreReader) throws(StoreError) -> HTTPResponse {
        let tables = try tables(reader)
        let live = Set(live())
        var json = JSONWriter(reservingBytes: 128 * tables.count + 64)
        json.beginObject()
        json.key("series")
        json.beginArray()
        for series in live.union(tables.keys).sorted(by: { $0.description < $1.description }) {
            json.beginObject()
            json.field("series", series.description)
            json.field("tables", (tables[series] ?? []).map(\.name.description))
            json.field("live", live.contains(series))
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json.bytes)
    }

    /// The tables of each series. Predictions lie by time, all series' together: a series whose predictions were scored has some.
    func tables(_ reader: any StoreReader) throws(StoreError) -> [Series: [Table]] {
        let now = clock.monotonicMs()
        if let kept = kept.withLock({ $0 }), now - kept.atMs < StoreListing.keptMs { return kept.tables }
        var found: [Series: [Table]] = [:]
        for table in Table.allCases where table.hasSeries && table != .predictions {
            for series in try reader.series(in: table) {
                if table == .scores { found[series, default: []].append(.predictions) }
                found[series, default: []].append(table)
            }
        }
        kept.withLock { $0 = (now, found) }
        return found
    }

    /// Tables, their columns, and about how many rows they have.
    static func tables(_ reader: any StoreReader) throws(StoreError) -> HTTPResponse {
        var json = JSONWriter(reservingBytes: 16_384)
        json.beginObject()
        json.key("tables")
        json.beginArray()
        for table in Table.allCases {
            json.beginObject()
            json.field("name", table.name.description)
            json.key("columns")
            json.beginArray()
            column("_id", "text", "What makes the row one.", &json)
            for field in table.columns {
                column(field.name.description, field.type.shown, field.meaning.description, &json)
            }
            column("inserted_at", "integer", "When the store got it.", &json)
            json.endArray()
            json.key("rows")
            if let count = try reader.approximateCount(of: table) { json.value(count) } else { json.null() }
            json.field("time", table.timeName)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return .json(json.bytes)
    }

    private static func column(_ name: String, _ type: String, _ about: String, _ json: inout JSONWriter) {
        json.beginObject()
        json.field("name", name)
        json.field("type", type)
        json.field("about", about)
        json.endObject()
    }
}

extension FieldType {
    /// As the API names it; bytes are text where they can be.
    fileprivate var shown: String {
        switch self {
        case .integer: "integer"
        case .real: "real"
        case .text, .bytes: "text"
        case .bool: "bool"
        case .json: "json"
        }
    }
}
