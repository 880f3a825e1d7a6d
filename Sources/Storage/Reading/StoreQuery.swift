package import CryptoCore

/// A column that can be asked for: those of its table, `_id` and `inserted_at` (ms).
package struct ReadColumn: Equatable, Sendable {
    package let name: String
    package let type: FieldType

    init(_ name: String, in table: Table) throws(StoreError) {
        self.name = name
        switch name {
        case "_id": type = .text
        case "inserted_at": type = .integer
        default:
            guard let column = table.columns.first(where: { $0.name.description == name }) else {
                throw .badQuery("\(table.name) has no column \(name)")
            }
            type = column.type
        }
    }
}

extension Table {
    /// The column that rows are ordered by: `event_time`, `window_start`, `as_of`; `inserted_at` where the record has no
    /// time.
    package var timeName: String { timeColumn.map { columns[$0].name.description } ?? "inserted_at" }

    /// Whether each row is of a series.
    package var hasSeries: Bool { columns.contains { $0.name.description == "symbol" } }
}

/// Which rows of a store are wanted, which of their columns, in what order and how many at a time.
package struct StoreQuery: Equatable, Sendable {
    /// By time, and where that is the same by the bytes of `_id`.
    package enum Order: Sendable {
        case oldestFirst, newestFirst
    }

    /// What a column must be.
    package enum Value: Equatable, Sendable {
        case text(String), integer(Int64), bool(Bool)
    }

    package let table: Table
    /// Nil where the table's rows have no series.
    package let series: Series?
    /// In the order of a page's cells.
    package let columns: [ReadColumn]
    /// The first time wanted, ms.
    package var from = Int64.min
    /// The first time behind them, ms. Who wants the newest says the present: where it is open, a MongoDB reader has to search
    /// for the newest row (most of a second among 600,000 in FerretDB).
    package var to = Int64.max
    package var order = Order.oldestFirst
    /// Rows a page, at least 1. A page of large rows ends earlier (`RowPage.maximumTextBytes`).
    package var limit = 1_000 { didSet { limit = max(1, limit) } }
    private(set) var filters: [Filter] = []

    struct Filter: Equatable, Sendable {
        let column: String
        let value: Value
    }

    /// - Parameters:
    ///   - series: whose rows; of all tables but `dead_letters`, which has none.
    ///   - columns: their names.
    /// - Throws: `.badQuery` for a column that the table has not, or a series too few or too many.
    package init(_ table: Table, of series: Series?, columns: [String]) throws(StoreError) {
        guard table.hasSeries == (series != nil) else {
            throw .badQuery("\(table.name) is read \(table.hasSeries ? "by series" : "without a series")")
        }
        self.table = table
        self.series = series
        var resolved: [ReadColumn] = []
        for name in columns { resolved.append(try ReadColumn(name, in: table)) }
        self.columns = resolved
    }

    /// Keeps the rows whose column has this value: `type` tumbling, `kind` gap, `final` true.
    /// - Throws: `.badQuery` for a column that the table has not, or of another type.
    package mutating func match(_ name: String, _ value: Value) throws(StoreError) {
        let column = try ReadColumn(name, in: table)
        switch (column.type, value) {
        case (.text, .text), (.integer, .integer), (.bool, .bool): filters.append(Filter(column: name, value: value))
        default: throw .badQuery("\(table.name).\(name) cannot be compared with \(value)")
        }
    }

    /// Whether it looks for gaps only.
    var wantsGaps: Bool { filters.contains(Filter(column: "kind", value: .text("gap"))) }

    /// The same rows with other columns.
    func reading(_ names: [String]) throws(StoreError) -> StoreQuery {
        var other = try StoreQuery(table, of: series, columns: names)
        (other.from, other.to, other.order, other.limit) = (from, to, order, limit)
        other.filters = filters
        return other
    }
}
