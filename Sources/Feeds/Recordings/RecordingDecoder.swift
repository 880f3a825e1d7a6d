internal import CryptoCore

/// What one line of a recording holds, with the bytes that are to be kept of it: the line itself goes with the next one.
enum RecordedLine: Sendable {
    /// A frame, or a row of a table, and the name of its connection.
    case frame([UInt8], connection: String)
    /// What happened beside frames.
    case event(RecordedEvent, connection: String)
    /// A tick of ours, and the line.
    case tick(TickView, [UInt8])
}

/// What our recorder notes beside frames.
enum RecordedEvent: Sendable {
    /// The producer was started.
    case run
    /// A connection stood, or more is told of it (no address): the symbols that were wanted of it, or how many where the venue chooses
    /// them.
    case connected(address: String?, symbols: [String], top: Int?)
    /// A connection was lost, given up or could not be made.
    case closed(GapReason)
    /// Version 0.1.0: a symbol of the connection begins with a gap. *Units*: `lastMs` ms since the epoch: up to where the series was
    /// known; nil: it was not.
    case resumed(symbol: String, lastMs: Int64?)
    /// A request over HTTP was answered.
    case answered(address: String, VenueResponse)
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

    /// Reads a line, and when it was received (nil: it does not say). *Units*: ms since the epoch.
    /// - Returns: nil where there is nothing to replay.
    /// - Throws: what is wrong with the line.
    mutating func read(_ line: RawSpan) throws(DecodeError) -> (line: RecordedLine, ms: Int64?)? {
        guard line.byteCount > 0 else { return nil }
        switch line.byte(0) {
        case UInt8(ascii: "#"): return nil
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return try RecordingDecoder.stamped(line)
        case UInt8(ascii: "w"): return (try RecordingDecoder.addressed(line), nil)
        case UInt8(ascii: "{"): break
        default: return (.frame(line.bytes(line.all), connection: ""), nil)
        }
        if line.starts(with: "{\"source\":") { return try tick(line) }
        if !holdsTicks, line.starts(with: "{\"t\":\"frame\"") { holdsTicks = true }
        // Most of a recording of ours; only the start of another run matters.
        if holdsTicks, !fromFrames, line.starts(with: "{\"t\":"), !line.starts(with: "{\"t\":\"header\"") { return nil }
        let members = try JSONMembers(line)
        if let type = members.text("t", line), members.has("ts", line) || members.has("conn", line) {
            return try recorded(type, members, line)
        }
        if members.has("source", line), members.has("kind", line) { return try tick(line) }
        guard let message = members.value("message", line), let time = members.text("localTimestamp", line) else {
            return (.frame(line.bytes(line.all), connection: ""), nil)
        }
        guard let receivedMs = ISOTime.milliseconds(time, line) else {
            throw DecodeError(.badField("localTimestamp", "an ISO 8601 time in UTC"), at: time.offset)
        }
        return (.frame(line.bytes(message), connection: ""), receivedMs)
    }

    private func tick(_ line: RawSpan) throws(DecodeError) -> (line: RecordedLine, ms: Int64?)? {
        if holdsTicks, fromFrames { return nil }
        let view = try TickView(decoding: line)
        return (.tick(view, line.bytes(line.all)), view.ingestTime)
    }

    // MARK: `<receive time> <frame>`

    private static func stamped(_ line: RawSpan) throws(DecodeError) -> (line: RecordedLine, ms: Int64?) {
        let end = line.firstSpace
        let colon = line.byte(end - 1) == UInt8(ascii: ":") ? 1 : 0
        guard let receivedMs = RecordedTime.milliseconds(JSONText(offset: 0, count: end - colon), line) else {
            throw DecodeError(.badField("receive time", "a time in s, ms, us, ns or ISO 8601, then a space"), at: 0)
        }
        guard end + 1 < line.byteCount else { throw DecodeError(.missing("frame"), at: end) }
        let frame = JSONText(offset: end + 1, count: line.byteCount - end - 1)
        return (.frame(line.bytes(frame), connection: ""), receivedMs)
    }

    /// `wss://ws.kraken.com <-> …`: the connection whose frames follow, which has no name.
    private static func addressed(_ line: RawSpan) throws(DecodeError) -> RecordedLine {
        let end = line.firstSpace
        guard end + 2 < line.byteCount, line.byte(end + 1) == UInt8(ascii: "<"), line.byte(end + 2) == UInt8(ascii: "-")
        else { throw DecodeError(.badField("address", "a WebSocket's, then <-> or <-"), at: end) }
        let address = JSONText(offset: 0, count: end).string(in: line)
        return .event(.connected(address: address, symbols: [], top: nil), connection: "")
    }

    // MARK: `{"t":…}`

