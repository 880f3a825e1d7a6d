/// The members of one flat JSON object, found in one pass and then read by name.
///
/// For the records that come once a window, not once a tick: it allocates a small list.
public struct RecordFields: Sendable {
    private var members: [(key: JSONText, value: Int)] = []

    public init() {}

    /// Finds the members of the object in `bytes`, the whole of them.
    public mutating func read(_ bytes: RawSpan) throws(DecodeError) {
        members.removeAll(keepingCapacity: true)
        var scanner = JSONScanner()
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            members.append((key, scanner.at))
            try scanner.skipValue(bytes)
        }
        try scanner.end(bytes)
    }

    /// A scanner that stands before the value of `name` (the last one, when it is there twice).
    /// - Throws: `.missing`.
    public func scanner(_ name: StaticText, _ bytes: RawSpan) throws(DecodeError) -> JSONScanner {
        guard let member = members.last(where: { $0.key.equals(name.text, in: bytes) }) else {
            throw DecodeError(.missing(name), at: 0)
        }
        return JSONScanner(at: member.value)
    }

    public func text(_ name: StaticText, _ bytes: RawSpan) throws(DecodeError) -> String {
        var scanner = try scanner(name, bytes)
        return try TickView.text(name, &scanner, bytes).string(in: bytes)
    }

    /// A text that is not empty, or nil for `null`.
    public func textOrNull(_ name: StaticText, _ bytes: RawSpan) throws(DecodeError) -> String? {
        var scanner = try scanner(name, bytes)
        return try scanner.peek(bytes) == .null ? nil : try TickView.text(name, &scanner, bytes).string(in: bytes)
    }

    /// A finite number.
    public func number(_ name: StaticText, _ bytes: RawSpan) throws(DecodeError) -> Double {
        var scanner = try scanner(name, bytes)
        return try TickView.number(name, &scanner, bytes)
    }

    /// A finite number, or nil for `null`.
    public func numberOrNull(_ name: StaticText, _ bytes: RawSpan) throws(DecodeError) -> Double? {
        var scanner = try scanner(name, bytes)
        return try scanner.peek(bytes) == .null ? nil : try TickView.number(name, &scanner, bytes)
    }

    /// An array of finite numbers and nulls.
    public func numbersOrNulls(_ name: StaticText, _ bytes: RawSpan) throws(DecodeError) -> [Double?] {
        var scanner = try scanner(name, bytes)
        guard try scanner.peek(bytes) == .array else { throw DecodeError(.badField(name, "an array"), at: scanner.at) }
        var numbers: [Double?] = []
        try scanner.enterArray(bytes)
        while try scanner.nextElement(bytes) {
            if try scanner.peek(bytes) == .null {
                try scanner.null(bytes)
                numbers.append(nil)
            } else {
                numbers.append(try TickView.number(name, &scanner, bytes))
            }
        }
        return numbers
    }

    public func integer(_ name: StaticText, _ bytes: RawSpan) throws(DecodeError) -> Int64 {
        var scanner = try scanner(name, bytes)
        let start = scanner.at
        guard try scanner.peek(bytes) == .number else {
            throw DecodeError(.badField(name, "a whole number"), at: start)
        }
        do { return try scanner.integer(bytes) } catch {
            throw DecodeError(.badField(name, "a whole number"), at: start)
        }
    }

    public func bool(_ name: StaticText, _ bytes: RawSpan) throws(DecodeError) -> Bool {
        var scanner = try scanner(name, bytes)
        return try TickView.flag(name, &scanner, bytes)
    }

    /// The members `source` and `symbol`.
    public func series(_ bytes: RawSpan) throws(DecodeError) -> Series {
        let series = Series(source: try text("source", bytes), symbol: try text("symbol", bytes))
        guard Series.isSource(series.source) else {
            throw DecodeError(.badField("source", "without colon or space"), at: 0)
        }
        guard Series.isSymbol(series.symbol) else { throw DecodeError(.badField("symbol", "<BASE>-<QUOTE>"), at: 0) }
        return series
    }
}
