/// A model as the stream predicts with it.
package final class PredictionModel: Sendable {
    /// What it is used for.
    package struct Use: Sendable {
        /// See the fields of the same name.
        package var isDefault, isShadow: Bool
        package var maxAgeMs: Int64?

        package init(isDefault: Bool = false, isShadow: Bool = false, maxAgeMs: Int64? = nil) {
            (self.isDefault, self.isShadow, self.maxAgeMs) = (isDefault, isShadow, maxAgeMs)
        }
    }

    package let model: Model
    package let preset: Preset
    /// What clients call it.
    package let name: String
    package let version: Int
    /// The first 16 hex digits of the SHA-256 of its file.
    package let hash: String
    /// Whether it answers where no model is named; what it says is joined to the ticks.
    package let isDefault: Bool
    /// Whether it is scored only, never joined.
    package let isShadow: Bool
    /// Event time less the end of the training range, beyond which its predictions are called expired (ms); nil: never.
    package let maxAgeMs: Int64?
    /// What the model's rules say, in the order of the preset's; nil where the file has none of that name.
    let rules: [FittedRule?]
    /// Where the bins of each feature begin in one list of all, and how many that has.
    let binStarts: [Int]
    let binCount: Int
    private let series: Set<String>

    /// - Parameters:
    ///   - name: what clients call it; nil: as in its file.
    ///   - version: nil: as in its file.
    package init(
        _ model: Model, _ preset: Preset, named name: String? = nil, version: Int? = nil, hash: String,
        use: Use = Use()
    ) {
        self.model = model
        self.preset = preset
        self.name = name ?? model.name
        self.version = version ?? model.version
        self.hash = hash
        isDefault = use.isDefault
        isShadow = use.isShadow
        maxAgeMs = use.maxAgeMs
        series = Set(model.series)
        rules = preset.rules.map { rule in model.rules.first { $0.name == rule.rawValue } }
        let sizes = model.spreads.map { $0.edges.count + 1 }
        binStarts = sizes.indices.map { sizes[..<$0].reduce(0, +) }
        binCount = sizes.reduce(0, +)
    }

    /// Name, version and file: what tells it from all others, in the state too.
    var label: String { "\(name):\(version):\(hash)" }
    /// The same as a number.
    var mark: UInt64 { Model.hash(of: [label]) }

    /// Whether it learned from this series; of others it says nothing.
    func knows(_ series: Series) -> Bool { self.series.contains(series.description) }

    /// Whether a row is later than what it learned from: nobody is judged on what was learnt.
    func predicts(at time: Int64) -> Bool { model.trainedUntil.map { time > $0 } ?? true }

    func isExpired(at time: Int64) -> Bool {
        guard let maxAgeMs, let until = model.trainedUntil else { return false }
        return time - until > maxAgeMs
    }
}

/// The models of a stream: what it predicts with until others take their place.
package struct PredictionModels: Sendable {
    /// Tells one set of models from the next.
    package let generation: Int
    /// No two of them have name and version in common.
    package let list: [PredictionModel]

    /// Of models with the same name and version the first counts.
    package init(generation: Int = 0, _ list: [PredictionModel]) {
        self.generation = generation
        var names: Set<String> = []
        self.list = list.filter { names.insert("\($0.name):\($0.version)").inserted }
    }

    /// Whether the same files are used in the same way.
    package func isSame(as other: PredictionModels) -> Bool {
        list.count == other.list.count
            && zip(list, other.list).allSatisfy {
                $0.label == $1.label && $0.isDefault == $1.isDefault && $0.isShadow == $1.isShadow
            }
    }
}
