/// What the scores of a model are made with: all of it that is needed but the forest. It stays, in the changelog too, while a prediction of
/// the model waits to be decided, though the model is served no more.
package final class ScoreBasis: Sendable {
    /// What clients call it.
    package let name: String
    package let version: Int
    /// The first 16 hex digits of the SHA-256 of its file.
    package let hash: String
    package let preset: Preset
    /// What the model's rules say, in the order of the preset's; nil where the file has none of that name.
    let rules: [FittedRule?]
    /// How each feature was spread over the training rows; none where the file does not say.
    let spreads: [Spread]
    /// Where the bins of each feature begin in one list of all, and how many that has.
    let binStarts: [Int]
    let binCount: Int
    /// Name, version and file: what tells the model from all others, in the state too.
    let label: String

    /// Bins of a feature: where one ends (inclusive) and the next begins, and the share of the training rows in each, one more.
    struct Spread: Equatable, Sendable {
        var edges: [Double]
        var shares: [Double]
    }

    init(
        _ name: String, _ version: Int, hash: String, preset: Preset, rules: [FittedRule?], spreads: [Spread]
    ) {
        self.name = name
        self.version = version
        self.hash = hash
        self.preset = preset
        self.rules = rules
        self.spreads = spreads
        var starts: [Int] = []
        binCount = spreads.reduce(0) { sum, spread in
            starts.append(sum)
            return sum + spread.shares.count
        }
        binStarts = starts
        label = "\(name):\(version):\(hash)"
    }

    /// The label as a number.
    var mark: UInt64 { Model.hash(of: [label]) }

    /// Whether both are called the same, though their files may differ.
    func isNamed(as other: ScoreBasis) -> Bool { name == other.name && version == other.version }
}

// MARK: State

extension ScoreBasis {
    /// Appends what the key (`PredictionKey.basis`) does not say.
    func encode(into writer: inout ChangelogWriter) {
        for rule in rules {
            writer.put(rule == nil ? 0 : 1)
            for share in rule?.shares ?? [] { writer.put(share) }
        }
        writer.put(spreads.count)
        for spread in spreads {
            writer.put(spread.edges.count)
            for number in spread.edges + spread.shares { writer.put(number) }
        }
    }

    /// Reads what `encode` wrote of the model of a label.
    convenience init(
        label: String, preset: Preset, _ reader: inout ChangelogReader
    ) throws(ChangelogReader.Malformed) {
        let parts = label.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let version = Int(parts[1]), version > 0, label == "\(parts[0]):\(version):\(parts[2])"
        else { throw ChangelogReader.Malformed() }
        var rules: [FittedRule?] = []
        for rule in preset.rules {
            guard try reader.integer() != 0 else {
                rules.append(nil)
                continue
            }
            let shares = [try reader.finite(), try reader.finite(), try reader.finite()]
            rules.append(FittedRule(name: rule.rawValue, shares: shares))
        }
        var spreads: [Spread] = []
        let count = try reader.count(ofSize: 16)
        guard count <= preset.features.count else { throw ChangelogReader.Malformed() }
        for _ in 0..<count {
            let edges = try reader.count(ofSize: 16)
            spreads.append(
                Spread(edges: try reader.finite(count: edges), shares: try reader.finite(count: edges + 1)))
        }
        try reader.end()
        self.init(
            String(parts[0]), version, hash: String(parts[2]), preset: preset, rules: rules, spreads: spreads)
    }
}

extension ChangelogReader {
    fileprivate mutating func finite(count: Int) throws(Malformed) -> [Double] {
        var numbers: [Double] = []
        for _ in 0..<count { numbers.append(try finite()) }
        return numbers
    }
}
