internal import CryptoCore

/// What our recorder notes beside frames.
enum RecordedEvent: Sendable {
    /// The producer was started. From version 2 on its ticks stand beside the frames.
    case run(version: Int64)
    /// A connection stood; the symbols that were wanted of it, none where the recording does not say, or how many where the venue
    /// chooses them.
    case connected(address: String, symbols: [String], top: Int?)
    /// A connection was lost, given up or could not be made.
    case closed(GapReason)
    /// Version 0.1.0 noted each series of a connection by itself. *Units*: `lastMs` ms since the epoch: up to where the series was
    /// known; nil: it was not.
    case series(Series, lastMs: Int64?, beginsWithGap: Bool)
    /// So many markets were wanted, and the venue's answers decide which.
    case top(Int)
    /// A request over HTTP was answered.
    case answered(address: String, VenueResponse)

    /// Reads a line of this type, with its time. *Units*: ms since the epoch.
    /// - Throws: the line is not JSON, or has numbers or times that are none.
    /// - Returns: nil for a line that is no event of ours.
    static func read(
        _ type: JSONText, _ line: RawSpan
    ) throws(DecodeError) -> (event: RecordedEvent, ms: Int64)? {
        let fields = try Fields(line)
        guard let ms = fields.ms, let event = event(type, fields, line) else { return nil }
        return (event, ms)
    }

    private static func event(_ type: JSONText, _ fields: Fields, _ line: RawSpan) -> RecordedEvent? {
        if type.equals("header", in: line) {
            let isOurs = fields.text("by", line) == RecordingEncoder.author
            return isOurs ? .run(version: fields.numbers["v"] ?? 1) : nil
        }
        if type.equals("series", in: line) { return series(fields, line) }
        if type.equals("close", in: line) {
            return fields.text("reason", line).flatMap { GapReason(rawValue: $0) }.map { .closed($0) }
        }
        guard let address = fields.text("addr", line) else { return nil }
        if type.equals("connect", in: line) {
            return .connected(address: address, symbols: fields.symbols, top: fields.top)
        }
        guard type.equals("http", in: line), let status = fields.numbers["status"].flatMap({ Int(exactly: $0) }),
            let body = fields.body(line)
        else { return nil }
        return .answered(
            address: address,
            VenueResponse(status: status, retryAfterMs: fields.numbers["retry_after_ms"], body: body))
    }

    private static func series(_ fields: Fields, _ line: RawSpan) -> RecordedEvent? {
        if let top = fields.top { return .top(top) }
        guard let source = fields.text("source", line), Series.isSource(source),
            let symbol = fields.text("symbol", line), Series.isSymbol(symbol)
        else { return nil }
        let lastMs = fields.numbers["last_ms"].flatMap { TickView.isTime($0) ? $0 : nil }
        return .series(
            Series(source: source, symbol: symbol), lastMs: lastMs, beginsWithGap: fields.text("gap", line) != nil)
    }

    /// The members that are of use. These lines are rare: they may cost something.
    private struct Fields {
        var texts: [String: JSONText] = [:]
        var numbers: [String: Int64] = [:]
        var symbols: [String] = []
        /// *Units*: ms since the epoch.
        var ms: Int64?

        init(_ line: RawSpan) throws(DecodeError) {
            var scanner = JSONScanner()
            try scanner.enterObject(line)
            while let key = try scanner.nextKey(line) {
                let name = key.string(in: line)
                switch try scanner.peek(line) {
                case .string: texts[name] = try scanner.string(line)
                case .number where name == "ts": ms = RecordingDecoder.milliseconds(seconds: try scanner.number(line))
                case .number where ["status", "retry_after_ms", "last_ms", "top", "v"].contains(name):
                    numbers[name] = try scanner.integer(line)
                case .array where name == "symbols":
                    try scanner.enterArray(line)
                    while try scanner.nextElement(line) { symbols.append(try scanner.string(line).string(in: line)) }
                default: try scanner.skipValue(line)
                }
            }
        }

        func text(_ name: String, _ line: RawSpan) -> String? { texts[name]?.string(in: line) }

        var top: Int? { numbers["top"].flatMap { (1...1_000_000).contains($0) ? Int($0) : nil } }

        func body(_ line: RawSpan) -> [UInt8]? {
            if let data = texts["data"] { return Array(data.string(in: line).utf8) }
            guard let packed = texts["base64"] else { return nil }
            return Base64.decode(line.extracting(packed.offset..<packed.offset + packed.count))
        }
    }
}
