internal import CryptoCore
internal import Glibc
package import ServiceKit
internal import ServiceRuntime

/// What the trainer runs with.
package struct TrainerConfiguration: Sendable {
    let preset: Preset
    /// Nil: the forest is imported, and nobody says what it learned from.
    let input: InputLocation?
    /// The folder of all models.
    let models: String
    /// The model's name.
    let name: String
    /// Patterns of series; none: every series.
    let globs: [String]
    let since: TimeBound?
    let until: TimeBound?
    let settings: ForestSettings
    /// Threads that grow trees.
    let threads: Int
    let validation: Validation
    let export: Export?
    /// The file of a forest that was grown elsewhere; nil: one is grown.
    let importing: String?
    /// From one challenger to the next; nil: train once. *Units*: ms.
    package let watchMs: Int64?
    /// What champion and challenger are judged by. *Units*: ms.
    let freshMs: Int64
    /// How many challengers that lost keep their model.
    let keptVersions: Int

    /// - Throws: what in the settings does not fit together.
    package init(_ settings: Settings) throws(UsageError) {
        var problems: [String] = []
        let presets = Preset.allCases.map(\.rawValue).joined(separator: ", ")
        if settings[TrainerFlags.preset] == nil { problems.append("--preset: say what to learn: one of \(presets)") }
        importing = settings[TrainerFlags.importing]
        let isImport = importing != nil
        if settings[TrainerFlags.from] == nil, !isImport {
            problems.append("--from: say what to learn from: sqlite:FILE, mongodb://HOST/DATABASE, csv:FILE or kafka")
        }
        export = settings[TrainerFlags.export].flatMap(Export.init)
        watchMs = settings[TrainerFlags.watch]
        freshMs = settings[TrainerFlags.fresh]
        problems += TrainerTask(settings).problems(settings)
        if isImport { problems += TrainerConfiguration.problemsOfImport(settings) }
        let bounds = (
            since: settings[TrainerFlags.since].flatMap(TimeBound.init),
            until: settings[TrainerFlags.until].flatMap(TimeBound.init)
        )
        if let since = bounds.since, let until = bounds.until, !since.isBefore(until) {
            problems.append("--since: is not before --until: nothing lies between them")
        }
        guard problems.isEmpty, let preset = settings[TrainerFlags.preset],
            let asked = ValidationFlag.validation(settings[TrainerFlags.evaluate])
        else { throw UsageError(problems) }
        self.preset = preset
        input = settings[TrainerFlags.from].flatMap(InputLocation.init)
        // No fold can teach a forest that is there already: unless rows are held out, it is not judged.
        validation = isImport && asked == .walkForward ? .none : asked
        keptVersions = settings[TrainerFlags.keepVersions]
        models = settings[TrainerFlags.models]
        name = settings[TrainerFlags.name] ?? preset.rawValue
        globs = settings[TrainerFlags.series]
        (since, until) = bounds
        threads = settings[TrainerFlags.threads] ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        var grown = ForestSettings(
            trees: settings[TrainerFlags.trees], depth: settings[TrainerFlags.depth],
            minLeaf: settings[TrainerFlags.minLeaf], seed: UInt64(settings[TrainerFlags.seed]))
        grown.classWeights = ClassWeightsFlag.weights(settings[TrainerFlags.classWeights]) ?? .none
        self.settings = grown
    }

    /// What does not go with `--import`.
    private static func problemsOfImport(_ settings: Settings) -> [String] {
        var problems: [String] = []
        let asked = ValidationFlag.validation(settings[TrainerFlags.evaluate])
        if asked == .walkForward, settings.source(of: TrainerFlags.evaluate) != .builtIn {
            problems.append(
                "--evaluate: a forest that is grown already cannot be taught part by part: give holdout:2d (the last days, "
                    + "which it has not seen), holdout:0.2 or none")
        }
        if settings[TrainerFlags.from] == nil, asked != .walkForward, asked != Validation.none {
            problems.append("--evaluate: there are no rows to judge by: say where they are by --from")
        }
        return problems
    }

    /// Which ticks are wanted, now.
    func filter(nowMs: Int64) -> InputFilter {
        // A store looks for its newest row where the end is open.
        InputFilter(
            globs: globs, from: since?.ms(nowMs: nowMs) ?? .min, to: until?.ms(nowMs: nowMs) ?? nowMs + 60_000)
    }

    var folder: ModelFolder { ModelFolder(models: models, name: name) }
}

/// What `--export` writes.
enum Export: Equatable, Sendable {
    /// The rows, for other programs.
    case rows(path: String)
    /// The forest, for ONNX runtimes.
    case onnx(path: String)

    init?(_ path: String) {
        if path.hasSuffix(".csv") {
            self = .rows(path: path)
        } else if path.hasSuffix(".onnx") {
            self = .onnx(path: path)
        } else {
            return nil
        }
    }

    var path: String {
        switch self {
        case .rows(let path), .onnx(let path): path
        }
    }

    static func problem(in text: String) -> String? {
        Export(text) == nil ? "must end in .csv (the rows) or .onnx (the model)" : nil
    }
}
