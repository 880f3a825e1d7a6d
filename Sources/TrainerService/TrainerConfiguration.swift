internal import CryptoCore
internal import Glibc
package import ServiceKit
internal import ServiceRuntime

/// What the trainer runs with.
package struct TrainerConfiguration: Sendable {
    let preset: Preset
    let input: InputLocation
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
    /// From one challenger to the next; nil: train once. *Units*: ms.
    package let watchMs: Int64?
    /// What champion and challenger are judged by. *Units*: ms.
    let freshMs: Int64

    /// - Throws: what in the settings does not fit together.
    package init(_ settings: Settings) throws(UsageError) {
        var problems: [String] = []
        let presets = Preset.allCases.map(\.rawValue).joined(separator: ", ")
        if settings[TrainerFlags.preset] == nil { problems.append("--preset: say what to learn: one of \(presets)") }
        if settings[TrainerFlags.from] == nil {
            problems.append("--from: say what to learn from: sqlite:FILE, mongodb://HOST/DATABASE, csv:FILE or kafka")
        }
        export = settings[TrainerFlags.export].flatMap(Export.init)
        watchMs = settings[TrainerFlags.watch]
        freshMs = settings[TrainerFlags.fresh]
        if watchMs != nil, export != nil { problems.append("--export: belongs to one training, not to --watch") }
        if watchMs != nil, settings[TrainerFlags.until] != nil {
            problems.append("--until: --watch learns from what comes: leave one of them out")
        }
        if watchMs == nil, settings.source(of: TrainerFlags.fresh) != .builtIn {
            problems.append("--fresh: belongs to --watch: give both or neither")
        }
        let bounds = (
            since: settings[TrainerFlags.since].flatMap(TimeBound.init),
            until: settings[TrainerFlags.until].flatMap(TimeBound.init)
        )
        if let since = bounds.since, let until = bounds.until, !since.isBefore(until) {
            problems.append("--since: is not before --until: nothing lies between them")
        }
        guard problems.isEmpty, let preset = settings[TrainerFlags.preset],
            let input = settings[TrainerFlags.from].flatMap(InputLocation.init),
            let validation = ValidationFlag.validation(settings[TrainerFlags.evaluate])
        else { throw UsageError(problems) }
        self.preset = preset
        self.input = input
        self.validation = validation
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

    static func problem(in text: String) -> String? {
        Export(text) == nil ? "must end in .csv (the rows) or .onnx (the model)" : nil
    }
}
