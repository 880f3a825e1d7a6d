/// What rules see of one record: its time and the fields of its kind that any rule names.
struct RuleRecord: Sendable {
    /// *Units*: ms since the epoch.
    private(set) var time: Int64 = 0
    /// NaN where a field is null or absent. *Shape*: the columns of its kind.
    private(set) var row: ContiguousArray<Double> = []
    /// Where the model's name stands in the record; empty where it is of none.
    private(set) var model = JSONText()

    /// Reads a tick.
    /// - Precondition: it is a trade or a quote.
    mutating func read(_ tick: TickView, _ columns: [RuleColumn]) {
        time = tick.eventTime
        model = JSONText()
        row.removeAll(keepingCapacity: true)
        for column in columns { row.append(tick.number(column.tickField)) }
    }

    /// Reads any other record. *Complexity*: O(length), nothing allocated.
    /// - Throws: the first thing that is wrong with it.
    mutating func read(_ kind: RecordKind, _ columns: [RuleColumn], _ bytes: RawSpan) throws(DecodeError) {
        row.removeAll(keepingCapacity: true)
        for _ in columns { row.append(.nan) }
        model = JSONText()
        let timeField = kind.timeField
        var time: Int64?
        var scanner = JSONScanner()
        // Records are written in the order of their fields: the next column is likely the next that comes.
        var next = 0
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            if key.equals(timeField, in: bytes) {
                // The time may be a column, too.
                var ahead = scanner
                time = try RuleRecord.time(timeField, &ahead, bytes)
            }
            if let place = RuleRecord.place(of: key, columns, next, bytes) {
                row[place] = try RuleRecord.number(columns[place].name, &scanner, bytes)
                next = place + 1
            } else if kind.hasModel, key.equals("model", in: bytes) {
                model = try TickView.text("model", &scanner, bytes)
            } else {
                try scanner.skipValue(bytes)
            }
        }
        try scanner.end(bytes)
        guard let time else { throw DecodeError(.missing(StaticText(stringLiteral: timeField)), at: 0) }
        if kind.hasModel, model.isEmpty { throw DecodeError(.missing("model"), at: 0) }
        self.time = time
    }

    @inline(__always)
    private static func place(of key: JSONText, _ columns: [RuleColumn], _ next: Int, _ bytes: RawSpan) -> Int? {
        if next < columns.count, key.equals(columns[next].name, in: bytes) { return next }
        for place in columns.indices where key.equals(columns[place].name, in: bytes) { return place }
        return nil
    }

    private static func time(
        _ name: StaticString, _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> Int64 {
        let start = scanner.at
        let time = try Int64.decode(StaticText(stringLiteral: name), &scanner, bytes)
        // The last minute of the year 9999 ends behind it.
        guard TickView.isTime(time) || time == TickView.eventTimes.upperBound else {
            throw DecodeError(.badField(StaticText(stringLiteral: name), "within the years 1 to 9999"), at: start)
        }
        return time
    }

    /// A number, `null` (NaN), or the largest of an object's numbers (NaN where it is empty).
    private static func number(
        _ name: StaticString, _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> Double {
        let name = StaticText(stringLiteral: name)
        switch try scanner.peek(bytes) {
        case .null:
            try scanner.null(bytes)
            return .nan
        case .object:
            var largest = Double.nan
            try scanner.enterObject(bytes)
            while try scanner.nextKey(bytes) != nil {
                largest = Double.maximum(largest, try TickView.number(name, &scanner, bytes))
            }
            return largest
        default: return try TickView.number(name, &scanner, bytes)
        }
    }
}

/// A field that is read of the records of its kind.
struct RuleColumn: Sendable {
    let name: StaticString
    /// Says which field it is; the same in every run.
    let identity: UInt64
    /// The same where the record is a tick; else it means nothing.
    let tickField: TickField

    init(_ field: RuleField) {
        name = field.kind.fields[field.index]
        var hash = FNV1a()
        hash.add(name.description.utf8)
        identity = hash.value
        tickField = TickField(named: name) ?? .price
    }
}

extension TickField {
    /// The field of this name, by the list of a tick's fields, which is in the order of the cases.
    fileprivate init?(named name: StaticString) {
        guard let index = Tick.fields.firstIndex(where: { $0.name.description == name.description }) else { return nil }
        self.init(rawValue: UInt32(index))
    }
}

extension TickView {
    /// A field that is a number; NaN where the tick has none.
    fileprivate func number(_ field: TickField) -> Double {
        switch field {
        case .price: price
        case .quantity: quantity
        case .bid: bid
        case .ask: ask
        case .change24hPct: change24hPct
        case .volume24h: volume24h
        case .marketCap: marketCap
        case .eventTime: Double(eventTime)
        case .ingestTime: Double(ingestTime)
        case .source, .symbol, .kind, .tradeID, .side, .blockTrade, .backfilled, .gapFrom, .gapTo, .reason: .nan
        }
    }
}
