internal import CryptoCore
internal import Synchronization

/// Whether a service is ready, and why not. *Thread*: any.
package final class Health: Sendable {
    /// An answer to `/health/live` or `/health/ready`.
    package struct Report: Sendable, Equatable {
        /// 200, or 503 while it is not ready.
        package let status: Int
        /// JSON.
        package let body: String
    }

    private struct State {
        var reasons: [String: String] = [:]
        var ready: Set<String> = []
    }

    private let state: Mutex<State>

    /// A service that waits for these conditions.
    package init(waitingFor conditions: [String] = []) {
        state = Mutex(State(reasons: Dictionary(conditions.map { ($0, "starting") }) { first, _ in first }))
    }

    /// The condition holds no more, or not yet; passwords in the reason are masked.
    package func set(_ condition: String, notReadyBecause reason: String) {
        let reason = Secrets.masking(reason)
        state.withLock { state in
            state.ready.remove(condition)
            state.reasons[condition] = reason
        }
    }

    /// The condition holds.
    package func ready(_ condition: String) {
        state.withLock { state in
            state.reasons[condition] = nil
            state.ready.insert(condition)
        }
    }

    /// Whether every condition holds.
    package var isReady: Bool { state.withLock { $0.reasons.isEmpty } }

    /// Why the service is not ready, by condition.
    package var reasons: [String: String] { state.withLock { $0.reasons } }

    /// The answer to `/health/live`: whoever can answer is alive, and a service that cannot go on exits.
    package func live() -> Report { Report(status: 200, body: #"{"status":"live"}"# + "\n") }

    /// The answer to `/health/ready`: `{"status":"waiting","conditions":{"kafka":"no broker answers","store":"ready"}}`.
    package func readiness() -> Report {
        let state = state.withLock { $0 }
        var conditions = state.reasons
        for name in state.ready { conditions[name] = "ready" }
        let pairs = conditions.sorted { $0.key < $1.key }.map { name, text in
            "\(JSONText.quoted(name)):\(JSONText.quoted(text))"
        }
        let isReady = state.reasons.isEmpty
        let body =
            #"{"status":"\#(isReady ? "ready" : "waiting")","conditions":{\#(pairs.joined(separator: ","))}}"# + "\n"
        return Report(status: isReady ? 200 : 503, body: body)
    }
}
