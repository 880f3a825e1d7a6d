internal import CryptoCore

/// What one line of a recording is, with the bytes that are to be kept of it: the line itself goes with the next one.
enum RecordedLine: Sendable {
    /// A frame, when it was received (nil: the line does not say), and the name of its connection. *Units*: ms since the epoch.
    case frame([UInt8], receivedMs: Int64?, connection: String)
    /// What happened beside frames. *Units*: ms since the epoch.
    case event(RecordedEvent, connection: String, ms: Int64?)
    /// A tick of ours, and the line.
    case tick(TickView, [UInt8])
    /// Nothing to replay.
    case nothing
}

/// Reads the lines of a recording.
///
/// The formats are told apart line by line: `<receive time> <frame>`, where the time is a number or ISO 8601 and may have a colon
/// behind it; `{"t":"recv","conn":..,"ts":..,"data":"<frame>"}`; `{"localTimestamp":..,"message":<frame>}`; one tick of ours. A line
/// that is a frame alone is taken too; empty lines and lines that begin with `#` are passed over. In the first format
/// `<address> <-> <time>` is a new connection and `<address> <- <time>: <request>` what was sent.
///
/// Where ticks stand beside the frames (our header says version 2, or a frame's line is called `frame`), either those are played or the
/// frames: nothing twice.
struct RecordingDecoder: Sendable {
    /// Whether frames are decoded again though the ticks are there.
    let fromFrames: Bool
    /// Whether the run under way has its ticks beside the frames.
    private(set) var holdsTicks = false

    init(fromFrames: Bool) { self.fromFrames = fromFrames }

    /// - Throws: what is wrong with the line.
    mutating func read(_ line: RawSpan) throws(DecodeError) -> RecordedLine {
        guard line.byteCount > 0 else { return .nothing }
        switch line.byte(0) {
        case UInt8(ascii: "#"): return .nothing
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return try RecordingDecoder.stamped(line)
        case UInt8(ascii: "w"): return try RecordingDecoder.addressed(line)
        default: break
        }
        if line.starts(with: "{\"source\":") { return try tick(line) }
        if !holdsTicks, line.starts(with: "{\"t\":\"frame\"") { holdsTicks = true }
        // Most of a recording of ours; only the start of another run matters.
        if holdsTicks, !fromFrames, line.starts(with: "{\"t\":"), !line.starts(with: "{\"t\":\"header\"") {
            return .nothing
        }
        return try object(line)
    }

    private func tick(_ line: RawSpan) throws(DecodeError) -> RecordedLine {
        if holdsTicks, fromFrames { return .nothing }
        return .tick(try TickView(decoding: line), line.bytes(line.all))
    }

    // MARK: `<receive time> <frame>`

    private static func stamped(_ line: RawSpan) throws(DecodeError) -> RecordedLine {
        if line.byteCount > 4, line.byte(4) == UInt8(ascii: "-") { return try dated(line) }
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
        return try frame(line, from: at + 1, receivedMs)
    }

    /// `2025-12-06T05:46:40.1000000Z <frame>`.
    private static func dated(_ line: RawSpan) throws(DecodeError) -> RecordedLine {
        var end = 0
        while end < line.byteCount, line.byte(end) != 0x20 { end += 1 }
        let colon = line.byte(end - 1) == UInt8(ascii: ":") ? 1 : 0
        guard let receivedMs = ISOTime.milliseconds(JSONText(offset: 0, count: end - colon), line) else {
            throw DecodeError(.badField("receive time", "an ISO 8601 time in UTC, then a space"), at: 0)
        }
        return try frame(line, from: end + 1, receivedMs)
    }