    private mutating func recorded(
        _ type: JSONText, _ members: JSONMembers, _ line: RawSpan
    ) throws(DecodeError) -> (line: RecordedLine, ms: Int64?)? {
        let connection = members.text("conn", line)?.string(in: line) ?? ""
        let ms = members.value("ts", line).flatMap { SecondsText.milliseconds($0, line) }
            .flatMap { 0 < $0 && $0 < 100_000_000_000_000 ? $0 : nil }
        if type.equals("recv", in: line) || type.equals("frame", in: line) {
            guard let ms else { throw DecodeError(.badField("ts", "seconds since 1970"), at: 0) }
            guard let frame = try RecordingDecoder.payload(members, line) else {
                throw DecodeError(.missing("data"), at: 0)
            }
            return (.frame(frame, connection: connection), ms)
        }
        let isHeader = type.equals("header", in: line)
        if isHeader, members.text("by", line)?.string(in: line) == RecordingEncoder.author {
            holdsTicks = members.integer("v", line) ?? 1 >= 2
            return ms.map { (.event(.run, connection: connection), $0) }
        }
        return try RecordingDecoder.event(type, members, line).map { (.event($0, connection: connection), ms) }
    }

    private static func event(
        _ type: JSONText, _ members: JSONMembers, _ line: RawSpan
    ) throws(DecodeError) -> RecordedEvent? {
        switch type.string(in: line) {
        case "series":
            if let gap = resumed(members, line) { return gap }
            return try connected(members, line)
        case "close":
            let reason = members.text("reason", line)?.string(in: line)
            return reason.flatMap { GapReason(rawValue: $0) }.map { .closed($0) }
        case "http": return try answered(members, line)
        default: return members.text("addr", line) == nil ? nil : try connected(members, line)
        }
    }

    /// Nil where the series begins without a gap.
    private static func resumed(_ members: JSONMembers, _ line: RawSpan) -> RecordedEvent? {
        guard let symbol = members.text("symbol", line)?.string(in: line), members.has("gap", line) else { return nil }
        let lastMs = members.integer("last_ms", line).flatMap { TickView.isTime($0) ? $0 : nil }
        return .resumed(symbol: symbol, lastMs: lastMs)
    }

    private static func connected(_ members: JSONMembers, _ line: RawSpan) throws(DecodeError) -> RecordedEvent {
        var symbols = members.text("symbol", line).map { [$0.string(in: line)] } ?? []
        if let array = members.value("symbols", line) { symbols += try texts(array, line) }
        let top = members.integer("top", line).flatMap { (1...1_000_000).contains($0) ? Int($0) : nil }
        return .connected(address: members.text("addr", line)?.string(in: line), symbols: symbols, top: top)
    }

    /// Nil where others call by our name what is nothing of ours.
    private static func answered(_ members: JSONMembers, _ line: RawSpan) throws(DecodeError) -> RecordedEvent? {
        guard let address = members.text("addr", line)?.string(in: line), let status = members.integer("status", line),
            let body = try payload(members, line)
        else { return nil }
        let response = VenueResponse(
            status: Int(status), retryAfterMs: members.integer("retry_after_ms", line), body: body)
        return .answered(address: address, response)
    }

    /// The strings of an array.
    private static func texts(_ array: JSONText, _ line: RawSpan) throws(DecodeError) -> [String] {
        var scanner = JSONScanner(at: array.offset)
        var texts: [String] = []
        try scanner.enterArray(line)
        while try scanner.nextElement(line) { texts.append(try scanner.string(line).string(in: line)) }
        return texts
    }

    /// The bytes of a frame, or of an answer's body; nil where there are none.
    private static func payload(_ members: JSONMembers, _ line: RawSpan) throws(DecodeError) -> [UInt8]? {
        if let packed = members.text("base64", line) {
            guard let frame = Base64.decode(line.bytes(packed).span.bytes) else {
                throw DecodeError(.badField("base64", "RFC 4648"), at: packed.offset)
            }
            return frame
        }
        return members.text("data", line).map { Array($0.string(in: line).utf8) }
    }
}

/// A time as recorders and venues write it: ISO 8601 in UTC, or a number of seconds, milliseconds, microseconds or nanoseconds since
/// the epoch.
enum RecordedTime {
    /// The time in ms since the epoch; nil where it is none. Units are told apart by the number's size: all are taken to lie in the years
    /// 1973 to 5138.
    static func milliseconds(_ text: JSONText, _ bytes: RawSpan) -> Int64? {
        if let ms = ISOTime.milliseconds(text, bytes) { return ms }
        var whole = text
        whole.count = (0..<text.count).first { bytes.byte(text.offset + $0) == UInt8(ascii: ".") } ?? text.count
        guard DecimalText.value(text, in: bytes) != nil, let stamp = Int64(whole.string(in: bytes)) else { return nil }
        return switch stamp {
        case 100_000_000..<100_000_000_000: SecondsText.milliseconds(text, bytes)
        case 100_000_000_000..<100_000_000_000_000: stamp
        case 100_000_000_000_000..<100_000_000_000_000_000: stamp / 1000
        case 100_000_000_000_000_000...: stamp / 1_000_000
        default: nil
        }
    }
}

extension RawSpan {
    fileprivate var all: JSONText { JSONText(offset: 0, count: byteCount) }

    /// Where the first space stands; the end where there is none.
    fileprivate var firstSpace: Int { (0..<byteCount).first { byte($0) == 0x20 } ?? byteCount }

    func bytes(_ text: JSONText) -> [UInt8] {
        extracting(text.offset..<text.offset + text.count).withUnsafeBytes { Array($0) }
    }

    fileprivate func starts(with text: StaticString) -> Bool {
        byteCount >= text.utf8CodeUnitCount && JSONText(offset: 0, count: text.utf8CodeUnitCount).equals(text, in: self)
    }
}
