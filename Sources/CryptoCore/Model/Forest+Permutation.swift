extension Forest {
    /// How much a score falls when a feature's values are dealt to other rows: what the forest owes to that feature.
    ///
    /// - Parameters:
    ///   - set: rows that the forest did not learn from.
    ///   - repeats: how often each feature is dealt anew; the mean is taken.
    ///   - score: of probabilities and targets, the higher the better.
    /// Where its task is cancelled it ends soon, and what it returns means nothing.
    /// - Returns: a fall for each feature; about 0 where it does nothing, also below 0 by chance.
    package func permutationImportance(
        on set: TrainingSet, repeats: Int = 5, seed: UInt64 = 1, score: ([Double], [UInt8]) -> Double
    ) -> [Double] {
        precondition(repeats > 0, "a mean needs a value")
        let whole = score(probabilities(set.features), set.targets)
        return set.features.columns.indices.map { feature in
            var random = SeededRandom(seed: seed, stream: UInt64(feature))
            var columns = set.features.columns, fall = 0.0
            for _ in 0..<repeats where !Task.isCancelled {
                columns[feature].shuffle(using: &random)
                let dealt = FeatureMatrix(names: set.features.names, columns: columns)
                fall += whole - score(probabilities(dealt), set.targets)
            }
            return fall / Double(repeats)
        }
    }
}
