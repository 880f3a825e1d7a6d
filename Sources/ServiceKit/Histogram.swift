internal import Synchronization

/// How values are spread over buckets. *Thread*: any; a short lock, for what happens seldom.
package final class Histogram: Sendable {
    /// What was counted: values per bucket, the last one without a bound, and their sum.
    struct Counts: Sendable {
        fileprivate(set) var buckets: [UInt64]
        fileprivate(set) var sum = 0.0
    }

    let bounds: [Double]
    private let counts: Mutex<Counts>

    init(bounds: [Double]) {
        precondition(bounds.allSatisfy(\.isFinite), "the bucket for infinity is always there")
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bucket bounds ascend")
        self.bounds = bounds
        counts = Mutex(Counts(buckets: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// Counts one value; NaN is left out. *Complexity*: O(number of buckets), no allocation.
    package func observe(_ value: Double) {
        guard !value.isNaN else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        counts.withLock { counts in
            counts.buckets[index] += 1
            counts.sum += value
        }
    }

    var snapshot: Counts { counts.withLock { $0 } }
}
