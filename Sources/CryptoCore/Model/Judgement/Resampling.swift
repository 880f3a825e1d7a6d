/// Resampling of blocks of rows, so that rows near each other, which are alike, stay together.
///
/// *Source*: the nonparametric bootstrap of blocks, percentile intervals (Efron, Tibshirani, "An Introduction to the Bootstrap", 1993).
enum Resampling {
    /// Resamples of an evaluation.
    static let count = 500
    /// With fewer blocks than this there are no intervals.
    static let fewestBlocks = 5
    /// Where a fold has more hours than this, blocks are two hours long, or three, and so on.
    static let mostBlocks = 256
    static let hourMs: Int64 = 3_600_000

    /// How often each of `count` blocks is drawn, in each resample: as many draws as there are blocks. *Shape*: resamples × blocks.
    static func draws(of count: Int, seed: UInt64) -> [[Double]] {
        var random = SeededRandom(seed: seed)
        return (0..<Resampling.count).map { _ in
            var drawn = [Double](repeating: 0, count: count)
            for _ in 0..<count { drawn[random.index(below: count)] += 1 }
            return drawn
        }
    }
}
