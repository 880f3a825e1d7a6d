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

    /// How often each of `count` blocks is drawn, in each resample: as many draws as there are blocks. *Shape*: resamples × blocks.
    static func draws(of count: Int, seed: UInt64) -> [[Double]] {
        var random = SeededRandom(seed: seed)
        return (0..<Resampling.count).map { _ in
            var drawn = [Double](repeating: 0, count: count)
            for _ in 0..<count { drawn[random.index(below: count)] += 1 }
            return drawn
        }
    }

    /// Blocks that several folds have, some of them in common: each is drawn once for all of them.
    struct Shared: Sendable {
        /// The blocks of all folds.
        let count: Int
        /// The place of each fold's blocks among them. *Shape*: folds × blocks of the fold.
        let places: [[Int]]

        /// - Parameter folds: the keys of each fold's blocks.
        init(_ folds: [[Int64]]) {
            let keys = Set(folds.joined()).sorted()
            let places = Dictionary(uniqueKeysWithValues: zip(keys, keys.indices))
            count = keys.count
            // Not nil: each key is among all.
            self.places = folds.map { $0.map { places[$0]! } }
        }

        /// How often each block of a fold counts, where these were drawn.
        func weights(ofFold fold: Int, _ drawn: [Double]) -> [Double] { places[fold].map { drawn[$0] } }
    }
}
