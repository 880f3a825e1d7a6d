internal import CryptoCore
internal import NetClient

/// Looks at services in turn how they do: health first, then metrics. *Thread*: that of the client.
struct ServiceWatch {
    private enum Kind { case health, metrics }

    private let everyMs: Int64
    private var states: [ServiceState]
    private var asked: [HTTPClient.RequestID: (service: Int, kind: Kind)] = [:]
    private var lookedAt: Int64 = .min
    private var told = ""

    init(_ services: [ServiceAddress], everyMs: Int64) {
        self.everyMs = everyMs
        states = services.map { ServiceState($0) }
    }

    /// Asks all services where it is time and none of the questions before is open.
    mutating func begin(_ client: HTTPClient, now: Int64) {
        guard asked.isEmpty, lookedAt > now || now - everyMs >= lookedAt else { return }
        lookedAt = now
        let limits = HTTPClient.Limits(connectTimeoutMs: 1_000, totalTimeoutMs: 2_000, bodyBytes: 2 << 20)
        for (index, state) in states.enumerated() {
            for (kind, path) in [(Kind.health, "/health/ready"), (.metrics, "/metrics")] {
                let request = NetClient.HTTPRequest(state.address.url + path, limits: limits)
                do throws(TransportError) {
                    asked[try client.start(request)] = (index, kind)
                } catch {
                    if case .health = kind { states[index].note(.failure(error), now: now) }
                }
            }
        }
    }

    /// Takes an answer.
    mutating func end(_ id: HTTPClient.RequestID, _ result: Result<HTTPReply, TransportError>, now: Int64) {
        guard let (service, kind) = asked.removeValue(forKey: id) else { return }
        switch kind {
        case .health: states[service].note(result, now: now)
        case .metrics:
            if case .success(let reply) = result, reply.status == 200 {
                states[service].note(metrics: reply.body, now: now)
            }
        }
    }

    /// How all do, as a JSON array, where all have answered or not and it is news; else nil.
    mutating func takeNews() -> String? {
        guard asked.isEmpty, lookedAt > .min else { return nil }
        var json = JSONWriter(reservingBytes: 2_048)
        json.beginArray()
        for state in states { state.encode(into: &json) }
        json.endArray()
        let text = String(decoding: json.bytes, as: UTF8.self)
        guard text != told else { return nil }
        told = text
        return text
    }
}
