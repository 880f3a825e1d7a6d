internal import CryptoCore

/// The lines of a recording, byte by byte: what `RecordingDecoder` reads. Ticks stand among them as they went out.
///
/// `{"t":"recv","conn":"bybit","ts":1786310819.681,"data":"<frame>"}`; `ts` is in seconds, exact to the millisecond. A frame that
/// is not UTF-8 stands as `"base64"` instead of `"data"`, so that its bytes survive too.
struct RecordingEncoder {
    /// What our header says by whom a recording is.
    static let author = "cryptostream"

    var bytes: [UInt8] = []

    // MARK: Lines

    mutating func header(wallMs: Int64) {
        begin("header", nil, wallMs)
        put(",\"v\":2,\"by\":")
        string(RecordingEncoder.author)
        put("}\n")
    }

    /// A connection stands on which these symbols are wanted, or so many where the venue chooses them.
    mutating func connect(_ connection: String, address: String, symbols: [String], top: Int?, wallMs: Int64) {
        begin("connect", connection, wallMs)
        field(",\"addr\":", Secrets.masking(address))
        put(",\"symbols\":[")
        for (index, symbol) in symbols.enumerated() {
            if index > 0 { put(",") }
            string(symbol)
        }
        put("]")
        field(",\"top\":", top.map { Int64($0) })
        put("}\n")
    }

    mutating func close(_ connection: String, reason: GapReason, wallMs: Int64) {
        begin("close", connection, wallMs)
        field(",\"reason\":", reason.rawValue)
        put("}\n")
    }

    mutating func frame(_ connection: String, _ frame: RawSpan, wallMs: Int64) {
        begin("recv", connection, wallMs)
        payload(frame)
        put("}\n")
    }

    mutating func answer(_ connection: String, _ request: VenueRequest, _ response: VenueResponse, wallMs: Int64) {
        begin("http", connection, wallMs)
        field(",\"addr\":", Secrets.masking(request.address))
        if !request.headers.isEmpty {
            put(",\"headers\":{")
            for (index, header) in request.headers.enumerated() {
                if index > 0 { put(",") }
                string(header.name)
                put(":")
                string(Secrets.isSecret(name: header.name) ? Secrets.mask : header.value)
            }
            put("}")
        }
        put(",\"status\":")
        number(Int64(response.status))
        field(",\"retry_after_ms\":", response.retryAfterMs)
        payload(response.body.span.bytes)
        put("}\n")
    }

    // MARK: Parts

    private mutating func begin(_ type: StaticString, _ connection: String?, _ wallMs: Int64) {
        put("{\"t\":\"")
        put(type)
        put("\"")
        field(",\"conn\":", connection)
        put(",\"ts\":")
        let ms = max(0, wallMs)
        number(ms / 1000)
        put(".")
        for digit in [100, 10, 1] { bytes.append(UInt8(ascii: "0") + UInt8(ms / Int64(digit) % 10)) }
    }

    private mutating func payload(_ frame: RawSpan) {
        if RecordingEncoder.isText(frame) {
            put(",\"data\":\"")
            JSONWriter.escape(frame, to: &bytes)
        } else {
            put(",\"base64\":\"")
            Base64.encode(frame, to: &bytes)
        }
        put("\"")
    }

    private static func isText(_ frame: RawSpan) -> Bool {
        frame.withUnsafeBytes { raw in
            raw.allSatisfy { $0 < 0x80 } || String(validating: raw, as: UTF8.self) != nil
        }
    }

    private mutating func put(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func field(_ key: StaticString, _ value: Int64?) {
        guard let value else { return }
        put(key)
        number(value)
    }

    private mutating func field(_ key: StaticString, _ text: String?) {
        guard let text else { return }
        put(key)
        string(text)
    }

    private mutating func number(_ number: Int64) { bytes.append(decimal: number) }

    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { JSONWriter.escape(UnsafeRawBufferPointer($0).bytes, to: &bytes) }
        bytes.append(UInt8(ascii: "\""))
    }
}
