internal import Synchronization

/// A number that only grows. *Thread*: any, without a lock.
package final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    /// Adds what a batch counted; negative numbers are a bug.
    package func add(_ amount: Int = 1) {
        precondition(amount >= 0, "a counter only grows")
        count.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    /// The sum so far.
    package var value: UInt64 { count.load(ordering: .relaxed) }
}

/// A number that goes up and down. *Thread*: any, without a lock.
package final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)  // the pattern of 0.0

    /// Replaces the number.
    package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    /// Replaces the number.
    package func set(_ value: Int) { set(Double(value)) }

    /// The number now.
    package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}
