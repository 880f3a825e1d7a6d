internal import CryptoCore

extension FeatureSpread {
    /// The edges of bins are looked for among so many values.
    private static let sampleSize = 10_000

    /// How the known values of a column are spread: ten bins of about as many values each; fewer where values repeat.
    ///
    /// The edges are deciles of every n-th value where there are many; the shares count all. A column without a known value has NaN for
    /// mean and deviation.
    init(of column: [Float]) {
        var sum = 0.0
        var count = 0
        var largest = -Float.infinity
        for value in column where !value.isNaN {
            sum += Double(value)
            count += 1
            largest = max(largest, value)
        }
        let mean = sum / Double(count)
        var squares = 0.0
        for value in column where !value.isNaN { squares += (Double(value) - mean) * (Double(value) - mean) }
        let edges = FeatureSpread.edges(of: column, below: largest)
        var counts = [Int](repeating: 0, count: edges.count + 1)
        for value in column where !value.isNaN { counts[FeatureSpread.bin(of: value, edges)] += 1 }
        let shares = count == 0 ? [1] : counts.map { Double($0) / Double(count) }
        self.init(
            mean: mean, standardDeviation: (squares / Double(count)).squareRoot(), edges: edges.map(Double.init),
            shares: shares)
    }

    /// Ascending, each once; none at or above the largest value, behind which a bin would be empty.
    private static func edges(of column: [Float], below largest: Float) -> [Float] {
        let step = max(1, column.count / sampleSize)
        let sample = stride(from: 0, to: column.count, by: step).map { column[$0] }.filter { !$0.isNaN }.sorted()
        var edges: [Float] = []
        for tenth in 1..<10 where !sample.isEmpty {
            let edge = sample[min(sample.count - 1, sample.count * tenth / 10)]
            if edge > edges.last ?? -.infinity, edge < largest { edges.append(edge) }
        }
        return edges
    }

    /// The first bin whose edge is not below the value.
    private static func bin(of value: Float, _ edges: [Float]) -> Int {
        var bin = 0
        while bin < edges.count, value > edges[bin] { bin += 1 }
        return bin
    }
}
