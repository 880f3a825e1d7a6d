/// Where `monotonicMs` counts from.
private let start = ContinuousClock.now

/// Time that only goes forward, from some moment of this process on. *Units*: ms.
func monotonicMs() -> Int64 {
    let elapsed = start.duration(to: .now).components
    return elapsed.seconds * 1000 + elapsed.attoseconds / 1_000_000_000_000_000
}
