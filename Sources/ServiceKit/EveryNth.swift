internal import Synchronization

/// Says which of many equal events deserve a log line: the first, then each thousandth.
/// *Thread*: any, without a lock.
package final class EveryNth: Sendable {
    private let period: UInt64
    private let count = Atomic<UInt64>(0)

    /// Logs the first event and then each `period`-th.
    package init(_ period: UInt64 = 1000) {
        precondition(period > 0, "a period is at least 1")
        self.period = period
    }

    /// Counts events; true when one of them is due for a line: the first, or the last of a full period.
    package func isDue(adding events: Int = 1) -> Bool {
        guard events > 0 else { return false }
        let (before, after) = count.add(UInt64(events), ordering: .relaxed)
        return before == 0 || after / period > before / period
    }
}
