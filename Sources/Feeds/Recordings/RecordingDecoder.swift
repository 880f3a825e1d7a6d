internal import CryptoCore

/// What one line of a recording is.
///
/// Three formats, told apart line by line: `<receive time> <frame>`, with a colon behind the time or not;
/// `{"t":"recv","conn":..,"ts":..,"data":"<frame>"}`; one tick of ours. A line that is a frame alone is taken too; empty lines
/// and lines that begin with `#` are passed over. In the first format `<address> <-> <time>` is a new connection and
/// `<address> <- <time>: <request>` what was sent.
enum RecordingDecoder: Sendable {
    /// A frame as it stands in the line, and when it was received. *Units*: ms since the epoch.
    case frame(JSONText, receivedMs: Int64?)
    /// A frame inside a JSON string, and the connection's name.
    case quoted(JSONText, connection: JSONText, receivedMs: Int64)
    /// The same as base64, for a frame that is no text.
    case packed(JSONText, connection: JSONText, receivedMs: Int64)
    /// The recorder says which address a connection has.
    case connection(JSONText, address: JSONText)
    /// Our recorder says what happened beside frames. *Units*: ms since the epoch.
    case event(RecordedEvent, connection: String, ms: Int64)
    /// A tick of ours.
    case tick(TickView)
    /// Nothing to replay.
    case nothing

    /// - Throws: what is wrong with the line.
    static func read(_ line: RawSpan, expectingTick: Bool) throws(DecodeError) -> RecordingDecoder {
        guard line.byteCount > 0 else { return .nothing }
        switch line.byte(0) {
        case UInt8(ascii: "#"): return .nothing
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return try stamped(line)
        case UInt8(ascii: "w"): return try addressed(line)
        default: break
        }
        if expectingTick { return .tick(try TickView(decoding: line)) }
        return try object(line)
    }

    // MARK: `<receive time> <frame>`

    private static func stamped(_ line: RawSpan) throws(DecodeError) -> RecordingDecoder {
        var at = 0
        var stamp: Int64 = 0
        while at < line.byteCount, at < 19 {
            let digit = line.byte(at) &- UInt8(ascii: "0")
            if digit > 9 { break }
            let (product, tooBig) = stamp.multipliedReportingOverflow(by: 10)
            let (sum, stillTooBig) = product.addingReportingOverflow(Int64(digit))
            if tooBig || stillTooBig { throw DecodeError(.badField("receive time", "19 digits at most"), at: at) }
            stamp = sum
            at += 1
        }
        let decimals = fraction(line, &at)
        if at < line.byteCount, line.byte(at) == UInt8(ascii: ":") { at += 1 }
        guard at < line.byteCount, line.byte(at) == 0x20,
            let receivedMs = milliseconds(stamp, decimals: decimals)
        else {
            throw DecodeError(.badField("receive time", "a time in s, ms, us or ns, then a space"), at: at)
        }
        let frame = JSONText(offset: at + 1, count: line.byteCount - at - 1)
        guard frame.count > 0 else { throw DecodeError(.missing("frame"), at: at) }
        return .frame(frame, receivedMs: receivedMs)
    }

    /// The decimals at `at`, if there are any. *Units*: thousandths.
    private static func fraction(_ line: RawSpan, _ at: inout Int) -> Int64 {
        guard at < line.byteCount, line.byte(at) == UInt8(ascii: ".") else { return 0 }
        at += 1
        var value: Int64 = 0
        var worth: Int64 = 100
        while at < line.byteCount, line.byte(at) &- UInt8(ascii: "0") <= 9 {
            value += Int64(line.byte(at) &- UInt8(ascii: "0")) * worth
            worth /= 10
            at += 1
        }
        return value
    }

