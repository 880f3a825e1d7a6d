/// How long to wait before the next attempt: doubling up to a cap.
///
/// Each wait is between half and all of its length, at random, so that many clients do not come back at once. The caller waits.
package struct Backoff: Sendable, Equatable {
    private let firstMs: Int64
    private let capMs: Int64
    private var nextMs: Int64

    /// The first wait is at most `firstMs`, no wait is longer than `capMs`. *Units*: milliseconds.
    package init(firstMs: Int64 = 250, capMs: Int64 = 30_000) {
        precondition(firstMs > 0 && capMs >= firstMs, "a backoff needs 0 < first <= cap")
        self.firstMs = firstMs
        self.capMs = capMs
        nextMs = firstMs
    }

    /// The next wait. *Units*: milliseconds.
    package mutating func next(using generator: inout some RandomNumberGenerator) -> Int64 {
        let fullMs = nextMs
        nextMs = fullMs > capMs / 2 ? capMs : fullMs * 2
        return Int64.random(in: fullMs - fullMs / 2...fullMs, using: &generator)
    }

    /// The next wait, at random.
    package mutating func next() -> Int64 {
        var generator = SystemRandomNumberGenerator()
        return next(using: &generator)
    }

    /// It worked: the next wait is the first one again.
    package mutating func reset() { nextMs = firstMs }
}
