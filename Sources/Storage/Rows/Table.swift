package import CryptoCore

/// What a column's cells are.
package enum ColumnType: Sendable {
    case integer, real, text, bool
    /// A JSON array of numbers and nulls.
    case numbers
    /// Text where it is UTF-8, else bytes as they are.
    case bytes
}

/// A field of a record, in the order of its table.
package struct Column: Sendable {
    /// The JSON field's name, and the column's.
    package let name: StaticString
    package let type: ColumnType
    /// Whether the record writes `null` where it has no value; other fields are absent then.
    package let isNullable: Bool

    init(_ name: StaticString, _ type: ColumnType, isNullable: Bool = false) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
    }
}

/// The collections of a store, and the columns of each beside `_id` and `inserted_at`.
package enum Table: UInt8, BitwiseCopyable, CaseIterable, Sendable {
    case ticks, windows, trends, late, deadLetters

    /// The table that a topic's records go to.
    package init(_ topic: Topic) {
        switch topic {
        case .ticks: self = .ticks
        case .tumbling, .sliding, .live: self = .windows
        case .trends: self = .trends
        case .late: self = .late
        case .deadLetter, .state: self = .deadLetters
        }
    }

    /// As the database names it.
    package var name: StaticString {
        switch self {
        case .ticks: "ticks"
        case .windows: "windows"
        case .trends: "trends"
        case .late: "late"
        case .deadLetters: "dead_letters"
        }
    }

    /// The fields in the order of a row's cells.
    package var columns: [Column] {
        switch self {
        case .ticks: Table.tickColumns
        case .windows: Table.windowColumns
        case .trends: Table.trendColumns
        case .late: Table.lateColumns
        case .deadLetters: Table.deadLetterColumns
        }
    }

    /// The index in `columns` of the event time; nil where the record has none.
    package var timeColumn: Int? {
        switch self {
        case .ticks, .late: TickColumn.eventTime
        case .windows: WindowColumn.windowStart
        case .trends: 2
        case .deadLetters: nil
        }
    }

    /// Whether a record of an id never changes: what is stored already then stays.
    package var isImmutable: Bool {
        switch self {
        case .ticks, .late, .deadLetters: true
        case .windows, .trends: false
        }
    }

    private static let tickColumns = [
        Column("source", .text), Column("symbol", .text), Column("kind", .text), Column("event_time", .integer),
        Column("ingest_time", .integer), Column("trade_id", .text), Column("price", .real), Column("quantity", .real),
        Column("side", .text), Column("block_trade", .bool), Column("backfilled", .bool), Column("bid", .real),
        Column("ask", .real), Column("change_24h_pct", .real), Column("volume_24h", .real), Column("market_cap", .real),
        Column("gap_from", .integer), Column("gap_to", .integer), Column("reason", .text),
    ]

    private static let windowColumns = [
        Column("source", .text), Column("symbol", .text), Column("type", .text), Column("window_start", .integer),
        Column("window_end", .integer), Column("final", .bool), Column("count", .integer), Column("volume", .real),
        Column("amount", .real), Column("average_price", .real), Column("vwap", .real, isNullable: true),
        Column("open", .real), Column("high", .real), Column("low", .real), Column("close", .real),
        Column("stddev", .real), Column("buy_volume", .real), Column("sell_volume", .real),
        Column("first_time", .integer), Column("last_time", .integer), Column("incomplete", .bool),
    ]

    private static let trendColumns = [
        Column("source", .text), Column("symbol", .text), Column("as_of", .integer), Column("averages", .numbers),
        Column("slope_per_minute", .real, isNullable: true), Column("change_pct", .real, isNullable: true),
        Column("direction", .text, isNullable: true),
    ]

    private static let lateColumns = tickColumns + [Column("late_by", .integer)]

    private static let deadLetterColumns = [
        Column("key", .bytes, isNullable: true), Column("value", .bytes, isNullable: true),
        Column("origin_topic", .text), Column("origin_partition", .integer), Column("origin_offset", .integer),
        Column("error", .text), Column("service", .text),
    ]
}

/// Cells of a tick that the backends look at.
enum TickColumn {
    static let symbol = 1
    static let eventTime = 3
    static let price = 6
    static let bid = 11
    static let ask = 12
}

/// Cells of a window that the backends look at.
enum WindowColumn {
    static let windowStart = 3
    static let final = 5
    static let count = 6
}