    /// `wss://ws.kraken.com <-> …`: the connection whose frames follow, which has no name.
    private static func addressed(_ line: RawSpan) throws(DecodeError) -> RecordingDecoder {
        var end = 0
        while end < line.byteCount, line.byte(end) != 0x20 { end += 1 }
        guard end + 2 < line.byteCount, line.byte(end + 1) == UInt8(ascii: "<"), line.byte(end + 2) == UInt8(ascii: "-")
        else { throw DecodeError(.badField("address", "a WebSocket's, then <-> or <-"), at: end) }
        return .connection(JSONText(), address: JSONText(offset: 0, count: end))
    }

    /// Tells seconds, milliseconds, microseconds and nanoseconds apart by their size: all are taken to lie in the years
    /// 1973 to 5138.
    private static func milliseconds(_ stamp: Int64, decimals: Int64) -> Int64? {
        switch stamp {
        case 100_000_000..<100_000_000_000: stamp * 1000 + decimals
        case 100_000_000_000..<100_000_000_000_000: stamp
        case 100_000_000_000_000..<100_000_000_000_000_000: stamp / 1000
        case 100_000_000_000_000_000...: stamp / 1_000_000
        default: nil
        }
    }

    /// A time in seconds; nil when it is none after 1970.
    static func milliseconds(seconds: Double) -> Int64? {
        // A double next to 1786310819.681 may lie below it.
        seconds > 0 && seconds < 1e11 ? Int64(seconds * 1000 + 0.001) : nil
    }

    // MARK: Objects

    /// The members that tell the formats apart.
    private struct Members {
        var type: JSONText?
        var connection = JSONText()
        var address: JSONText?
        var data: JSONText?
        var packed: JSONText?
        var seconds: Double?
        var hasSource = false
        var hasKind = false
    }

    private static func object(_ line: RawSpan) throws(DecodeError) -> RecordingDecoder {
        var members = Members()
        var scanner = JSONScanner()
        try scanner.enterObject(line)
        while let key = try scanner.nextKey(line) {
            let kind = try scanner.peek(line)
            if kind == .string {
                let value = try scanner.string(line)
                note(key, value, line, &members)
            } else if kind == .number, key.equals("ts", in: line) {
                members.seconds = try scanner.number(line)
            } else {
                try scanner.skipValue(line)
            }
        }
        try scanner.end(line)
        if let type = members.type { return try recorded(type, members, line) }
        if members.hasSource && members.hasKind { return .tick(try TickView(decoding: line)) }
        return .frame(JSONText(offset: 0, count: line.byteCount), receivedMs: nil)
    }

    private static func note(_ key: JSONText, _ value: JSONText, _ line: RawSpan, _ members: inout Members) {
        if key.equals("t", in: line) { members.type = value }
        if key.equals("conn", in: line) { members.connection = value }
        if key.equals("addr", in: line) { members.address = value }
        if key.equals("data", in: line) { members.data = value }
        if key.equals("base64", in: line) { members.packed = value }
        if key.equals("source", in: line) { members.hasSource = true }
        if key.equals("kind", in: line) { members.hasKind = true }
    }

    private static func recorded(
        _ type: JSONText, _ members: Members, _ line: RawSpan
    ) throws(DecodeError) -> RecordingDecoder {
        if type.equals("recv", in: line) {
            guard let receivedMs = members.seconds.flatMap({ milliseconds(seconds: $0) }) else {
                throw DecodeError(.badField("ts", "seconds since 1970"), at: 0)
            }
            if let packed = members.packed {
                return .packed(packed, connection: members.connection, receivedMs: receivedMs)
            }
            guard let data = members.data else { throw DecodeError(.missing("data"), at: 0) }
            return .quoted(data, connection: members.connection, receivedMs: receivedMs)
        }
        if let (event, connection, ms) = try RecordedEvent.read(type, line) {
            return .event(event, connection: connection, ms: ms)
        }
        // What others call by our names is nothing of ours.
        if type.equals("http", in: line) { return .nothing }
        if let address = members.address { return .connection(members.connection, address: address) }
        return .nothing
    }
}
