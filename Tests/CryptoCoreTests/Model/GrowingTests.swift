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
        #expect(binning.binCount == 35_000)
        #expect(codes.last == binning.missing)
        // Rows 0…3 hold the largest values: the last bin, its places from 3 down to 0.
        #expect(codes[..<4].map { $0 >> 16 } == [34_999, 34_999, 34_999, 34_999])
        #expect(codes[..<4].map { $0 & 0xFFFF } == [3, 2, 1, 0])
        #expect(binning.threshold(10 << 16 | 0xFFFF, 12 << 16 | 0xFFFF) == (43.0 + 48.0) / 2)
        #expect(binning.threshold(10 << 16 | 1, 12 << 16 | 2) == (41.0 + 50.0) / 2)
    }

    @Test("with a bin for each of 65,535 values, and for more with several in a bin", arguments: [65_535, 65_536])
    func limit(distinct: Int) {
        let (binning, codes) = ColumnBinning.make((0..<distinct).map { Float($0) } + [.nan])
        #expect(binning.isExact == (distinct == 65_535))
        #expect(codes[distinct] == binning.missing)
        #expect(Set(codes).count == distinct + 1)
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
            let draws = Int.random(in: 1...15_000, using: &random), target = Int.random(in: 0...1, using: &random)
            let mark = RowMark.make(draws: UInt32(draws), target: UInt16(target))
            packed = packed &+ PackedCell(mark)
            wide = wide &+ WideCell(mark)
            plain = plain + RowTally(rows: 1, drawn: draws, positive: draws * target)
        }
        #expect(packed.tally == plain && wide.tally == plain)
    }
}
