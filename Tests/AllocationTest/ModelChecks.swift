import CryptoCore
import TestSupport

/// What a forest says of a row that comes alone.
enum ModelChecks {
    static var all: [Check] {
        [
            Check(law: "10,000 rows asked of a forest one by one") { try ask(missing: false) },
            Check(law: "as many of which some do not know a value") { try ask(missing: true) },
        ]
    }

    private static func ask(missing: Bool) throws -> UInt64 {
        let columns = (1...13).map { step in (0..<10_000).map { Float($0 * step * 7_919 % 10_007) } }
        let set = TrainingSet(
            features: FeatureMatrix(names: columns.indices.map { "c\($0)" }, columns: columns),
            targets: columns[0].map { $0 > 5_000 ? 1 : 0 })
        let trainer = try ForestTrainer(set, ForestSettings(trees: 20))
        let forest = Forest(
            trees: (0..<20).map { trainer.tree($0) }, featureCount: columns.count, settings: trainer.settings)
        var rows = (0..<10_000).map { set.features.row($0) }
        if missing { for row in stride(from: 0, to: rows.count, by: 3) { rows[row][row % 13] = .nan } }
        var sum = 0.0
        func askAll() { for row in rows { sum += forest.probability(row.span) } }
        askAll()
        let count = allocations(askAll)
        // Half of the targets are 1, and each row was asked twice.
        try Check.require(abs(sum / 20_000 - 0.5) < 0.1, "a mean of \(sum / 20_000)")
        return count
    }
}
