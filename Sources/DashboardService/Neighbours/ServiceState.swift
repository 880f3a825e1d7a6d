internal import CryptoCore
internal import NetClient

/// How one service does: what its health check and metrics say.
struct ServiceState: Sendable {
    let address: ServiceAddress
    /// `ready`, `waiting` or `away`.
    private var state = "away"
    private var since: Int64 = 0
    private var reason = "not asked yet"
    /// The conditions of its health check, as a JSON object; empty where there is none.
    private var conditions = ""
    private var figures = Figures()

    /// What its metrics say; nil where they do not.
    private struct Figures: Equatable {
        var startedMs: Int64?
        var cpuSeconds: Double?
        var memoryBytes: Double?
        var lag: Double?
        var at: Int64 = 0
        /// CPU of the time between the last two looks, as a share of a core.
        var cpu: Double?
        /// How often it was seen to have started anew.
        var restarts: Int64 = 0
    }

    init(_ address: ServiceAddress) { self.address = address }

    /// Takes the answer to `/health/ready`.
    mutating func note(_ result: Result<HTTPReply, TransportError>, now: Int64) {
        switch result {
        case .success(let reply):
            conditions = ServiceState.conditions(of: reply.body) ?? ""
            set(
                reply.status == 200 ? "ready" : "waiting", reply.status == 200 ? "" : ServiceState.words(conditions),
                now)
        case .failure(let error):
            conditions = ""
            set("away", Secrets.masking("\(error)"), now)
        }
    }

    private mutating func set(_ state: String, _ reason: String, _ now: Int64) {
        if state != self.state || since == 0 { since = now }
        (self.state, self.reason) = (state, reason)
    }

    /// Takes the answer to `/metrics`: Prometheus's text.
    mutating func note(metrics: [UInt8], now: Int64) {
        let text = MetricsText(metrics)
        var next = Figures()
        next.at = now
        next.startedMs = text.value(of: "process_start_time_seconds").flatMap { seconds in
            // To the end of the year 9999.
            (0...253_402_300_799).contains(seconds) ? Int64(seconds * 1000) : nil
        }
        next.cpuSeconds = text.value(of: "process_cpu_seconds_total")
        next.memoryBytes = text.value(of: "process_resident_memory_bytes")
        next.lag = text.sum(endingIn: "_kafka_lag_records")
        next.restarts = figures.restarts
        if let old = figures.startedMs, let new = next.startedMs, abs(new - old) > 1_000 {
            next.restarts += 1
        } else if let old = figures.cpuSeconds, let new = next.cpuSeconds, now > figures.at {
            next.cpu = max(0, new - old) * 1000 / Double(now - figures.at)
        }
        figures = next
    }

    /// Appends it as an object; what is not known is absent.
    func encode(into json: inout JSONWriter) {
        json.beginObject()
        json.field("name", address.name)
        json.field("url", Secrets.masking(address.url))
        json.field("state", state)
        json.field("since", since)
        if !reason.isEmpty { json.field("reason", reason) }
        if !conditions.isEmpty {
            json.key("conditions")
            json.raw(conditions)
        }
        if state != "away" {
            if let started = figures.startedMs { json.field("up_s", max(0, figures.at - started) / 1000) }
            json.field("cpu", ifKnown: figures.cpu.map { ($0 * 1000).rounded() / 1000 })
            json.field("memory_bytes", ifKnown: figures.memoryBytes)
            json.field("lag", ifKnown: figures.lag)
        }
        json.field("restarts", figures.restarts)
        json.endObject()
    }

    /// The member `conditions` of a health check's answer, where that is an object of texts.
    private static func conditions(of body: [UInt8]) -> String? {
        let bytes = body.span.bytes
        var scanner = JSONScanner()
        var found: Range<Int>?
        do throws(DecodeError) {
            try scanner.enterObject(bytes)
            while let key = try scanner.nextKey(bytes) {
                let start = scanner.at
                let isWanted = key.equals("conditions", in: bytes)
                if isWanted { _ = try scanner.peek(bytes) }
                try scanner.skipValue(bytes)
                if isWanted { found = start..<scanner.at }
            }
            try scanner.end(bytes)
        } catch { return nil }
        return found.map { String(decoding: body[$0], as: UTF8.self) }
    }

    /// What of the conditions does not hold, for a person.
    private static func words(_ conditions: String) -> String {
        let body = Array(conditions.utf8)
        let bytes = body.span.bytes
        var scanner = JSONScanner()
        var words: [String] = []
        do throws(DecodeError) {
            try scanner.enterObject(bytes)
            while let key = try scanner.nextKey(bytes) {
                let text = try scanner.string(bytes).string(in: bytes)
                if text != "ready", !text.hasPrefix("ready; ") { words.append("\(key.string(in: bytes)): \(text)") }
            }
        } catch { return "not ready" }
        return words.joined(separator: "; ")
    }
}
