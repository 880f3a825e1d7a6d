internal import CryptoCore
internal import System

extension Training {
    /// Takes a forest that was grown elsewhere for what it is.
    ///
    /// - Parameters:
    ///   - rows: those of `--from`; nil where there are none. What a holdout leaves is what the forest learned from, by the word of who
    ///     imports it: rules are fitted on that, spreads, times and series are its own. The rows that are held out judge it.
    /// - Throws: `TrainingError`.
    func describe(
        _ imported: ImportedForest, rows: RowTable?, ticks: Int = 0
    ) async throws(TrainingError) -> Trained {
        let nobody = "Nobody knows how good it is: it was imported"
        guard let rows else {
            return described(imported, nil, .words("\(nobody), and there are no rows (--from) to judge it by."))
        }
        guard configuration.validation != .none else {
            try check(rows, ticks: ticks)
            return described(
                imported, rows, .words("\(nobody), and no rows were held out (--evaluate) to judge it by."))
        }
        let plan = ValidationPlan(rows, configuration.validation)
        let taught = rows.rows(plan.folds.first?.train ?? [])
        do throws(TrainingError) { try check(taught, ticks: ticks) } catch {
            try check(rows, ticks: ticks)
            return described(
                imported, rows, .words("\(nobody), and too few rows lie before those that --evaluate holds out."))
        }
        growing.progress.begin(.judging)
        let start = clock.monotonicMs()
        let forest = imported.forest
        let evaluation = try await evaluate([FixedForest(forest: forest)] + baselines, rows, configuration.validation)
        let asked = rows.rows(plan.folds.first?.test ?? [])
        let importance = PermutationImportance(of: forest, on: asked, seed: configuration.settings.seed)
        if growing.stop.isRequested { throw .stopped }
        return described(
            imported, taught, .measured(evaluation), importance,
            judgeSeconds: Double(clock.monotonicMs() - start) / 1000)
    }

    private func described(
        _ imported: ImportedForest, _ rows: RowTable?, _ judgement: Card.Judgement,
        _ importance: PermutationImportance? = nil, judgeSeconds: Double = 0
    ) -> Trained {
        var trained = Trained(
            forest: imported.forest, rows: rows, codes: [], judgement: judgement, importance: importance,
            growSeconds: 0,
            judgeSeconds: judgeSeconds)
        trained.imported = imported.source
        return trained
    }
}

/// A forest that learns nothing any more.
private struct FixedForest: Learner {
    let forest: Forest
    var name: String { "forest" }

    func probabilities(taughtBy train: RowTable, for test: RowTable) async throws(ModelError) -> [Double] {
        forest.probabilities(test.features)
    }
}
