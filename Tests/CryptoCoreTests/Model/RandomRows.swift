import TestSupport

@testable import CryptoCore

/// Rows of which the target can be learned, but not wholly.
enum RandomRows {
    /// Rows of three columns: one of steps, one of any values, one of 0 and 1.
    static func trades(_ count: Int, seed: UInt64) -> TrainingSet {
        var random = SplitMix64(seed: seed)
        var price: Float = 100
        var columns: [[Float]] = [[], [], []], targets: [UInt8] = []
        for _ in 0..<count {
            price += Float(Int.random(in: -3...3, using: &random)) * 0.25
            let isBuy: Float = Bool.random(using: &random) ? 1 : 0
            let quantity = Float.random(in: 0..<1, using: &random)
            columns[0].append(price)
            columns[1].append(quantity)
            columns[2].append(isBuy)
            let chance = chance(price, quantity, isBuy)
            targets.append(Float.random(in: 0..<1, using: &random) < chance ? 1 : 0)
        }
        return TrainingSet(
            features: FeatureMatrix(names: ["price", "quantity", "is_buy"], columns: columns), targets: targets)
    }

    /// What a forest could say at best of such rows: the chance by which each target was drawn.
    static func chances(_ rows: FeatureMatrix) -> [Double] {
        (0..<rows.count).map { Double(chance(rows.columns[0][$0], rows.columns[1][$0], rows.columns[2][$0])) }
    }

    private static func chance(_ price: Float, _ quantity: Float, _ isBuy: Float) -> Float {
        0.2 + 0.3 * isBuy + (quantity > 0.5 ? 0.2 : 0) + (price > 100 ? 0.2 : 0)
    }
}

extension ForestTrainer {
    /// All trees, one after the other.
    func forest() -> Forest {
        Forest(
            trees: (0..<settings.trees).map { tree($0) }, featureCount: codes.count, settings: settings)
    }
}
