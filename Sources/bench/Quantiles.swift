/// The middle and the tail of many times in ms.
struct Quantiles {
    private let sorted: [Int64]

    init(_ times: [Int64]) { sorted = times.sorted() }

    var text: String {
        guard let last = sorted.last else { return "none arrived" }
        func at(_ share: Double) -> Int64 { sorted[Int(Double(sorted.count - 1) * share)] }
        return "p50 \(at(0.5)) ms, p90 \(at(0.9)) ms, p99 \(at(0.99)) ms, most \(last) ms (of \(sorted.count))"
    }
}
