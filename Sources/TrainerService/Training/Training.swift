internal import CryptoCore
internal import System

/// Learns from rows, and judges what was learned.
struct Training: Sendable {
    let configuration: TrainerConfiguration
    let growing: TreeGrowing
    /// What stands beside the forest in the same folds.
    let baselines: [any Learner]
    let clock = SystemClock()

    init(
        _ configuration: TrainerConfiguration, stop: StopFlag, progress: TrainingProgress,
        baselines: [any Learner] = [LogisticLearner(), RecurrentLearner()]
    ) {
        self.configuration = configuration
        self.baselines = baselines
        growing = TreeGrowing(tasks: configuration.threads, stop: stop, progress: progress)
    }

    /// A forest, and what its card says of it.
    struct Trained: Sendable {
        let forest: Forest
        /// What it learned from; nil where nobody knows.
        let rows: RowTable?
        /// How the columns were told apart; empty where it was grown elsewhere.
        let codes: [ColumnCodes]
        let judgement: Card.Judgement
        /// Of the judgement's last fold; nil where nothing was judged.
        let importance: PermutationImportance?
        let growSeconds, judgeSeconds: Double
        /// The share of its rows whose target the trees say that did not learn from them; nil where nobody asked.
        var outOfBagAccuracy: Double?
        /// Of a challenger: how it and the champion did.
        var duel: Evaluation.Duel?
        /// Where it was taken from; nil: it was grown here.
        var imported: Card.Imported?

        var evaluation: Evaluation? {
            if case .measured(let evaluation) = judgement { evaluation } else { nil }
        }
    }

    /// Judges by the validation that was asked for, then learns from all rows.
    /// - Throws: `TrainingError`.
    func train(_ rows: RowTable, ticks: Int = 0) async throws(TrainingError) -> Trained {
        try check(rows, ticks: ticks)
        growing.progress.begin(.judging)
        let start = clock.monotonicMs()
        let (judgement, importance) = try await judge(rows)
        let judged = clock.monotonicMs()
        growing.progress.begin(.growing)
        let (forest, trainer) = try await grow(rows)
        let grown = clock.monotonicMs()
        var trained = Trained(
            forest: forest, rows: rows, codes: trainer.codes, judgement: judgement, importance: importance,
            growSeconds: Double(grown - judged) / 1000, judgeSeconds: Double(judged - start) / 1000)
        // It takes about as long as growing does: who asks for no judgement gets none.
        if configuration.validation != .none { trained.outOfBagAccuracy = trainer.outOfBag(forest).accuracy }
        return trained
    }

    /// - Throws: `.tooFewRows`, `.oneClass`.
    func check(_ rows: RowTable, ticks: Int) throws(TrainingError) {
        guard rows.count >= TrainingError.fewestRows else {
            throw .tooFewRows(count: rows.count, preset: rows.preset, ticks: ticks)
        }
        let ups = rows.upCount
        if ups == 0 || ups == rows.count {
            throw .oneClass(ups == 0 ? 0 : 1, count: rows.count, preset: rows.preset)
        }
    }

    private func judge(
        _ rows: RowTable
    ) async throws(TrainingError) -> (Card.Judgement, PermutationImportance?) {
        if configuration.validation == .none {
            return (.words("Nobody knows how good it is: --evaluate none was asked for."), nil)
        }
        let forest = KeptForest(ForestLearner(settings: configuration.settings, growing: growing), keepsRows: false)
        let evaluation = try await evaluate([forest] + baselines, rows, configuration.validation)
        return (.measured(evaluation), try importance(forest.grown))
    }

    /// What the forest owes to each feature, on the rows that it was asked about.
    private func importance(_ grown: KeptForest.Grown?) throws(TrainingError) -> PermutationImportance? {
        guard let grown else { return nil }
        let found = PermutationImportance(of: grown.forest, on: grown.test, seed: configuration.settings.seed)
        if growing.stop.isRequested { throw .stopped }
        return found
    }

    /// Learns from what lies before the fresh period, and lets champion and challenger forecast that.
    /// - Throws: `TrainingError`; `.notJudged` where it cannot be judged.
    func challenge(_ champion: Champion, _ rows: RowTable) async throws(TrainingError) -> Trained {
        growing.progress.begin(.judging)
        let start = clock.monotonicMs()
        let challenger = KeptForest(ForestLearner(settings: configuration.settings, growing: growing), keepsRows: true)
        let evaluation = try await evaluate([challenger] + baselines, rows, challengeValidation)
        guard let grown = challenger.grown, let taught = grown.taught else {
            throw .notJudged(evaluation.verdict.sentence)
        }
        let theirs: [Double]
        do throws(ModelError) { theirs = try champion.probabilities(of: grown.test) } catch { throw .model(error) }
        let duel = Evaluation.duel(
            challenger: grown.probabilities, champion: theirs, on: grown.test, upShare: taught.rows.upShare,
            seed: configuration.settings.seed)
        return Trained(
            forest: grown.forest, rows: taught.rows, codes: taught.codes, judgement: .measured(evaluation),
            importance: try importance(grown),
            growSeconds: grown.seconds, judgeSeconds: Double(clock.monotonicMs() - start) / 1000 - grown.seconds,
            duel: duel)
    }

    private var challengeValidation: Validation { .holdoutTime(ms: configuration.freshMs) }

    func evaluate(
        _ learners: [any Learner], _ rows: RowTable, _ validation: Validation
    ) async throws(TrainingError) -> Evaluation {
        let progress = growing.progress
        let learners = learners.map { StoppableLearner(learner: $0, stop: growing.stop) }
        let evaluation: Evaluation
        do throws(ModelError) {
            evaluation = try await Evaluation.of(
                learners, on: rows, by: validation, seed: configuration.settings.seed
            ) { progress.note(share: $0) }
        } catch { throw .model(error) }
        if growing.stop.isRequested { throw .stopped }
        return evaluation
    }

    private func grow(_ rows: RowTable) async throws(TrainingError) -> (Forest, ForestTrainer) {
        let grown: (Forest, ForestTrainer)?
        do throws(ModelError) { grown = try await growing.forest(rows, configuration.settings) } catch {
            throw .model(error)
        }
        guard let grown else { throw .stopped }
        return grown
    }
}
