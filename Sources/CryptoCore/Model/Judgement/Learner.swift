/// Something that learns from rows and forecasts others: the forest, or a baseline.
package protocol Learner: Sendable {
    /// As it stands in the card.
    var name: String { get }

    /// Learns from `train`, and says for each row of `test` how probable target 1 is.
    ///
    /// Both are sorted by time, `train` before `test`. Where its task is cancelled it ends soon, and what it returns means nothing.
    /// - Returns: a probability a row of `test`; NaN where there is none.
    func probabilities(taughtBy train: RowTable, for test: RowTable) async throws(ModelError) -> [Double]
}

extension Evaluation {
    /// Judges learners by a validation: lets each of them forecast each fold, and measures.
    ///
    /// The first learner is the model, the others are baselines. Nothing is judged (and the card says why) where rows are too few.
    /// - Parameters:
    ///   - seed: of the resampling.
    ///   - progress: called after each fold of each learner with the share that is done.
    package static func of(
        _ learners: [any Learner], on rows: RowTable, by validation: Validation, seed: UInt64 = 1,
        progress: (Double) -> Void = { _ in }
    ) async throws(ModelError) -> Evaluation {
        try await of(learners, on: rows, by: ValidationPlan(rows, validation), seed: seed, progress: progress)
    }

    /// The same by folds that are made already.
    package static func of(
        _ learners: [any Learner], on rows: RowTable, by plan: ValidationPlan, seed: UInt64 = 1,
        progress: (Double) -> Void = { _ in }
    ) async throws(ModelError) -> Evaluation {
        var judgement = Judgement(rows, plan, seed: seed)
        var done = 0
        for fold in judgement.folds {
            let train = rows.rows(fold.plan.train)
            let test = rows.rows(fold.plan.test)
            for (place, learner) in learners.enumerated() {
                let probabilities = try await learner.probabilities(taughtBy: train, for: test)
                judgement.add(learner: place, learner.name, probabilities)
                done += 1
                progress(Double(done) / Double(learners.count * judgement.folds.count))
            }
        }
        return judgement.evaluation()
    }
}
