internal import CryptoCore

/// What a line of a recording turned out to be, with the bytes that are to be kept of it: the line itself goes with the next one.
enum KeptLine {
    case frame([UInt8], receivedMs: Int64?, connection: String)
    case tick(TickView, [UInt8])
    case connection(String, address: String)
    case event(RecordedEvent, connection: String, ms: Int64)
    case nothing

    /// Looks at a line; a tick is more likely where one came before.
    static func read(_ line: RawSpan, _ expectingTick: Bool) -> Result<KeptLine, DecodeError> {
        do throws(DecodeError) {
            switch try RecordingDecoder.read(line, expectingTick: expectingTick) {
            case .frame(let text, let receivedMs):
                return .success(.frame(copy(text, line), receivedMs: receivedMs, connection: ""))
            case .quoted(let text, let connection, let receivedMs):
                return .success(
                    .frame(
                        Array(text.string(in: line).utf8), receivedMs: receivedMs,
                        connection: connection.string(in: line)))
            case .packed(let text, let connection, let receivedMs):
                guard let frame = Base64.decode(copy(text, line).span.bytes) else {
                    throw DecodeError(.badField("base64", "RFC 4648"), at: text.offset)
                }
                return .success(
                    .frame(frame, receivedMs: receivedMs, connection: connection.string(in: line)))
            case .connection(let name, let address):
                return .success(.connection(name.string(in: line), address: address.string(in: line)))
            case .tick(let view):
                return .success(.tick(view, copy(JSONText(offset: 0, count: line.byteCount), line)))
            case .event(let event, let connection, let ms):
                return .success(.event(event, connection: connection, ms: ms))
            case .nothing: return .success(.nothing)
            }
        } catch {
            return .failure(error)
        }
    }

    private static func copy(_ text: JSONText, _ line: RawSpan) -> [UInt8] {
        line.extracting(text.offset..<text.offset + text.count).withUnsafeBytes { Array($0) }
    }
}
