internal import CryptoCore
internal import HTTPServer
internal import Storage
internal import System

/// `GET /api/rows/TABLE`: rows of a table as they lie in the store, page by page, as JSON or CSV.
struct RowsQuestion: StoreAnswering {
    enum Form: String, Sendable { case json, csv }

    static let mostRows: Int64 = 10_000
    private static let usualRows: Int64 = 500
    /// Texts of all series together, before their rows are merged.
    private static let mostTextBytes = 64 << 20

    private let table: Table
    /// Nil: those of all series, merged.
    private let series: Series?
    private let columns: [String]
    private let span: Range<Int64>
    private let matches: [(column: String, value: String)]
    private let order: StoreQuery.Order
    private let limit: Int
    private let after: String?
    private let form: Form

    /// - Throws: `.badRequest` for what the table has not; `.notFound` is no answer, as the tables are named in it.
    init(_ asked: AskedValues, now: Int64) throws(HTTPError) {
        let tableName = asked.text("table") ?? ""
        guard let table = Table.allCases.first(where: { $0.name.description == tableName }) else {
            let names = Table.allCases.map(\.name.description).joined(separator: ", ")
            throw .badRequest("there is no table \(tableName.prefix(60)): ask one of \(names)")
        }
        self.table = table
        series = table.hasSeries ? try asked.seriesIfAny() : nil
        guard series != nil || !table.hasSeries || table == .alerts else {
            throw .badRequest("series is missing: say whose rows, as in series=binance:BTC-USDT")
        }
        let from = try asked.integer("from", in: AskedValues.times) ?? AskedValues.times.lowerBound
        // Who wants the newest says the present: a MongoDB server need not search for it.
        let to = try asked.integer("to", in: AskedValues.times) ?? max(now + 86_400_000, from + 1)
        guard from < to else { throw .badRequest("from must be before to, both in ms since the epoch") }
        span = from..<to
        let named = asked.text("columns").map { $0.split(separator: ",").map(String.init) } ?? []
        columns = named.isEmpty ? ["_id"] + table.columns.map(\.name.description) + ["inserted_at"] : named
        guard columns.count <= 100 else { throw .badRequest("columns names more than a table has") }
        matches = try asked.texts("match").map { text throws(HTTPError) in
            guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else {
                throw .badRequest("match must be column:value, as in match=kind:trade")
            }
            return (String(text[..<colon]), String(text[text.index(after: colon)...]))
        }
        order = try asked.choice("order", of: ["newest", "oldest"]) == "oldest" ? .oldestFirst : .newestFirst
        limit = Int(try asked.integer("limit", in: 1...RowsQuestion.mostRows) ?? RowsQuestion.usualRows)
        after = asked.text("after")
        form = try asked.choice("format", of: ["json", "csv"]).flatMap { Form(rawValue: $0) } ?? .json
    }

    func answer(_ reader: any StoreReader) throws(StoreError) -> HTTPResponse {
        let startNs = SystemClock().monotonicNs()
        let cursor: StoreCursor? = if let after { try StoreCursor(after) } else { nil }
        var pages: [RowPage] = []
        for series in try wantedSeries(reader) {
            var page = RowPage()
            try reader.read(try query(series), after: cursor, into: &page)
            pages.append(page)
            guard pages.reduce(0, { $0 + $1.text.count }) <= RowsQuestion.mostTextBytes else {
                throw .badQuery("these are too many rows of too many series: name a series, or a smaller limit")
            }
        }
        let merged = MergedPages(pages, limit: limit, order)
        switch form {
        case .json: return json(merged, startNs)
        case .csv: return csv(merged)
        }
    }

    /// One query each; of a table without series one for all.
    private func wantedSeries(_ reader: any StoreReader) throws(StoreError) -> [Series?] {
        guard table.hasSeries, series == nil else { return [series] }
        return try reader.series(in: table)
    }

    /// The columns, then time and `_id`, by which pages are merged.
    private func query(_ series: Series?) throws(StoreError) -> StoreQuery {
        var query = try StoreQuery(table, of: series, columns: columns + [table.timeName, "_id"])
        (query.from, query.to, query.order, query.limit) = (span.lowerBound, span.upperBound, order, limit)
        for match in matches { try query.match(match.column, try value(match)) }
        return query
    }

    private func value(_ match: (column: String, value: String)) throws(StoreError) -> StoreQuery.Value {
        let type = table.columns.first { $0.name.description == match.column }?.type
        switch type {
        case .integer:
            guard let number = Int64(match.value) else {
                throw .badQuery("\(match.column) is a whole number: match=\(match.column):1")
            }
            return .integer(number)
        case .bool:
            guard match.value == "true" || match.value == "false" else {
                throw .badQuery("\(match.column) is true or false: match=\(match.column):true")
            }
            return .bool(match.value == "true")
        default: return .text(match.value)
        }
    }

    private func json(_ rows: MergedPages, _ startNs: Int64) -> HTTPResponse {
        var json = JSONWriter(reservingBytes: 1_024 + rows.byteCount)
        json.beginObject()
        json.field("table", table.name.description)
        json.columns(columns)
        json.key("rows")
        json.beginArray()
        rows.forEach { page, row in
            json.beginArray()
            for column in columns.indices { page.write(row, column, to: &json) }
            json.endArray()
        }
        json.endArray()
        json.key("next")
        if let next = rows.next { json.value(next.description) } else { json.null() }
        json.field("read", Int64(rows.read))
        json.took(since: startNs)
        json.endObject()
        return .json(json.bytes)
    }

    private func csv(_ rows: MergedPages) -> HTTPResponse {
        var csv = CSVLines(reservingBytes: 1_024 + rows.byteCount)
        for column in columns { csv.text(column) }
        csv.endLine()
        rows.forEach { page, row in
            for column in columns.indices { csv.cell(page, row, column) }
            csv.endLine()
        }
        var headers: [(name: String, value: String)] = [
            ("Content-Disposition", "attachment; filename=\"\(table.name).csv\"")
        ]
        if let next = rows.next { headers.append(("Next-Cursor", next.description)) }
        return HTTPResponse(contentType: "text/csv; charset=utf-8", body: csv.bytes, headers: headers)
    }
}
