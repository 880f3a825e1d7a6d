package import CryptoCore

extension RowBatch {
    /// Adds a record of any topic that has a table.
    /// - Parameters:
    ///   - appendTime: when the broker wrote the record to its log (ms); nil where the record's time is not the broker's.
    ///   - letter: what a dead letter's headers say; asked for dead letters only.
    /// - Throws: what is wrong with the record; the batch is as before then.
    package mutating func append(
        _ origin: RecordOrigin, key: RawSpan?, value: RawSpan?, appendTime: Int64? = nil,
        letter: () -> DeadLetter? = { nil }
    ) throws(DecodeError) {
        if origin.topic == .deadLetter { return appendDeadLetter(letter(), key: key, value: value, origin: origin) }
        guard let value else { throw DecodeError(.notJSON("a value"), at: 0) }
        if origin.topic == .ticks {
            guard let key else { throw DecodeError(.badField("key", "the tick's series"), at: 0) }
            return try appendTick(value, key: key, appendTime: appendTime, origin: origin)
        }
        if origin.topic == .late { return try appendLate(value, origin: origin) }
        guard let record = origin.topic.fieldRecord else { preconditionFailure("no rows are made of \(origin.topic)") }
        try append(record, value, origin: origin)
    }

    /// Adds a record that is described by its fields, as a row of its table.
    private mutating func append<Record: FieldRecord & StoredRecord>(
        _ type: Record.Type, _ value: RawSpan, origin: RecordOrigin
    ) throws(DecodeError) {
        var record = try Record(decoding: value)
        let table = Record.table
        let firstCell = cells.count
        record.visit(&self)
        let id = appendID(of: table, firstCell: firstCell, origin)
        rows.append(Row(table: table, origin: origin, id: id, firstCell: firstCell))
    }

    private mutating func appendID(of table: Table, firstCell: Int, _ origin: RecordOrigin) -> TextRange {
        switch table.identity {
        case .origin, .tick: appendOriginID(origin)
        case .prediction: appendPredictionID(firstCell: firstCell)
        case .parts(let parts): appendID(of: parts, firstCell: firstCell)
        }
    }

    private mutating func appendID(of parts: [Table.Part], firstCell: Int) -> TextRange {
        let start = text.count
        for (i, part) in parts.enumerated() {
            if i > 0 { text.append(UInt8(ascii: ":")) }
            switch part {
            case .text(let literal): _ = add(literal)
            case .column(let index): add(cells[firstCell + index])
            }
        }
        return range(since: start)
    }

    /// Adds a dead letter as a row of `dead_letters`.
    /// - Parameter letter: what its headers say; nil when they do not say it, which is no reason to lose the bytes.
    package mutating func appendDeadLetter(
        _ letter: DeadLetter?, key: RawSpan?, value: RawSpan?, origin: RecordOrigin
    ) {
        let firstCell = cells.count
        addBytes(key)
        addBytes(value)
        if let letter {
            cells.append(.text(add(letter.originTopic)))
            cells.append(.integer(Int64(letter.originPartition)))
            cells.append(.integer(letter.originOffset))
            cells.append(.text(add(letter.error)))
            cells.append(.text(add(letter.service)))
        } else {
            for _ in 0..<5 { cells.append(.null) }
        }
        rows.append(Row(table: .deadLetters, origin: origin, id: appendOriginID(origin), firstCell: firstCell))
    }

    /// Writes `<topic>:<partition>:<offset>:<time>`: without the time a topic made anew would give its ids again.
    mutating func appendOriginID(_ origin: RecordOrigin) -> TextRange {
        let start = text.count
        _ = add(prefix)
        text.append(UInt8(ascii: "."))
        _ = add(origin.topic.rawValue)
        text.append(UInt8(ascii: ":"))
        add(Int64(origin.partition))
        text.append(UInt8(ascii: ":"))
        add(origin.offset)
        text.append(UInt8(ascii: ":"))
        add(origin.timestampMs)
        return range(since: start)
    }

    /// Adds a cell as a part of an id.
    mutating func add(_ cell: Cell) {
        switch cell {
        case .null: break
        case .integer(let number): add(number)
        case .bool(let flag): _ = add(flag ? "true" as StaticString : "false")
        case .text(let range), .bytes(let range): repeatText(range.indices)
        case .real: preconditionFailure("a number that may be rounded is no part of an id")
        }
    }

    private mutating func addBytes(_ bytes: RawSpan?) {
        guard let bytes else { return cells.append(.null) }
        let start = text.count
        let isText = bytes.withUnsafeBytes { raw in
            text.append(contentsOf: raw)
            return String(validating: raw, as: UTF8.self) != nil
        }
        cells.append(isText ? .text(range(since: start)) : .bytes(range(since: start)))
    }
}

/// Adds a cell for each field.
extension RowBatch: FieldVisitor {
    package mutating func field<Value: FieldValue>(
        _ name: StaticString, _ value: inout Value, _ form: Form?, _ meaning: StaticString
    ) {
        switch value.content {
        case .null: cells.append(.null)
        case .integer(let number): cells.append(.integer(number))
        case .real(let number): cells.append(.real(number))
        case .bool(let flag): cells.append(.bool(flag))
        case .text(let string): cells.append(.text(add(string)))
        case .json:
            json.removeAll()
            value.encode(into: &json)
            let start = text.count
            text.append(contentsOf: json.bytes)
            cells.append(.text(range(since: start)))
        }
    }

    package mutating func optional<Value: FieldValue>(
        _ name: StaticString, _ value: inout Value?, _ form: Form?, _ meaning: StaticString
    ) { field(name, &value, form, meaning) }
}
