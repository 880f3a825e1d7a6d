internal import ServiceKit

/// What a command line asks the trainer for, and which flags have an effect there.
enum TrainerTask: CaseIterable {
    case training, watching
    /// `--import`, without `--from` and with it.
    case importing, importingWithRows
    /// `--of` and `--use`.
    case exporting, choosing

    init(_ settings: Settings) {
        if settings[TrainerFlags.of] != nil {
            self = .exporting
        } else if settings[TrainerFlags.use] != nil {
            self = .choosing
        } else if settings[TrainerFlags.importing] != nil {
            self = settings[TrainerFlags.from] == nil ? .importing : .importingWithRows
        } else {
            self = settings[TrainerFlags.watch] == nil ? .training : .watching
        }
    }

    /// Whether it is done at once, with versions that are there.
    var isQuestion: Bool { self == .exporting || self == .choosing }

    /// What goes with what: each flag of the trainer, and where it has an effect.
    static let table: [(flags: [any AnyFlag], tasks: Set<TrainerTask>)] = [
        ([TrainerFlags.models], Set(allCases)),
        ([TrainerFlags.preset, TrainerFlags.from, TrainerFlags.name], making),
        ([TrainerFlags.series, TrainerFlags.since], making.subtracting([.importing])),
        ([TrainerFlags.until], [.training, .importingWithRows]),
        ([TrainerFlags.trees, TrainerFlags.depth, TrainerFlags.minLeaf, TrainerFlags.classWeights], growing),
        ([TrainerFlags.threads], growing),
        ([TrainerFlags.seed], making.subtracting([.importing])),
        ([TrainerFlags.evaluate], making),
        ([TrainerFlags.export], [.training, .exporting]),
        ([TrainerFlags.importing], [.importing, .importingWithRows]),
        ([TrainerFlags.watch, TrainerFlags.fresh, TrainerFlags.keepVersions], [.watching]),
        ([TrainerFlags.of], [.exporting]),
        ([TrainerFlags.use], [.choosing]),
    ]
    private static let making: Set<TrainerTask> = [.training, .watching, .importing, .importingWithRows]
    private static let growing: Set<TrainerTask> = [.training, .watching]

    /// The flags that somebody gave and that have no effect, each with the way to mend it.
    ///
    /// What the environment or a file says is for the runs of a service: `--of` and `--use` pass it over.
    func problems(_ settings: Settings) -> [String] {
        TrainerTask.table.filter { !$0.tasks.contains(self) }.flatMap { flags, tasks in
            flags.filter { flag in
                let source = settings.source(of: flag)
                return isQuestion ? source == .flag : source != .builtIn
            }.map { "--\($0.spec.name): \(mend(tasks))" }
        }
    }

    /// How a flag is put right that has an effect elsewhere.
    private func mend(_ tasks: Set<TrainerTask>) -> String {
        switch self {
        case .training: "belongs to --watch: give both or neither"
        case .importing where tasks.contains(.importingWithRows):
            "has no effect with --import alone: say by --from where the rows are, or leave it out"
        case .importing where tasks.contains(.exporting), .importingWithRows where tasks.contains(.exporting):
            "has no effect with --import: export the version afterwards, by --export FILE.onnx --of NAME:VERSION"
        default: "has no effect with \(word): leave one of them out"
        }
    }

    /// The flag that asks for it.
    private var word: String {
        switch self {
        case .training: "--from"
        case .watching: "--watch"
        case .importing, .importingWithRows: "--import"
        case .exporting: "--of"
        case .choosing: "--use"
        }
    }
}
