internal import CryptoCore
internal import NetClient

/// The lines of a recording, byte by byte: what `RecordingDecoder` reads. Ticks stand among them as they went out.
///
/// `{"t":"frame","conn":"bybit","ts":1786310819.681,"data":"<frame>"}`; `ts` is in seconds, exact to the millisecond. It is not
/// called `recv`, as others and version 1 call it: its ticks stand beside it, also in a part of a recording without header. A frame that
/// is not UTF-8 stands as `"base64"` instead of `"data"`, so that its bytes survive too.
struct RecordingEncoder {
    /// What our header says by whom a recording is.
    static let author = "cryptostream"

    var bytes: [UInt8] = []
    private var json = JSONWriter()

    mutating func header(wallMs: Int64) {
        line("header", nil, wallMs) { json in
            json.field("v", 2 as Int64)
            json.field("by", RecordingEncoder.author)
        }
    }

    /// A connection stands on which these symbols are wanted, or so many where the venue chooses them.
    mutating func connect(_ connection: String, address: String, symbols: [String], top: Int?, wallMs: Int64) {
        line("connect", connection, wallMs) { json in
            json.field("addr", Secrets.masking(address))
            json.field("symbols", symbols)
            if let top { json.field("top", Int64(top)) }
        }
    }

    mutating func close(_ connection: String, reason: GapReason, wallMs: Int64) {
        line("close", connection, wallMs) { $0.field("reason", reason.rawValue) }
    }

    mutating func frame(_ connection: String, _ frame: RawSpan, wallMs: Int64) {
        line("frame", connection, wallMs) { RecordingEncoder.payload(frame, &$0) }
    }

    mutating func answer(_ connection: String, _ request: VenueRequest, _ response: VenueResponse, wallMs: Int64) {
        line("http", connection, wallMs) { json in
            json.field("addr", Secrets.masking(request.address))
            if !request.headers.fields.isEmpty {
                json.key("headers")
                json.beginObject()
                for header in request.headers.fields {
                    json.key(header.name)
                    json.value(Secrets.isSecret(name: header.name) ? Secrets.mask : header.value)
                }
                json.endObject()
            }
            json.field("status", Int64(response.status))
            if let waitMs = response.retryAfterMs { json.field("retry_after_ms", waitMs) }
            RecordingEncoder.payload(response.body.span.bytes, &json)
        }
    }

    // MARK: Parts

    private mutating func line(
        _ type: String, _ connection: String?, _ wallMs: Int64, _ body: (inout JSONWriter) -> Void
    ) {
        json.removeAll()
        json.beginObject()
        json.field("t", type)
        if let connection { json.field("conn", connection) }
        json.key("ts")
        let ms = max(0, wallMs)
        Array("\(ms / 1000).\(String(1000 + ms % 1000).dropFirst())".utf8).withUnsafeBytes { json.raw($0) }
        body(&json)
        json.endObject()
        bytes += json.bytes
        bytes.append(0x0A)
    }

    private static func payload(_ frame: RawSpan, _ json: inout JSONWriter) {
        if let text = frame.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }) {
            json.field("data", text)
        } else {
            var packed: [UInt8] = []
            Base64.encode(frame, to: &packed)
            json.field("base64", String(decoding: packed, as: UTF8.self))
        }
    }
}
