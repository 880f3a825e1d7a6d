/// What a forest owes to each feature: how much its area under the ROC curve falls on rows that it had not seen when the feature's values
/// are dealt to other rows.
///
/// *Source*: Breiman, Random Forests (2001), section 10.
package struct PermutationImportance: Equatable, Sendable {
    /// Of more rows so many are taken, evenly: what it costs has a bound.
    package static let mostRows = 10_000
    private static let deals = 5

    /// A fall for each feature, the mean of five deals; about 0 where it does nothing, also below 0 by chance.
    package let falls: [Double]
    /// How many rows it was measured on, and of how many that there were.
    package let count: Int
    package let available: Int

    /// Nil where the rows have one target only, so that there is no such area.
    /// - Parameter rows: that the forest did not learn from, in any order.
    package init?(of forest: Forest, on rows: RowTable, seed: UInt64) {
        let step = max(1, (rows.count + PermutationImportance.mostRows - 1) / PermutationImportance.mostRows)
        let sample = step == 1 ? rows : rows.rows(Array(stride(from: 0, to: rows.count, by: step)))
        guard sample.upCount > 0, sample.upCount < sample.count else { return nil }
        falls = forest.permutationImportance(
            on: sample.trainingSet, repeats: PermutationImportance.deals, seed: seed,
            score: PermutationImportance.area)
        count = sample.count
        available = rows.count
    }

    /// The area under the ROC curve, ties half.
    private static func area(_ scores: [Double], _ targets: [UInt8]) -> Double {
        let all = BlockStatistics.Scores(values: scores, threshold: 0.5, isProbability: false)
        let blocks = [Int32](repeating: 0, count: targets.count)
        return BlockStatistics(all, targets, blocks: blocks, count: 1).values([1])[Metric.auc.rawValue]
    }
}
