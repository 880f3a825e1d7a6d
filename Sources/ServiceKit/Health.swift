internal import CryptoCore
internal import Synchronization
internal import System

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
        /// Loops, when each turned last, and how long a turn may take. *Units*: ms, monotonic.
        var turns: [String: (ms: Int64, limitMs: Int64)] = [:]

        /// Why the service is not ready at this time, loops that stand still among it.
        func reasons(at nowMs: Int64) -> [String: String] {
            var reasons = reasons
            // Who has not said yet what to wait for has hardly begun.
            if reasons.isEmpty, ready.isEmpty { reasons["service"] = "starting" }
            for (loop, turn) in turns where nowMs - turn.ms > turn.limitMs {
                reasons[loop] = "stands still for \((nowMs - turn.ms) / 1000) s: a call does not return"
            }
            return reasons
        }
    }

    private let state = Mutex(State())

    /// A service that has said of no condition yet whether it holds, and is not ready therefore.
    package init() {}

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

    /// A loop begins. Without a turn within `limitMs` it counts as standing still, and the service is not ready: a thread that a
    /// library holds cannot say so itself.
    package func begin(_ loop: String, limitMs: Int64) {
        let nowMs = SystemClock().monotonicMs()
        state.withLock { $0.turns[loop] = (nowMs, limitMs) }
    }

    /// A loop turns, or waits by itself; nothing happens when it has not begun.
    package func noteTurn(of loop: String) {
        let nowMs = SystemClock().monotonicMs()
        state.withLock { $0.turns[loop]?.ms = nowMs }
    }

    /// How long ago a loop turned last; nil when it has not begun or has ended. *Units*: ms.
    package func msSinceTurn(of loop: String) -> Int64? {
        let nowMs = SystemClock().monotonicMs()
        return state.withLock { $0.turns[loop].map { nowMs - $0.ms } }
    }

    /// A loop has ended, and need not turn any more.
    package func end(_ loop: String) { state.withLock { $0.turns[loop] = nil } }

    /// Adds a member to both answers, in place of the one of that name.
    /// - Parameter json: its value, one JSON value.
    package func show(_ name: String, json: String) { state.withLock { $0.facts[name] = json } }

    /// Whether there are conditions, and every one holds.
    package var isReady: Bool { reasons.isEmpty }

    /// Why the service is not ready, by condition.
    package var reasons: [String: String] {
        let nowMs = SystemClock().monotonicMs()
        return state.withLock { $0.reasons(at: nowMs) }
    }

    /// The answer to `/health/live`: whoever can answer is alive, and a service that cannot go on exits.
    package func live() -> Report {
        let facts = Health.members(state.withLock { $0.facts })
        return Report(status: 200, body: #"{"status":"live"\#(facts)}"# + "\n")
    }

    /// The answer to `/health/ready`: `{"status":"waiting","conditions":{"kafka":"no broker answers","store":"ready"}}`.
    package func readiness() -> Report {
        let state = state.withLock { $0 }
        let reasons = state.reasons(at: SystemClock().monotonicMs())
        var conditions = reasons
        for (name, remark) in state.ready { conditions[name] = remark.isEmpty ? "ready" : "ready; \(remark)" }
        let pairs = conditions.sorted { $0.key < $1.key }.map { name, text in
            "\(JSONWriter.quoted(name)):\(JSONWriter.quoted(text))"
        }
        let isReady = reasons.isEmpty
        let body =
            #"{"status":"\#(isReady ? "ready" : "waiting")","conditions":{\#(pairs.joined(separator: ","))}"#
            + "\(Health.members(state.facts))}\n"
        return Report(status: isReady ? 200 : 503, body: body)
    }

    private static func members(_ facts: [String: String]) -> String {
        facts.sorted { $0.key < $1.key }.map { ",\(JSONWriter.quoted($0.key)):\($0.value)" }.joined()
    }
}
