import TestSupport
import Testing

@testable import CryptoCore

@Suite("A tree over one column has the splits that sorting finds")
struct GrowingTests {
    private func set(_ values: [Float], seed: UInt64) -> TrainingSet {
        var random = SplitMix64(seed: seed)
        let middle = values.sorted()[values.count / 2]
        let targets = values.map { value -> UInt8 in
            Double.random(in: 0..<1, using: &random) < (value > middle ? 0.7 : 0.3) ? 1 : 0
        }
        return TrainingSet(features: FeatureMatrix(names: ["x"], columns: [values]), targets: targets)
    }

    private func expectPlain(_ set: TrainingSet, _ settings: ForestSettings, number: Int) throws {
        let trainer = try ForestTrainer(set, settings)
        var rows: [PlainTree.Row] = []
        for (row, draws) in trainer.draws(number).enumerated() where draws > 0 {
            rows.append(
                PlainTree.Row(value: set.features.columns[0][row], draws: Double(draws), target: set.targets[row]))
        }
        let plain = PlainTree(rows, minLeaf: settings.minLeaf, depth: settings.depth)
        #expect(trainer.tree(number).nodes == plain.nodes)
    }

    @Test("where values are missing, whether they tell something or not", arguments: UInt64(0)..<12)
    func missing(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let distinct = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 6 : 3_000
        var values = (0..<1_200).map { _ in Float(Int.random(in: 0..<distinct, using: &random)) }
        var set = set(values, seed: seed)
        for row in values.indices where Int.random(in: 0..<4, using: &random) == 0 {
            values[row] = .nan
            if seed % 2 == 0 { set.targets[row] = Int.random(in: 0..<10, using: &random) < 8 ? 1 : 0 }
        }
        set.features = FeatureMatrix(names: ["x"], columns: [values])
        try expectPlain(set, ForestSettings(depth: 7, minLeaf: 4), number: Int(seed))
    }

    @Test("where rows weigh differently, one of them more than a record counts", arguments: [1, 3, 20])
    func weighed(minLeaf: Int) throws {
        var random = SplitMix64(seed: 12)
        var set = set((0..<6_000).map { Float($0 % 200) }, seed: 7)
        set.weights = set.targets.map { _ in Float.random(in: 0..<1, using: &random) < 0.98 ? 0 : 1 }
        set.weights?[1_250] = 300
        set.targets[1_250] = 1
        let settings = ForestSettings(depth: 6, minLeaf: minLeaf)
        #expect(try ForestTrainer(set, settings).draws(0)[1_250] > 100 * RowMark.mostDraws)
        try expectPlain(set, settings, number: 0)
    }

    @Test("where such a row shares its cell")
    func weighedInCell() throws {
        var set = set((0..<20_000).map { Float($0) }, seed: 8)
        set.weights = (0..<20_000).map { $0 == 10_000 ? 14_000 : 1 }
        let settings = ForestSettings(depth: 5, minLeaf: 3)
        #expect(try ForestTrainer(set, settings).draws(0)[10_000] > RowMark.mostDraws)
        try expectPlain(set, settings, number: 0)
    }

    @Test("of values of many rows beside very many others")
    func heavyNeighbours() throws {
        var values = [Float](repeating: 0, count: 6_000) + [Float](repeating: 1e-6, count: 6_000)
        values += (1...6_600).map { Float($0) }
        let set = TrainingSet(
            features: FeatureMatrix(names: ["x"], columns: [values]), targets: values.map { $0 > 0 ? 1 : 0 })
        let tree = try ForestTrainer(set, ForestSettings(trees: 1, depth: 3)).tree(0)
        #expect(tree.probability([Float(0)].span) == 0)
        #expect(tree.probability([Float(1e-6)].span) == 1)
        #expect(tree.leafCount == 2)
    }

    @Test("in large nodes too where only values of one cell can part them")
    func insideCell() throws {
        let set = set((0..<20_000).map { Float($0) }, seed: 10)
        let trainer = try ForestTrainer(set, ForestSettings())
        for number in 0..<4 {
            // Both sides need half of the rows: there is one split at most.
            let rows = trainer.draws(number).count { $0 > 0 }
            try expectPlain(set, ForestSettings(depth: 2, minLeaf: rows / 2), number: number)
        }
    }

