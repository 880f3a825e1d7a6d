/// Logistic regression, learned row by row by stochastic gradient descent: a baseline that can learn on with every row.
///
/// *Source*: L. Bottou, "Stochastic Gradient Descent Tricks" (2012), with the averaged weights of Polyak and Juditsky (1992).
package struct LogisticRegression: Equatable, Sendable {
    private static let firstStep = 0.05
    private static let slowing = 1_000.0
    private static let decay = 1e-6

    /// *Shape*: features; of standardised values.
    package private(set) var weights: [Double]
    package private(set) var bias: Double
    private var learned = 0.0

    /// Knows nothing but how probable target 1 is without looking at a row.
    package init(featureCount: Int, upShare: Double) {
        weights = Array(repeating: 0, count: featureCount)
        let share = min(max(upShare, 1e-6), 1 - 1e-6)
        bias = Elementary.log(share / (1 - share))
    }

    /// The probability of target 1.
    package func probability(_ row: Span<Double>) -> Double {
        var sum = bias
        for i in weights.indices { sum += weights[i] * row[i] }
        return Elementary.logistic(sum)
    }

    /// Takes a step towards `target` (0 or 1).
    package mutating func learn(_ row: Span<Double>, _ target: UInt8) {
        let step = LogisticRegression.firstStep / (1 + learned / LogisticRegression.slowing).squareRoot()
        learned += 1
        let error = probability(row) - Double(target)
        for i in weights.indices { weights[i] -= step * (error * row[i] + LogisticRegression.decay * weights[i]) }
        bias -= step * error
    }

    /// Takes the mean of what several states had.
    fileprivate mutating func become(_ sums: LogisticRegression, over count: Double) {
        weights = sums.weights.map { $0 / count }
        bias = sums.bias / count
    }

    fileprivate mutating func add(_ other: LogisticRegression) {
        for i in weights.indices { weights[i] += other.weights[i] }
        bias += other.bias
    }
}

/// Logistic regression as a learner: goes over the rows in the order of time, several times where they are few, and forecasts with the
/// mean of the weights it had in the last round.
package struct LogisticLearner: Learner {
    package let name = "logistic regression"
    private static let steps = 200_000
    private static let mostRounds = 20

    package init() {}

    package func probabilities(taughtBy train: RowTable, for test: RowTable) async throws(ModelError) -> [Double] {
        let scale = Standardisation(train.columns)
        let model = LogisticLearner.taught(scale.rows(train.columns), train)
        let width = test.columns.count
        let rows = scale.rows(test.columns)
        return (0..<test.count).map { model.probability(rows.span.extracting($0 * width..<($0 + 1) * width)) }
    }

    static func taught(_ rows: [Double], _ train: RowTable) -> LogisticRegression {
        let width = train.columns.count
        var model = LogisticRegression(featureCount: width, upShare: train.upShare)
        let rounds = min(max(steps / max(train.count, 1), 1), mostRounds)
        var sums = model
        for round in 0..<rounds {
            for i in 0..<train.count {
                if i & 0xFFFF == 0, Task.isCancelled { return model }
                model.learn(rows.span.extracting(i * width..<(i + 1) * width), train.targets[i])
                guard round == rounds - 1 else { continue }
                if i == 0 { sums = model } else { sums.add(model) }
            }
        }
        if train.count > 0 { model.become(sums, over: Double(train.count)) }
        return model
    }
}
