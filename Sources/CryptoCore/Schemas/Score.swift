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
    /// The share of them that the model had right.
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
        How the predictions of one model for one series did, of those decided in one minute. Shares and means of several minutes \
        are those of the minutes, each weighted by its count; an AUC of several minutes cannot be had from theirs.
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
        visitor.field("accuracy", &accuracy, .share, "The share that the model had right.")
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
    }

    package func check() throws(DecodeError) {
        try series.check()
        try Prediction.check(model: model, version)
        if count < 1 { throw DecodeError(.badField("count", "at least 1"), at: 0) }
        if !(0...count).contains(decidedUp) { throw DecodeError(.badField("decided_up", "from 0 to count"), at: 0) }
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
