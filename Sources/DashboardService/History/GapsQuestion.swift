internal import CryptoCore
internal import HTTPServer
internal import Storage
internal import System

/// `GET /api/gaps`: where ticks are missing, of all series.
struct GapsQuestion: StoreAnswering {
    private let span: Range<Int64>

    init(_ asked: AskedValues, now: Int64) throws(HTTPError) { span = try asked.span(now: now) }

    func answer(_ reader: any StoreReader) throws(StoreError) -> HTTPResponse {
        let startNs = SystemClock().monotonicNs()
        var json = JSONWriter(reservingBytes: 4_096)
        json.beginObject()
        json.field("from", span.lowerBound)
        json.field("to", span.upperBound)
        json.key("gaps")
        json.beginArray()
        for series in try reader.series(in: .ticks) {
            for gap in try GapSpan.read(series, span, from: reader) {
                json.beginObject()
                json.field("source", series.source)
                json.field("series", series.description)
                json.field("from", gap.from)
                json.field("to", gap.to)
                json.field("reason", gap.reason)
                json.endObject()
            }
        }
        json.endArray()
        json.took(since: startNs)
        json.endObject()
        return .json(json.bytes)
    }
}
