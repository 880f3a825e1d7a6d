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
        /// What is to be known of conditions that hold; empty where nothing is.
        var ready: [String: String] = [:]
        /// Further members of the answers, as JSON.
        var facts: [String: String] = [:]
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
            state.ready[condition] = nil
            state.reasons[condition] = reason
        }
    }

    /// The condition holds; `remark` is what is to be known all the same, passwords masked.
    package func ready(_ condition: String, remark: String = "") {
        let remark = Secrets.masking(remark)
        state.withLock { state in
            state.reasons[condition] = nil
            state.ready[condition] = remark
        }
    }

    /// Adds a member to both answers, in place of the one of that name.
    /// - Parameter json: its value, one JSON value.
    package func show(_ name: String, json: String) { state.withLock { $0.facts[name] = json } }

    /// Whether every condition holds.
    package var isReady: Bool { state.withLock { $0.reasons.isEmpty } }

    /// Why the service is not ready, by condition.
    package var reasons: [String: String] { state.withLock { $0.reasons } }

    /// The answer to `/health/live`: whoever can answer is alive, and a service that cannot go on exits.
    package func live() -> Report {
        let facts = Health.members(state.withLock { $0.facts })
        return Report(status: 200, body: #"{"status":"live"\#(facts)}"# + "\n")
    }

    /// The answer to `/health/ready`: `{"status":"waiting","conditions":{"kafka":"no broker answers","store":"ready"}}`.
    package func readiness() -> Report {
        let state = state.withLock { $0 }
        var conditions = state.reasons
        for (name, remark) in state.ready { conditions[name] = remark.isEmpty ? "ready" : "ready; \(remark)" }
        let pairs = conditions.sorted { $0.key < $1.key }.map { name, text in
            "\(JSONWriter.quoted(name)):\(JSONWriter.quoted(text))"
        }
        let isReady = state.reasons.isEmpty
        let body =
            #"{"status":"\#(isReady ? "ready" : "waiting")","conditions":{\#(pairs.joined(separator: ","))}"#
            + "\(Health.members(state.facts))}\n"
        return Report(status: isReady ? 200 : 503, body: body)
    }

    private static func members(_ facts: [String: String]) -> String {
        facts.sorted { $0.key < $1.key }.map { ",\(JSONWriter.quoted($0.key)):\($0.value)" }.joined()
    }
}
