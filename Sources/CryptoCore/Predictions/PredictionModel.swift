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
    /// Whether it answers where no model is named; what it says is joined to the ticks.
    package let isDefault: Bool
    /// Whether it is scored only, never joined.
    package let isShadow: Bool
    /// Event time less the end of the training range, beyond which its predictions are called expired (ms); nil: never.
    package let maxAgeMs: Int64?
    /// What its scores are made with.
    let basis: ScoreBasis
    private let series: Set<String>

    /// - Parameters:
    ///   - name: what clients call it; nil: as in its file.
    ///   - version: nil: as in its file.
    package init(
        _ model: Model, _ preset: Preset, named name: String? = nil, version: Int? = nil, hash: String,
        use: Use = Use()
    ) {
        self.model = model
        isDefault = use.isDefault
        isShadow = use.isShadow
        maxAgeMs = use.maxAgeMs
        series = Set(model.series)
        basis = ScoreBasis(
            name ?? model.name, version ?? model.version, hash: hash, preset: preset,
            rules: preset.rules.map { rule in model.rules.first { $0.name == rule.rawValue } },
            spreads: model.spreads.map { ScoreBasis.Spread(edges: $0.edges, shares: $0.shares) })
    }

    package var preset: Preset { basis.preset }
    /// What clients call it.
    package var name: String { basis.name }
    package var version: Int { basis.version }
    /// The first 16 hex digits of the SHA-256 of its file.
    package var hash: String { basis.hash }
    /// What tells it from all others.
    package var label: String { basis.label }

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
