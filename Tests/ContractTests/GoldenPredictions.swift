@testable import CryptoCore

/// Predictions and scores of each shape, for the golden files.
enum GoldenPredictions {
    private static let bitcoin = GoldenRecords.bitcoin

    static func prediction(_ change: (inout Prediction) -> Void) -> Prediction {
        var prediction = Prediction()
        prediction.series = bitcoin
        prediction.model = "direction"
        prediction.version = 1
        prediction.modelHash = "0123456789abcdef"
        prediction.eventTime = 1_723_161_255_342
        prediction.tradeID = "3735683259"
        prediction.prediction = 1
        prediction.probability = 0.625
        prediction.isDefault = true
        change(&prediction)
        return prediction
    }

    static let predictions: [Prediction] = [
        prediction { _ in },
        prediction {
            $0.kind = .quote
            $0.tradeID = nil
            ($0.prediction, $0.probability) = (0, 0)
            $0.isDefault = false
        },
        prediction {
            ($0.model, $0.version) = ("horizon", 12)
            $0.kind = .window
            $0.eventTime = 1_723_161_300_000
            $0.tradeID = nil
            $0.horizonMs = 60_000
            $0.isExpired = true
        },
        prediction {
            $0.series = GoldenRecords.odd
            ($0.model, $0.version) = ("a.b_c-D9", .max)
            $0.modelHash = "ffffffffffffffff"
            $0.eventTime = -1
            $0.tradeID = "a\"b\\c é線🚀"
            $0.probability = 1
            $0.isExpired = true
            $0.isDefault = false
            $0.isShadow = true
        },
        prediction { $0.probability = .leastNonzeroMagnitude },
    ]

    static let scores: [Score] = {
        var usual = Score()
        usual.series = bitcoin
        (usual.model, usual.version) = ("direction", 1)
        usual.asOf = 1_723_161_300_000
        (usual.count, usual.decidedUp, usual.truePositives, usual.falsePositives) = (8, 2, 1, 1)
        (usual.accuracy, usual.balancedAccuracy, usual.logLoss, usual.brier) = (0.75, 0.5, 0.5625, 0.1875)
        (usual.auc, usual.baseRate) = (0.625, 0.25)
        usual.baselines = [
            "side persistence": Score.Baseline(accuracy: 0.5, logLoss: 0.6931471805599453),
            "return reversal": Score.Baseline(accuracy: 0.75, logLoss: 0.5623351446188083),
        ]
        usual.psi = ["price": 0, "quantity": 0.0078125, "is_buy": 1.5]
        usual.probabilityBins = [[0, 4, 0], [511, 1, 1], [1_023, 1, 1]]
        usual.featureBins = ["price": [[0, 3], [9, 5]], "quantity": [[4, 8]], "is_buy": [[1, 8]]]
        var bare = usual
        bare.series = GoldenRecords.odd
        bare.version = .max
        (bare.asOf, bare.spanMs) = (-60_000, 3_600_000)
        (bare.count, bare.decidedUp, bare.truePositives, bare.falsePositives) = (1, 1, 1, 0)
        (bare.accuracy, bare.balancedAccuracy, bare.logLoss, bare.brier) = (1, 1, 0, 0)
        (bare.auc, bare.baseRate) = (nil, 1)
        (bare.baselines, bare.psi) = ([:], [:])
        (bare.probabilityBins, bare.featureBins) = ([[1_023, 0, 1]], [:])
        return [usual, bare]
    }()
}
