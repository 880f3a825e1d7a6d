/// `crypto.scores` (`score/1`): how the predictions of one model for one series did, of those decided in one minute.
public struct Score: Equatable, Sendable {
    /// How a rule did on the same predictions.
    public struct Baseline: Equatable, Sendable {
        /// The share that it had right.
        public var accuracy = 0.0
        /// The mean of -ln of the probability that it gave to what came.
        public var logLoss = 0.0

        package init() {}

        public init(accuracy: Double, logLoss: Double) { (self.accuracy, self.logLoss) = (accuracy, logLoss) }
    }

    public var series = Series(source: "", symbol: "")
    /// The model's name.
    public var model = ""
    /// Of the model; from 1 up.
    public var version: Int64 = 0
    /// The end of the minute in which the predictions were decided. *Units*: ms since the epoch.
    public var asOf: Int64 = 0
    /// How long before `asOf` it begins. *Units*: ms.
    public var spanMs: Int64 = 60_000
    /// Predictions that were decided; those of one order's fills count once.
    public var count: Int64 = 0
    /// Those that turned out to be 1.
    public var decidedUp: Int64 = 0
    /// Those of them of which the model said 1.
    public var truePositives: Int64 = 0
    /// Those that turned out to be 0 and of which it said 1.
    public var falsePositives: Int64 = 0
    /// The share of all that it had right.
    public var accuracy = 0.0
    /// The mean of the shares it had right of the zeros and of the ones; of one where there are no others.
    public var balancedAccuracy = 0.0
    /// The mean of -ln of the probability that it gave to what came.
    public var logLoss = 0.0
    /// The mean squared difference of probability and what came.
    public var brier = 0.0
    /// The area under the ROC curve; nil where all turned out the same.
    public var auc: Double?
    /// The share of ones.
    public var baseRate = 0.0
    /// How each rule of the model's preset did, fitted on the rows that the model was trained on.
    public var baselines: [String: Baseline] = [:]
    /// The population stability index of each feature against the rows that the model was trained on.
    public var psi: [String: Double] = [:]
    /// How often the model said what, and what came: of each of 1,024 equal parts of the probability that occurred, in their order, its
    /// number (from 0), the zeros and the ones. *Shape*: parts × 3.
    public var probabilityBins: [[Int64]] = []
    /// Known values of each feature by the bins of the model's training set: of each bin that occurred, in their order, its number (from 0)
    /// and how many. *Shape*: bins × 2.
    public var featureBins: [String: [[Int64]]] = [:]

    package init() {}
}

extension Score.Baseline: FieldObject {
    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.field("accuracy", &accuracy, .share)
        visitor.field("log_loss", &logLoss, .amount)
    }
}