    private static func frame(_ line: RawSpan, from start: Int, _ receivedMs: Int64) throws(DecodeError) -> RecordedLine
    {
        guard start < line.byteCount else { throw DecodeError(.missing("frame"), at: start) }
        let frame = JSONText(offset: start, count: line.byteCount - start)
        return .frame(line.bytes(frame), receivedMs: receivedMs, connection: "")
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
    private static func addressed(_ line: RawSpan) throws(DecodeError) -> RecordedLine {
        var end = 0
        while end < line.byteCount, line.byte(end) != 0x20 { end += 1 }
        guard end + 2 < line.byteCount, line.byte(end + 1) == UInt8(ascii: "<"), line.byte(end + 2) == UInt8(ascii: "-")
        else { throw DecodeError(.badField("address", "a WebSocket's, then <-> or <-"), at: end) }
        let address = JSONText(offset: 0, count: end).string(in: line)
        return .event(.connected(address: address, symbols: [], top: nil), connection: "", ms: nil)
    }

    /// Tells seconds, milliseconds, microseconds and nanoseconds apart by their size: all are taken to lie in the years
    /// 1973 to 5138.
    static func milliseconds(_ stamp: Int64, decimals: Int64) -> Int64? {
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
        var localTime: JSONText?
        var message: JSONText?
        var hasSource = false
        var hasKind = false
    }

    private mutating func object(_ line: RawSpan) throws(DecodeError) -> RecordedLine {
        var members = Members()
        var scanner = JSONScanner()
        try scanner.enterObject(line)
        while let key = try scanner.nextKey(line) {
            let kind = try scanner.peek(line)
            if kind == .string {
                RecordingDecoder.note(key, try scanner.string(line), line, &members)
            } else if kind == .number, key.equals("ts", in: line) {
                members.seconds = try scanner.number(line)
            } else {
                let start = scanner.at
                try scanner.skipValue(line)
                if kind == .object || kind == .array, key.equals("message", in: line) {
                    members.message = JSONText(offset: start, count: scanner.at - start)
                }
            }
        }
        try scanner.end(line)
        if let type = members.type { return try recorded(type, members, line) }
        if members.hasSource && members.hasKind { return try tick(line) }
        if let message = members.message, let time = members.localTime {
            guard let receivedMs = ISOTime.milliseconds(time, line) else {
                throw DecodeError(.badField("localTimestamp", "an ISO 8601 time in UTC"), at: time.offset)
            }
            return .frame(line.bytes(message), receivedMs: receivedMs, connection: "")
        }
        return .frame(line.bytes(line.all), receivedMs: nil, connection: "")
    }

    private static func note(_ key: JSONText, _ value: JSONText, _ line: RawSpan, _ members: inout Members) {
        if key.equals("t", in: line) { members.type = value }
        if key.equals("conn", in: line) { members.connection = value }
        if key.equals("addr", in: line) { members.address = value }
        if key.equals("data", in: line) { members.data = value }
        if key.equals("base64", in: line) { members.packed = value }
        if key.equals("localTimestamp", in: line) { members.localTime = value }
        if key.equals("source", in: line) { members.hasSource = true }
        if key.equals("kind", in: line) { members.hasKind = true }
    }

    private mutating func recorded(
        _ type: JSONText, _ members: Members, _ line: RawSpan
    ) throws(DecodeError) -> RecordedLine {
        let connection = members.connection.string(in: line)
        if type.equals("recv", in: line) || type.equals("frame", in: line) {
            guard let receivedMs = members.seconds.flatMap({ RecordingDecoder.milliseconds(seconds: $0) }) else {
                throw DecodeError(.badField("ts", "seconds since 1970"), at: 0)
            }
            return .frame(
                try RecordingDecoder.payload(members, line), receivedMs: receivedMs, connection: connection)
        }
        if let (event, ms) = try RecordedEvent.read(type, line) {
            if case .run(let version) = event { holdsTicks = version >= 2 }
            return .event(event, connection: connection, ms: ms)
        }
        // What others call by our names is nothing of ours.
        if type.equals("http", in: line) { return .nothing }
        guard let address = members.address?.string(in: line) else { return .nothing }
        return .event(.connected(address: address, symbols: [], top: nil), connection: connection, ms: nil)
    }

    private static func payload(_ members: Members, _ line: RawSpan) throws(DecodeError) -> [UInt8] {
        if let packed = members.packed {
            guard let frame = Base64.decode(line.bytes(packed).span.bytes) else {
                throw DecodeError(.badField("base64", "RFC 4648"), at: packed.offset)
            }
            return frame
        }
        guard let data = members.data else { throw DecodeError(.missing("data"), at: 0) }
        return Array(data.string(in: line).utf8)
    }
}

extension RawSpan {
    fileprivate var all: JSONText { JSONText(offset: 0, count: byteCount) }

    fileprivate func bytes(_ text: JSONText) -> [UInt8] {
        extracting(text.offset..<text.offset + text.count).withUnsafeBytes { Array($0) }
    }

    fileprivate func starts(with text: StaticString) -> Bool {
        byteCount >= text.utf8CodeUnitCount && JSONText(offset: 0, count: text.utf8CodeUnitCount).equals(text, in: self)
    }
}
