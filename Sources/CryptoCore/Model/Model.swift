/// A row and what the model said of it when it was written: a reader that computes something else must not serve it.
package struct GoldenRow: Sendable, Equatable {
    package var features: [Float]
    package var probability: Double

    package init(features: [Float], probability: Double) {
        self.features = features
        self.probability = probability
    }
}

/// How a feature was spread over the training rows: what live values are held against.
package struct FeatureSpread: Sendable, Equatable {
    package var mean: Double
    package var standardDeviation: Double
    /// Where one bin of the histogram ends (inclusive) and the next begins, ascending.
    package var edges: [Double]
    /// The share of known values in each bin: one more than there are edges.
    package var shares: [Double]

    package init(mean: Double, standardDeviation: Double, edges: [Double], shares: [Double]) {
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.edges = edges
        self.shares = shares
    }
}

/// A forest and all that has to be known to serve it.
package struct Model: Sendable, Equatable {
    package var forest: Forest
    package var name: String
    package var version: Int
    package var preset: String
    package var featureNames: [String]
    /// Event times of the first and the last training row. *Units*: milliseconds since the Unix epoch; nil: rows without times.
    package var trainedFrom: Int64?
    package var trainedUntil: Int64?
    /// The series that it learned from, as `bybit:BTC-USDT`.
    package var series: [String] = []
    package var rules: [FittedRule] = []
    /// The numbers of the model's card, as JSON.
    package var metrics: [UInt8] = []
    package var golden: [GoldenRow] = []
    /// One for each feature, or none.
    package var spreads: [FeatureSpread] = []

    package init(forest: Forest, name: String, version: Int, preset: String, featureNames: [String]) {
        precondition(featureNames.count == forest.featureCount, "a feature has a name")
        self.forest = forest
        self.name = name
        self.version = version
        self.preset = preset
        self.featureNames = featureNames
    }

    /// What tells models of other features apart: names and their order.
    package var featureHash: UInt64 { Model.hash(of: featureNames) }

    /// FNV-1a of the names, each with a zero byte behind it.
    package static func hash(of names: [String]) -> UInt64 {
        var hash = FNV1a()
        for name in names {
            hash.add(name.utf8)
            hash.add(0)
        }
        return hash.value
    }
}
