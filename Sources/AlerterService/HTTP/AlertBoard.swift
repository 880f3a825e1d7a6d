internal import CryptoCore
internal import HTTPServer
internal import Synchronization

/// What fires and what is about to, as of the last second: answers `GET /alerts`.
///
/// *Thread*: any; the loop hands over what there is, and whoever asks writes it out.
final class AlertBoard: Sendable {
    private let alerts = Mutex<[ActiveAlert]>([])

    /// Replaces what is shown.
    func show(_ now: [ActiveAlert]) { alerts.withLock { $0 = now } }

    /// `GET /alerts`: of all series, or of that of `?series=`; firing ones first, each by rule and series.
    var route: HTTPRoute {
        .get("/alerts") { [self] request throws(HTTPError) in
            var wanted: Series?
            if let text = request.queryValue("series") {
                guard let series = Series(text) else {
                    throw .badRequest("series is <source>:<BASE>-<QUOTE>, such as bybit:BTC-USDT")
                }
                wanted = series
            }
            return .json(json(of: wanted))
        }
    }

    private func json(of wanted: Series?) -> [UInt8] {
        let shown = alerts.withLock { $0 }.filter { wanted == nil || $0.series == wanted }
        var json = JSONWriter()
        json.beginObject()
        json.key("alerts")
        json.beginArray()
        for alert in shown.sorted(by: ActiveAlert.isShownBefore) { alert.encode(into: &json) }
        json.endArray()
        json.endObject()
        return json.bytes
    }
}
