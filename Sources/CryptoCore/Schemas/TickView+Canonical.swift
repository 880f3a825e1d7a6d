/// The fast path of decoding: a trade exactly as `Tick.encode` writes it, without white space, escapes or unknown fields.
///
/// It only ever says "yes, and these are its fields" or "read it the general way", which then decides; both give the same
/// view for every record that both take (a property test). Comparing whole literals by words costs a third of reading keys.
extension TickView {
    /// Fields that a canonical trade has beside its optional ones.
    private static let tradeFields: UInt32 =
        [
            TickField.source, .symbol, .kind, .eventTime, .ingestTime, .tradeID, .price, .quantity,
        ].reduce(0) { $0 | 1 << $1.rawValue }

    /// Reads a canonical trade into this view; false, with the view in any state, when `bytes` are something else.
    mutating func readCanonicalTrade(_ bytes: RawSpan) -> Bool {
        var at = 0
        guard TickView.skip("{\"source\":\"", bytes, &at), TickView.plain(bytes, &at, &source),
            TickView.skip("\",\"symbol\":\"", bytes, &at), TickView.plain(bytes, &at, &symbol),
            TickView.skip("\",\"kind\":\"trade\",\"event_time\":", bytes, &at)
        else { return false }
        return readTradeBody(bytes, at)
    }

    /// Appends the bytes before the event time of every canonical trade of a series, given its Kafka key.
    ///
    /// A name that JSON writes with escapes has no such head: what is appended then begins no record.
    static func appendTradeHead(ofSeries key: RawSpan, to bytes: inout ContiguousArray<UInt8>) {
        for i in 0..<key.byteCount {
            let byte = key.byte(i)
            if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
            return bytes.append(0)
        }
        bytes.append(contentsOf: "{\"source\":\"".utf8)
        var isSymbol = false
        for i in 0..<key.byteCount {
            if !isSymbol, key.byte(i) == UInt8(ascii: ":") {
                isSymbol = true
                bytes.append(contentsOf: "\",\"symbol\":\"".utf8)
            } else {
                bytes.append(key.byte(i))
            }
        }
        bytes.append(contentsOf: "\",\"kind\":\"trade\",\"event_time\":".utf8)
    }

    /// A canonical trade, whole and sound, whose first `headCount` bytes are the head of its series: `nameCount` bytes in it
    /// are source and symbol. Nil when it is to be read the general way.
    @inline(__always)
    init?(tradeIn bytes: RawSpan, headCount: Int, nameCount: Int) {
        self.init()
        guard readTradeBody(bytes, headCount), price > 0, quantity > 0, tradeID.count <= TickView.maximumTextBytes,
            eventTime &- ingestTime <= TickView.maximumLead
        else { return nil }
        // What is between the names and around them is always the same.
        let sourceStart = "{\"source\":\"".utf8.count
        var sourceEnd = sourceStart
        while bytes.byte(sourceEnd) != UInt8(ascii: "\"") { sourceEnd &+= 1 }
        source = JSONText(offset: sourceStart, count: sourceEnd &- sourceStart)
        symbol = JSONText(
            offset: sourceEnd &+ "\",\"symbol\":\"".utf8.count, count: nameCount &- source.count)
    }

    /// Reads what stands from the event time on.
    @inline(__always)
    private mutating func readTradeBody(_ bytes: RawSpan, _ start: Int) -> Bool {
        var at = start
        guard TickView.time(bytes, &at, &eventTime),
            TickView.skip(",\"ingest_time\":", bytes, &at), TickView.time(bytes, &at, &ingestTime),
            TickView.skip(",\"trade_id\":\"", bytes, &at), TickView.plain(bytes, &at, &tradeID),
            TickView.skip("\",\"price\":", bytes, &at), TickView.decimal(bytes, &at, &price),
            TickView.skip(",\"quantity\":", bytes, &at), TickView.decimal(bytes, &at, &quantity)
        else { return false }
        seen = TickView.tradeFields
        if TickView.skip(",\"side\":\"buy\"", bytes, &at) {
            side = .buy
        } else if TickView.skip(",\"side\":\"sell\"", bytes, &at) {
            side = .sell
        }
        return at == bytes.byteCount - 1 && bytes.byte(at) == UInt8(ascii: "}")
    }

    @inline(__always)
    private static func skip(_ literal: StaticString, _ bytes: RawSpan, _ at: inout Int) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard at &+ count <= bytes.byteCount else { return false }
        let wanted = UnsafeRawPointer(literal.utf8Start)
        var i = 0
        while i &+ 8 <= count {
            if bytes.word(at &+ i) != UInt64(littleEndian: wanted.loadUnaligned(fromByteOffset: i, as: UInt64.self)) {
                return false
            }
            i &+= 8
        }
        while i < count {
            if bytes.byte(at &+ i) != wanted.load(fromByteOffset: i, as: UInt8.self) { return false }
            i &+= 1
        }
        at &+= count
        return true
    }

    /// A text of printable ASCII without escapes, at least one character; stops before its closing quote.
    @inline(__always)
    private static func plain(_ bytes: RawSpan, _ at: inout Int, _ text: inout JSONText) -> Bool {
        let start = at
        while at &+ 8 <= bytes.byteCount {
            let word = bytes.word(at)
            let special = JSONScanner.special(word) | (word & 0x8080_8080_8080_8080)
            if special == 0 {
                at &+= 8
                continue
            }
            at &+= special.trailingZeroBitCount >> 3
            text = JSONText(offset: start, count: at &- start)
            return at > start && bytes.byte(at) == UInt8(ascii: "\"")
        }
        return false
    }

    /// Thirteen digits: the milliseconds of the years 2001 to 2286.
    @inline(__always)
    private static func time(_ bytes: RawSpan, _ at: inout Int, _ time: inout Int64) -> Bool {
        guard at &+ 14 <= bytes.byteCount, bytes.byte(at) != UInt8(ascii: "0") else { return false }
        guard let high = eightDigits(bytes.word(at)) else { return false }
        var value = high
        for i in 8..<13 {
            let digit = bytes.byte(at &+ i) &- UInt8(ascii: "0")
            if digit > 9 { return false }
            value = value &* 10 &+ UInt64(digit)
        }
        at &+= 13
        time = Int64(value)
        // Anything that makes this a longer number is for the general way.
        return bytes.byte(at) == UInt8(ascii: ",")
    }

    /// The value of eight ASCII digits, the first in the lowest byte; nil when one is no digit.
    @inline(__always)
    private static func eightDigits(_ word: UInt64) -> UInt64? {
        let digits = word ^ 0x3030_3030_3030_3030
        guard (digits | (digits &+ 0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080 == 0 else { return nil }
        // Neighbours are joined into two, four and eight digits.
        let pairs = (digits &* 10 &+ digits >> 8) & 0x00FF_00FF_00FF_00FF
        let fours = (pairs &* 100 &+ pairs >> 16) & 0x0000_FFFF_0000_FFFF
        return (fours &* 10_000 &+ fours >> 32) & 0xFFFF_FFFF
    }

    @inline(__always)
    private static func decimal(_ bytes: RawSpan, _ at: inout Int, _ value: inout Double) -> Bool {
        guard let number = DecimalText.scan(bytes, at: &at, upTo: bytes.byteCount), number.isFinite else {
            return false
        }
        value = number
        return true
    }
}
