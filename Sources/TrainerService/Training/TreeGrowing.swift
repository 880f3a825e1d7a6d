internal import CryptoCore
internal import Synchronization
internal import System

/// Grows the trees of a forest in a task group. The forest is the same whatever the number of tasks: each tree follows from its own.
struct TreeGrowing: Sendable {
    /// Trees that are grown at once; the machine's cores are the most that run.
    let tasks: Int
    let stop: StopFlag
    let progress: TrainingProgress

    /// The trees `numbers` of the trainer's forest, in order; nil when stop was requested first.
    func trees(_ numbers: Range<Int>, of trainer: ForestTrainer) async -> [GrownTree]? {
        progress.beginTrees(numbers.count)
        let next = Next()
        let grown = await withTaskGroup(of: [(number: Int, tree: GrownTree)].self) { group in
            for _ in 0..<min(tasks, numbers.count) {
                group.addTask {
                    var own: [(number: Int, tree: GrownTree)] = []
                    while !stop.isRequested {
                        let number = numbers.lowerBound + next.take()
                        guard number < numbers.upperBound else { break }
                        own.append((number, trainer.tree(number)))
                        progress.noteTree()
                    }
                    return own
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        guard grown.count == numbers.count else { return nil }
        return grown.sorted { $0.number < $1.number }.map(\.tree)
    }

    /// The whole forest of rows; nil when stop was requested first.
    func forest(_ rows: RowTable, _ settings: ForestSettings) async throws(ModelError) -> (Forest, ForestTrainer)? {
        let features = FeatureMatrix(names: rows.names, columns: rows.columns)
        let trainer = try ForestTrainer(TrainingSet(features: features, targets: rows.targets), settings)
        guard let trees = await trees(0..<settings.trees, of: trainer) else { return nil }
        return (Forest(trees: trees, featureCount: rows.columns.count, settings: settings), trainer)
    }

    /// The number that a task takes next.
    private final class Next: Sendable {
        private let number = Atomic<Int>(0)

        func take() -> Int { number.wrappingAdd(1, ordering: .relaxed).oldValue }
    }
}

/// A forest that is judged and kept.
final class KeptForest: Learner {
    /// What it learned.
    struct Grown: Sendable {
        let forest: Forest
        let seconds: Double
        /// What it learned from, and how the columns were told apart; nil where only the forest was to be kept.
        let taught: (rows: RowTable, codes: [ColumnCodes])?
        /// What it was asked about, and what it said.
        let test: RowTable
        let probabilities: [Double]
    }

    private let learner: ForestLearner
    private let keepsRows: Bool
    private let kept = Mutex<Grown?>(nil)

    /// - Parameter keepsRows: whether what taught it is kept, too.
    init(_ learner: ForestLearner, keepsRows: Bool) { (self.learner, self.keepsRows) = (learner, keepsRows) }

    var name: String { learner.name }
    /// What it learned last; nil before that.
    var grown: Grown? { kept.withLock { $0 } }

    func probabilities(taughtBy train: RowTable, for test: RowTable) async throws(ModelError) -> [Double] {
        kept.withLock { $0 = nil }  // What the fold before needed makes room.
        let clock = SystemClock()
        let startMs = clock.monotonicMs()
        guard let (forest, trainer) = try await learner.growing.forest(train, learner.settings) else {
            return Array(repeating: .nan, count: test.count)
        }
        let seconds = Double(clock.monotonicMs() - startMs) / 1000
        let said = forest.probabilities(FeatureMatrix(names: test.names, columns: test.columns))
        kept.withLock {
            $0 = Grown(
                forest: forest, seconds: seconds, taught: keepsRows ? (train, trainer.codes) : nil, test: test,
                probabilities: said)
        }
        return said
    }
}

/// The forest as what is judged.
struct ForestLearner: Learner {
    let settings: ForestSettings
    let growing: TreeGrowing

    var name: String { "forest" }

    /// When stop was requested there are no probabilities.
    func probabilities(taughtBy train: RowTable, for test: RowTable) async throws(ModelError) -> [Double] {
        guard let (forest, _) = try await growing.forest(train, settings) else {
            return Array(repeating: .nan, count: test.count)
        }
        return forest.probabilities(FeatureMatrix(names: test.names, columns: test.columns))
    }
}
