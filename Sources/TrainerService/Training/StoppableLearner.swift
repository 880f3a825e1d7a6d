internal import CryptoCore
internal import System

/// A learner that learns nothing more once stop is requested: what is left of a judgement is over at once.
struct StoppableLearner: Learner {
    let learner: any Learner
    let stop: StopFlag

    var name: String { learner.name }

    /// When stop was requested there are no probabilities.
    func probabilities(taughtBy train: RowTable, for test: RowTable) async throws(ModelError) -> [Double] {
        if stop.isRequested { return Array(repeating: .nan, count: test.count) }
        return try await learner.probabilities(taughtBy: train, for: test)
    }
}
