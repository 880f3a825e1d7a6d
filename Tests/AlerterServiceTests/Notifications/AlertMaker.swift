@testable import AlerterService
@testable import CryptoCore

/// Changes of alerts as they lie on the topic, for tests.
enum AlertMaker {
    static let noon: Int64 = 1_763_726_400_000

    /// - Parameter name: of the rule; alerts of one name are the same alert.
    static func alert(_ name: String, _ state: Alert.State, since: Int64, symbol: String = "BTC-USDT") -> Alert {
        var alert = Alert()
        alert.rule = name
        alert.state = state
        alert.series = Series(source: "bybit", symbol: symbol)
        alert.since = since
        alert.asOf = state == .firing ? since : since + 30_000
        alert.value = -2.5
        alert.severity = "page"
        alert.summary = "\(symbol) fell by 2.5 %"
        alert.labels = ["severity": "page", "team": "a<b>&c"]
        alert.annotations = ["runbook": "https://example.com/\(name)"]
        var hash = FNV1a()
        hash.add((name + symbol).utf8)
        alert.fingerprint = Alert.text(fingerprint: hash.value)
        return alert
    }

    static func change(
        _ name: String, _ state: Alert.State, offset: Int64, at appendMs: Int64, since: Int64? = nil
    ) -> AlertChange {
        AlertChange(
            alert: alert(name, state, since: since ?? appendMs - 1_000), partition: 0, offset: offset,
            appendMs: appendMs)
    }

    static func bytes(_ alert: Alert) -> [UInt8] {
        var json = JSONWriter()
        alert.encode(into: &json)
        return json.bytes
    }

    static func bytes(_ silence: Silence) -> [UInt8] {
        var json = JSONWriter()
        silence.encode(into: &json)
        return json.bytes
    }

    static func silences(_ all: (matchers: String, from: Int64, until: Int64)...) throws -> Silences {
        var silences = Silences()
        for (index, one) in all.enumerated() {
            let silence = Silence(
                id: "s\(index)", matchers: one.matchers, from: one.from, until: one.until, by: "test")
            try silences.put(silence.id, silence)
        }
        return silences
    }
}