    @Test("in cells for any number of rows as in packed ones")
    func wideCells() throws {
        let set = RandomRows.trades(3_000, seed: 13)
        let made = set.features.columns.map { ColumnCodes.make($0) }
        let layout = RecordLayout(made.map(\.0))
        let records = TrainingRecords<UInt64>(layout, codes: made.map(\.1), targets: set.targets)
        let trainer = try ForestTrainer(set, ForestSettings(trees: 3))
        for number in 0..<3 {
            var random = SeededRandom(seed: 1, stream: UInt64(number))
            let counts = Bootstrap(count: 3_000, weights: nil).counts(&random)
            let wide = TreeGrower<UInt64, WideCell>.grow(
                records.drawn(counts), layout, trainer.settings, random)
            #expect(wide == trainer.tree(number) && wide.leafCount > 50)
        }
    }

    @Test("of few values, of many, and of all rows the same", arguments: [1, 2, 3, 20, 5_000])
    func exact(distinct: Int) throws {
        var random = SplitMix64(seed: UInt64(distinct))
        let values = (0..<1_500).map { _ in Float(Int.random(in: 0..<distinct, using: &random)) * 0.1 - 7 }
        for minLeaf in [1, 5] {
            try expectPlain(set(values, seed: 3), ForestSettings(depth: 8, minLeaf: minLeaf), number: 4)
        }
    }

    @Test("of values that differ in the last bit only")
    func close() throws {
        let values = (0..<400).map { Float(bitPattern: (Float(1.23e-5).bitPattern) + UInt32($0 / 4)) }
        try expectPlain(set(values, seed: 5), ForestSettings(depth: 5), number: 0)
    }

    @Test("of more values than a table has cells, in nodes of many rows and of few", arguments: [2, 500, 4_000])
    func wide(minLeaf: Int) throws {
        var random = SplitMix64(seed: 9)
        let values = (0..<30_000).map { _ in Float.random(in: -1..<1, using: &random) }
        let set = set(values, seed: 6)
        let settings = ForestSettings(trees: 1, depth: 7, minLeaf: minLeaf)
        let trainer = try ForestTrainer(set, settings)
        #expect(trainer.codes[0].values.count > 6 * ColumnCodes.mostFew)
        #expect(trainer.draws(0).count { $0 > 0 } > 4 * ColumnCodes.mostFew)
        try expectPlain(set, settings, number: 0)
    }

    @Test("of very many values, some of them of many rows, some missing", arguments: UInt64(0)..<6)
    func wideAndHeavy(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let values = (0..<10_000).map { row -> Float in
            switch Int.random(in: 0..<10, using: &random) {
            case 0...2: Float(Int.random(in: 1...6, using: &random)) * 0.1
            case 3: seed % 2 == 0 ? .nan : 0.3
            default: Float.random(in: 0..<1, using: &random)
            }
        }
        var set = set((0..<10_000).map { Float($0) }, seed: seed)
        set.targets = values.map { value in
            Double.random(in: 0..<1, using: &random) < (value.isNaN || value == 0.3 ? 0.7 : value > 0.41 ? 0.5 : 0.35)
                ? 1 : 0
        }
        set.features = FeatureMatrix(names: ["x"], columns: [values])
        try expectPlain(set, ForestSettings(depth: 8, minLeaf: 1 + Int(seed)), number: Int(seed))
    }

    @Test("where hardly anything is to be learned, so that all splits are nearly as good", arguments: UInt64(0)..<4)
    func noise(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let values = (0..<8_000).map { _ in Float.random(in: 0..<1, using: &random) }
        let set = TrainingSet(
            features: FeatureMatrix(names: ["x"], columns: [values]),
            targets: values.map { _ in Bool.random(using: &random) ? 1 : 0 })
        try expectPlain(set, ForestSettings(depth: 6, minLeaf: 3), number: 1)
    }

    @Test("large and packed cells count the same", arguments: UInt64(0)..<20)
    func cells(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var packed = PackedCell.zero, wide = WideCell.zero, plain = RowTally()
        for _ in 0..<100 {
            let draws = UInt32.random(in: 1...RowMark.mostDraws, using: &random)
            let target = UInt8.random(in: 0...1, using: &random), isFirst = Bool.random(using: &random)
            // Above a mark are codes, which do not count.
            let mark = RowMark.make(draws: draws, target: target, isFirst: isFirst) | random.next() << RowMark.bits
            packed = packed &+ PackedCell(mark)
            wide = wide &+ WideCell(mark)
            plain = plain + RowTally(rows: isFirst ? 1 : 0, drawn: Int(draws), positive: Int(draws) * Int(target))
        }
        #expect(packed.tally == plain && wide.tally == plain)
    }
}
