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
        var set = set((0..<60_000).map { Float($0 % 200) }, seed: 7)
        set.weights = set.targets.map { _ in Float.random(in: 0..<1, using: &random) < 0.998 ? 0 : 1 }
        set.weights?[1_250] = 300
        set.targets[1_250] = 1
        let settings = ForestSettings(depth: 6, minLeaf: minLeaf)
        #expect(try ForestTrainer(set, settings).draws(0)[1_250] > 2 * RowMark.mostDraws - 2_000)
        try expectPlain(set, settings, number: 0)
    }

    @Test("where such a row shares its bin")
    func weighedInBin() throws {
        var set = set((0..<100_000).map { Float($0) }, seed: 8)
        set.weights = (0..<100_000).map { $0 == 50_000 ? 70_000 : 1 }
        let settings = ForestSettings(depth: 5, minLeaf: 3)
        #expect(try ForestTrainer(set, settings).draws(0)[50_000] > RowMark.mostDraws)
        try expectPlain(set, settings, number: 0)
    }

    @Test("of values of many rows beside very many others")
    func heavyNeighbours() throws {
        var values = [Float](repeating: 0, count: 60_000) + [Float](repeating: 1e-6, count: 60_000)
        values += (1...66_000).map { Float($0) }
        let set = TrainingSet(
            features: FeatureMatrix(names: ["x"], columns: [values]), targets: values.map { $0 > 0 ? 1 : 0 })
        let tree = try ForestTrainer(set, ForestSettings(trees: 1, depth: 3)).tree(0)
        #expect(tree.probability([Float(0)].span) == 0)
        #expect(tree.probability([Float(1e-6)].span) == 1)
        #expect(tree.leafCount == 2)
    }

    @Test("in large nodes too where only values of one bin can part them")
    func insideBin() throws {
        let set = set((0..<130_000).map { Float($0) }, seed: 10)
        let trainer = try ForestTrainer(set, ForestSettings())
        var insideBins = 0
        for number in 0..<8 {
            let draws = trainer.draws(number), places = draws.indices.filter { draws[$0] > 0 }
            // Both sides need half of the rows: there is one split.
            guard places.count > 65_536, places.count % 2 == 0 else { continue }
            let (low, high) = (places[places.count / 2 - 1], places[places.count / 2])
            guard !trainer.binning[0].starts.contains(where: { low < $0 && $0 <= high }) else { continue }
            insideBins += 1
            try expectPlain(set, ForestSettings(depth: 2, minLeaf: places.count / 2), number: number)
        }
        #expect(insideBins > 0)
    }

    @Test("in cells for any number of rows as in packed ones")
    func wideCells() throws {
        let set = RandomRows.trades(3_000, seed: 13)
        let made = set.features.columns.map { ColumnBinning.make($0) }
        let layout = RecordLayout(made.map(\.0))
        let records = TrainingRecords<SIMD4<UInt16>>(layout, codes: made.map(\.1), targets: set.targets)
        let trainer = try ForestTrainer(set, ForestSettings(trees: 3))
        for number in 0..<3 {
            var random = SeededRandom(seed: 1, stream: UInt64(number))
            let counts = Bootstrap(count: 3_000, weights: nil).counts(&random)
            let wide = TreeGrower<SIMD4<UInt16>, WideCell>.grow(
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

    @Test("of more values than there are bins, in nodes of at most 65,536 rows")
    func wide() throws {
        var random = SplitMix64(seed: 9)
        let values = (0..<90_000).map { _ in Float.random(in: -1..<1, using: &random) }
        let set = set(values, seed: 6),
            trainer = try ForestTrainer(set, ForestSettings(trees: 1, depth: 4, minLeaf: 500))
        #expect(!trainer.binning[0].isExact)
        #expect(trainer.draws(0).count { $0 > 0 } <= 65_536)
        try expectPlain(set, trainer.settings, number: 0)
    }

    @Test("between bins in larger nodes: each bin holds as many neighbouring values")
    func bins() throws {
        let values = (0..<140_000).map { Float($0) }
        let (binning, codes) = ColumnBinning.make(values.reversed() + [.nan])
        #expect(binning.values == values && binning.hasMissing && !binning.isExact)
        #expect(binning.binCount == 46_667)
        #expect(codes.last == binning.missing)
        // Rows 0…4 hold the largest values: the last bin has two, the one before it three.
        #expect(codes[..<5].map { $0 >> 16 } == [46_666, 46_666, 46_665, 46_665, 46_665])
        #expect(codes[..<5].map { $0 & 0xFFFF } == [1, 0, 2, 1, 0])
        #expect(binning.threshold(10 << 16 | 0xFFFF, 12 << 16 | 0xFFFF) == (32.0 + 36.0) / 2)
        #expect(binning.threshold(10 << 16 | 1, 12 << 16 | 2) == (31.0 + 38.0) / 2)
        #expect(binning.threshold(46_665 << 16 | 0xFFFF, 46_666 << 16 | 0xFFFF) == 139_997.5)
    }

    @Test("with a bin for each of 65,535 values, and for more with several in a bin", arguments: [65_535, 65_536])
    func limit(distinct: Int) {
        let (binning, codes) = ColumnBinning.make((0..<distinct).map { Float($0) } + [.nan])
        #expect(binning.isExact == (distinct == 65_535))
        #expect(codes[distinct] == binning.missing)
        #expect(Set(codes).count == distinct + 1)
    }

    @Test("with a bin of its own for a value of many rows, the others by their rows")
    func heavy() {
        var random = SplitMix64(seed: 11)
        var values = (0..<70_000).map { Float($0) }
        for heavy in [5, 6, 40_000, 69_999] { values += [Float](repeating: Float(heavy), count: 1_000) }
        let (binning, codes) = ColumnBinning.make(values.shuffled(using: &random))
        var rows = [Int](repeating: 0, count: binning.binCount), distinct = rows
        for code in codes { rows[Int(code >> 16)] += 1 }
        for code in Set(codes) { distinct[Int(code >> 16)] += 1 }
        // 69,996 other values do not fit into the bins left one by one, but two by two.
        #expect(rows.filter { $0 > 2 } == [1_001, 1_001, 1_001, 1_001])
        #expect(zip(rows, distinct).allSatisfy { $0 <= 2 || $1 == 1 })
        #expect(binning.binCount <= 65_535 && distinct.reduce(0, +) == 70_000)
    }

    @Test("0 and -0 are one value")
    func zeros() {
        let (binning, codes) = ColumnBinning.make([0, -0.0, 1, -1])
        #expect(binning.values == [-1, 0, 1] && codes == [1, 1, 2, 0])
        #expect(binning.values[1].sign == .plus)
    }

    @Test("large and packed cells count the same", arguments: UInt64(0)..<20)
    func cells(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var packed = PackedCell.zero, wide = WideCell.zero, plain = RowTally()
        for _ in 0..<100 {
            let draws = Int.random(in: 1...16_383, using: &random), target = Int.random(in: 0...1, using: &random)
            let isFirst = Bool.random(using: &random)
            let mark = RowMark.make(draws: UInt32(draws), target: UInt16(target), isFirst: isFirst)
            packed = packed &+ PackedCell(mark)
            wide = wide &+ WideCell(mark)
            plain = plain + RowTally(rows: isFirst ? 1 : 0, drawn: draws, positive: draws * target)
        }
        #expect(packed.tally == plain && wide.tally == plain)
    }
}
