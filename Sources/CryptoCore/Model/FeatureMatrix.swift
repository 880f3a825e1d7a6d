/// Columns of equal length: what a model looks at.
///
/// *Shape*: `features × rows`, float32; NaN where a value is not known.
package struct FeatureMatrix: Sendable, Equatable {
    package let names: [String]
    package let columns: [[Float]]
    /// How many rows there are.
    package let count: Int

    /// Takes a column for each name. The columns must have the same length: anything else is a fault of the program.
    package init(names: [String], columns: [[Float]]) {
        precondition(names.count == columns.count, "a column has a name")
        count = columns.first?.count ?? 0
        precondition(columns.allSatisfy { [count] in $0.count == count }, "columns are of equal length")
        self.names = names
        self.columns = columns
    }

    /// The rows at `indices`, in that order; a row may be taken several times.
    package func rows(_ indices: [Int]) -> FeatureMatrix {
        FeatureMatrix(names: names, columns: columns.map { column in indices.map { column[$0] } })
    }

    /// One row, a value for each feature.
    package func row(_ index: Int) -> [Float] { columns.map { $0[index] } }
}

/// Rows, and what they are to teach.
package struct TrainingSet: Sendable, Equatable {
    package var features: FeatureMatrix
    /// What happened, one for each row: 0 or 1.
    package var targets: [UInt8]
    /// How much each row counts; nil: all the same. Only their ratios matter.
    package var weights: [Float]?

    package init(features: FeatureMatrix, targets: [UInt8], weights: [Float]? = nil) {
        self.features = features
        self.targets = targets
        self.weights = weights
    }

    /// How many rows there are.
    package var count: Int { targets.count }

    /// The rows at `indices`, in that order; a row may be taken several times.
    package func rows(_ indices: [Int]) -> TrainingSet {
        TrainingSet(
            features: features.rows(indices), targets: indices.map { targets[$0] },
            weights: weights.map { weights in indices.map { weights[$0] } })
    }
}
