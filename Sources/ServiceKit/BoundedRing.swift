internal import System

/// A bounded queue between two threads. *Thread*: any; one lock per call, so move many at once.
package final class BoundedRing<Element: Sendable>: Sendable {
    /// What happens to an element when there is no room.
    package enum FullPolicy: Sendable {
        /// The pusher waits.
        case block
        /// The element is dropped and counted.
        case dropNewest
    }

    /// What became of an element.
    package enum PushOutcome: Sendable, Equatable {
        /// It is in the ring.
        case stored
        /// There was no room: dropped and counted.
        case dropped
        /// There was no room for all of the wait; the pusher still has it.
        case full
        /// The ring is closed; the pusher still has it.
        case closed
    }

    private struct State {
        var slots: [Element?]
        var head = 0
        var count = 0
        var dropped: UInt64 = 0
        var isClosed = false

        mutating func append(_ element: Element) {
            slots[(head + count) % slots.count] = element
            count += 1
        }

        mutating func removeFirst() -> Element? {
            guard count > 0 else { return nil }
            let element = slots[head].take()
            head = (head + 1) % slots.count
            count -= 1
            return element
        }
    }

    private let policy: FullPolicy
    private let monitor: Monitor<State>

    /// Room for so many elements.
    package init(capacity: Int, whenFull policy: FullPolicy) {
        precondition(capacity > 0, "a ring has room for at least one")
        self.policy = policy
        monitor = Monitor(State(slots: Array(repeating: nil, count: capacity)))
    }

    /// Puts one element at the end, waiting for room at most so long where the policy is to block.
    /// *Units*: milliseconds.
    package func push(_ element: Element, waitMs: Int64 = 100) -> PushOutcome {
        let limitMs = policy == .block ? waitMs : 0
        let outcome: PushOutcome? = monitor.wait(ms: limitMs) { state in
            if state.isClosed { return .closed }
            guard state.count < state.slots.count else { return nil }
            state.append(element)
            return .stored
        }
        if let outcome { return outcome }
        guard policy == .dropNewest else { return .full }
        monitor.withLock { $0.dropped += 1 }
        return .dropped
    }

    /// Takes the first element, waiting for one at most so long; nil when there is none or the ring is closed and empty.
    /// *Units*: milliseconds.
    package func pop(waitMs: Int64 = 100) -> Element? {
        let found: Element?? = monitor.wait(ms: waitMs) { state in
            if let element = state.removeFirst() { return .some(element) }
            return state.isClosed ? .some(nil) : nil
        }
        return found ?? nil
    }

    /// Takes up to `limit` elements at once, waiting for the first at most so long; how many were appended.
    /// *Units*: milliseconds.
    package func pop(into elements: inout [Element], limit: Int, waitMs: Int64 = 100) -> Int {
        var taken = 0
        _ = monitor.wait(ms: waitMs) { state -> Void? in
            while taken < limit, let element = state.removeFirst() {
                elements.append(element)
                taken += 1
            }
            return taken > 0 || state.isClosed ? () : nil
        }
        return taken
    }

    /// Takes no more elements; what is in the ring can still be popped.
    package func close() { monitor.change { $0.isClosed = true } }

    /// Whether the ring is closed and everything was popped.
    package var isDrained: Bool { monitor.withLock { $0.isClosed && $0.count == 0 } }

    /// Elements in the ring now.
    package var count: Int { monitor.withLock { $0.count } }

    /// Elements dropped so far.
    package var dropped: UInt64 { monitor.withLock { $0.dropped } }
}
