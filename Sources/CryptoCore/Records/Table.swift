/// A collection of a store: its columns beside `_id` and `inserted_at`, what makes a row one, and what may replace it.
///
/// Tables are constants, made once and compared by identity.
package final class Table: Sendable {
    /// What makes the `_id` of a row.
    package enum Identity: Sendable {
        /// These columns and texts, a colon between.
        case parts([Part])
        /// `<topic>:<partition>:<offset>:<time>` of its Kafka record.
        case origin
        /// What the kind of tick says.
        case tick
        /// `<model>:<version>:` and the id of the tick or minute that it was made for.
        case prediction
    }

    /// A part of an `_id`.
    package enum Part: Sendable {
        case column(Int)
        case text(StaticString)
    }

    /// What happens to a row whose `_id` is there already.
    package enum Rewriting: Sendable {
        /// It never changes: the row that is there stays.
        case never
        /// The row is replaced.
        case always
        /// A row whose column `final` is false replaces no final one, nor one with a larger `count`; both are names.
        case provisional(final: StaticString, count: StaticString)
    }

    /// As the database names it.
    package let name: StaticString
    /// The fields in the order of a row's cells.
    package let columns: [Field]
    /// The index in `columns` of the time by which rows are looked for; nil where the record has none.
    package let timeColumn: Int?
    package let identity: Identity
    package let rewriting: Rewriting

    /// - Parameters:
    ///   - columns: usually the record's fields.
    ///   - time: the name of the column by which rows are looked for.
    package init(
        _ name: StaticString, _ columns: [Field], time: StaticString?, identity: Identity, rewriting: Rewriting
    ) {
        self.name = name
        self.columns = columns
        self.identity = identity
        self.rewriting = rewriting
        timeColumn = time.map { Table.index(of: $0, in: columns) }
    }

    /// - Parameters:
    ///   - id: what makes a row one: names of columns; a name that is no column's stands for itself.
    package convenience init(
        _ name: StaticString, _ columns: [Field], time: StaticString?, id: [StaticString], rewriting: Rewriting
    ) {
        let parts = id.map { name in
            columns.firstIndex { $0.name.description == name.description }.map { Part.column($0) } ?? .text(name)
        }
        self.init(name, columns, time: time, identity: .parts(parts), rewriting: rewriting)
    }

    /// The index of the column `name`, which must be there.
    package func index(of name: StaticString) -> Int { Table.index(of: name, in: columns) }

    /// The names of the columns that are part of the `_id`, in its order.
    package var keyColumns: [StaticString] {
        guard case .parts(let parts) = identity else { return [] }
        return parts.compactMap { part in
            if case .column(let index) = part { columns[index].name } else { nil }
        }
    }

    /// Whether a record of an id never changes: what is stored already then stays.
    package var isImmutable: Bool {
        if case .never = rewriting { true } else { false }
    }

    private static func index(of name: StaticString, in columns: [Field]) -> Int {
        guard let index = columns.firstIndex(where: { $0.name.description == name.description }) else {
            preconditionFailure("there is no column \(name)")
        }
        return index
    }
}

extension Table: Hashable, CaseIterable, CustomStringConvertible {
    /// The tables of all topics, each once.
    package static let allCases: [Table] = Topic.allCases.reduce(into: []) { tables, topic in
        if let table = topic.table, !tables.contains(table) { tables.append(table) }
    }

    package static func == (a: Table, b: Table) -> Bool { a === b }
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
    package var description: String { name.description }

    package static var ticks: Table { Tick.table }
    package static var windows: Table { WindowAggregate.table }
    package static var trends: Table { Trend.table }
    package static var indicators: Table { Indicators.table }
    package static var predictions: Table { Prediction.table }
    package static var scores: Table { Score.table }
    package static var alerts: Table { Alert.table }
    package static var late: Table { LateTick.table }
    package static var deadLetters: Table { DeadLetter.table }
}