extension Score: SeriesRecord {
    package static let schema = "score/1"
    package static let about: StaticString =
        """
        How the predictions of one model for one series did, of those decided in one minute; there is one record of each source, \
        symbol, model, version and as_of. Minutes add up: counts and bins as they are, and accuracy, log_loss, brier, base_rate and \
        the baselines weighted by count. From the sums follow the balanced accuracy (true_positives / decided_up and \
        1 - false_positives / (count - decided_up), the mean of both), the AUC (the share of pairs of a one and a zero in which the \
        one lies in the higher of the probability_bins, half where both lie in the same) and the PSI (of feature_bins as shares, \
        against features[].spread.shares of the model's card).
        """
    package static let timeField: StaticString? = "as_of"

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.series(&series)
        visitor.field("model", &model, .model, "The model's name.")
        visitor.field("version", &version, .count, "Of the model.")
        visitor.field("as_of", &asOf, .minute, "The end of the minute in which they were decided.")
        visitor.field("span_ms", &spanMs, .count, "How long before as_of it begins.")
        visitor.field("count", &count, .count, "Predictions that were decided; those of one order's fills count once.")
        visitor.field("decided_up", &decidedUp, .whole, "Those that turned out to be 1.")
        visitor.field("true_positives", &truePositives, .whole, "Those of them of which the model said 1.")
        visitor.field(
            "false_positives", &falsePositives, .whole, "Those that turned out to be 0 and of which it said 1.")
        visitor.field("accuracy", &accuracy, .share, "The share of all that the model had right.")
        visitor.field(
            "balanced_accuracy", &balancedAccuracy, .share,
            "The mean of the shares it had right of the zeros and of the ones; of one where there are no others.")
        visitor.field("log_loss", &logLoss, .amount, "The mean of -ln of the probability that it gave to what came.")
        visitor.field("brier", &brier, .share, "The mean squared difference of probability and what came.")
        visitor.field("auc", &auc, .share, "The area under the ROC curve; null where all turned out the same.")
        visitor.field("base_rate", &baseRate, .share, "The share of ones.")
        visitor.field(
            "baselines", &baselines,
            "How each rule of the model's preset did on them, fitted on the rows that the model was trained on.")
        visitor.field(
            "psi", &psi, Score.anyAmounts,
            "The population stability index of each feature against the rows that the model was trained on.")
        visitor.field(
            "probability_bins", &probabilityBins, Score.triples,
            """
            How often the model said what, and what came: of each of 1,024 equal parts of the probability that occurred, in their \
            order, its number (from 0), the zeros and the ones.
            """)
        visitor.field(
            "feature_bins", &featureBins, Score.pairs,
            """
            Known values of each feature by the bins of the training set (features[].spread of the model's card): of each bin that \
            occurred, in their order, its number (from 0) and how many.
            """)
    }

    package func check() throws(DecodeError) {
        try series.check()
        try Prediction.check(model: model, version)
        if count < 1 { throw DecodeError(.badField("count", "at least 1"), at: 0) }
        if !(0...count).contains(decidedUp) { throw DecodeError(.badField("decided_up", "from 0 to count"), at: 0) }
        if !(0...decidedUp).contains(truePositives) {
            throw DecodeError(.badField("true_positives", "from 0 to decided_up"), at: 0)
        }
        if !(0...count - decidedUp).contains(falsePositives) {
            throw DecodeError(.badField("false_positives", "from 0 to count - decided_up"), at: 0)
        }
        try checkBins()
    }

    private func checkBins() throws(DecodeError) {
        let sums = [count - decidedUp, decidedUp]
        if Score.sums(probabilityBins, columns: 2, bins: 1_024) != sums {
            throw DecodeError(
                .badField("probability_bins", "[bin, zeros, ones] in ascending order, all predictions together"), at: 0)
        }
        for bins in featureBins.values where Score.sums(bins, columns: 1, bins: .max) == nil {
            throw DecodeError(.badField("feature_bins", "[bin, values] in ascending order"), at: 0)
        }
    }

    /// The sum of each column behind the bin's number; nil where it is no list of bins.
    private static func sums(_ rows: [[Int64]], columns: Int, bins: Int64) -> [Int64]? {
        var sums = [Int64](repeating: 0, count: columns)
        var next: Int64 = 0
        for row in rows {
            guard row.count == columns + 1, (next..<bins).contains(row[0]) else { return nil }
            next = row[0] + 1
            for (column, number) in row.dropFirst().enumerated() {
                let (sum, overflow) = sums[column].addingReportingOverflow(number)
                guard number >= 0, !overflow else { return nil }
                sums[column] = sum
            }
        }
        return sums
    }

    private static var triples: Form {
        Form(
            """
            {"type": "array", "items": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 3, "maxItems": 3}}
            """)
    }
    private static var pairs: Form {
        Form(
            """
            {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "array", \
            "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2}}}
            """)
    }

    private static var anyAmounts: Form {
        Form(##"{"type": "object", "additionalProperties": {"$ref": "#/$defs/amount"}}"##)
    }

    package static let table = Table(
        "scores", fields, time: "as_of", id: ["source", "symbol", "model", "version", "score", "as_of"],
        rewriting: .always)
}

extension Topic {
    public static let scores = Topic(
        "scores", Score.self, keep: .days(30), from: ["inference"],
        "How predictions did, a record for each series, model and minute in which some were decided.")
}
