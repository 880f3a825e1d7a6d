internal import Synchronization

/// How values are spread over buckets. *Thread*: any; a short lock, so add once per batch.
package final class Histogram: Sendable {
    /// What a hot loop counts by itself before it adds everything at once.
    package struct Batch: Sendable {
        fileprivate let bounds: [Double]
        fileprivate(set) var buckets: [UInt64]
        fileprivate(set) var sum = 0.0

        /// Counts one value; NaN is left out. *Complexity*: O(number of buckets), no allocation.
        package mutating func observe(_ value: Double) {
            guard !value.isNaN else { return }
            var index = 0
            while index < bounds.count, value > bounds[index] { index += 1 }
            buckets[index] += 1
            sum += value
        }

        fileprivate mutating func removeAll() {
            for index in buckets.indices { buckets[index] = 0 }
            sum = 0
        }
    }

    let bounds: [Double]
    private let total: Mutex<Batch>

    init(bounds: [Double]) {
        precondition(bounds.allSatisfy(\.isFinite), "the bucket for infinity is always there")
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bucket bounds ascend")
        self.bounds = bounds
        total = Mutex(Batch(bounds: bounds, buckets: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// An empty batch with these buckets.
    package func makeBatch() -> Batch { Batch(bounds: bounds, buckets: Array(repeating: 0, count: bounds.count + 1)) }

    /// Adds a batch of this histogram and empties it.
    package func add(_ batch: inout Batch) {
        precondition(batch.bounds == bounds, "a batch belongs to the histogram that made it")
        let (buckets, sum) = (batch.buckets, batch.sum)
        total.withLock { total in
            for index in buckets.indices { total.buckets[index] += buckets[index] }
            total.sum += sum
        }
        batch.removeAll()
    }

    /// Counts one value; for what happens seldom.
    package func observe(_ value: Double) { total.withLock { $0.observe(value) } }

    var snapshot: Batch { total.withLock { $0 } }
}
