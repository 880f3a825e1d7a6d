import TestSupport
import Testing

@testable import CryptoCore

/// What a file may say though its checksum is right.
private let faults: [(words: String, change: @Sendable (inout Model) -> Void)] = [
    ("the version 0", { $0.version = 0 }), ("the version -1", { $0.version = -1 }),
    ("a time that cannot be", { $0.trainedUntil = .min + 1 }),
    ("a time that cannot be", { $0.trainedUntil = .max }),
    ("a time that cannot be", { $0.trainedFrom = .min + 1 }),
    ("a time that cannot be", { ($0.trainedFrom, $0.trainedUntil) = ($0.trainedUntil, $0.trainedFrom) }),
    ("its rule side persistence says no probability", { $0.rules[0].shares[2] = .nan }),
    ("its rule side persistence says no probability", { $0.rules[0].shares[0] = 1.5 }),
    ("its rule side persistence says no probability", { $0.rules[0].shares[1] = -.infinity }),
    ("spread is told wrongly", { $0.spreads[0].mean = .infinity }),
    ("spread is told wrongly", { $0.spreads[0].mean = .nan }),
    ("spread is told wrongly", { $0.spreads[0].standardDeviation = -1 }),
    ("spread is told wrongly", { $0.spreads[0].edges[1] = .nan }),
    ("spread is told wrongly", { $0.spreads[0].edges = [1, 0] }),
    ("spread is told wrongly", { $0.spreads[0].edges = [0, 0] }),
    ("spread is told wrongly", { $0.spreads[0].shares[0] = .nan }),
    ("spread is told wrongly", { $0.spreads[0].shares = [0.5, 0.5] }),
    ("spread is told wrongly", { $0.spreads[0].shares = [-0.2, 0.7, 0.5] }),
    ("spread is told wrongly", { $0.spreads[0].shares = [0.5, 0.5, 0.5] }),
]

@Suite("A model file")
struct ModelFileTests {
    static func model(trees: Int = 3, depth: Int = 3) throws -> Model {
        let set = RandomRows.trades(200, seed: 21)
        var settings = ForestSettings(trees: trees, depth: depth, columnsPerSplit: 2, seed: 77)
        settings.classWeights = .values(1, 2)
        let forest = try ForestTrainer(set, settings).forest()
        var model = Model(
            forest: forest, name: "direction", version: 3, preset: "direction",
            featureNames: ["price", "quantity", "is_buy"])
        model.trainedFrom = 1_516_460_400_000
        model.trainedUntil = 1_516_892_400_000
        model.series = ["bitflyer:BTC-JPY"]
        model.rules = [FittedRule(name: "side persistence", shares: [0.25, 0.5, 0.75])]
        model.metrics = Array(#"{"auc":0.6}"#.utf8)
        model.golden = (0..<3).map { row in
            let features = row == 2 ? [Float.nan, 1, 0] : set.features.row(row)
            return GoldenRow(features: features, probability: forest.probability(features.span))
        }
        model.spreads = [FeatureSpread(mean: 1, standardDeviation: 2, edges: [0, 1], shares: [0.2, 0.3, 0.5])]
        return model
    }

    private func error(_ bytes: [UInt8]) -> ModelError? {
        do throws(ModelError) { _ = try ModelFile.decode(bytes.span.bytes) } catch { return error }
        return nil
    }

    @Test("gives the model again, and that the same bytes")
    func roundTrip() throws {
        let model = try ModelFileTests.model(), bytes = ModelFile.encode(model)
        let read = try ModelFile.decode(bytes.span.bytes)
        #expect(ModelFile.encode(read) == bytes)
        #expect(read.forest == model.forest && read.name == "direction" && read.version == 3)
        #expect(read.trainedFrom == model.trainedFrom && read.trainedUntil == model.trainedUntil)
        #expect(read.series == model.series && read.rules == model.rules && read.metrics == model.metrics)
        #expect(read.spreads == model.spreads && read.featureHash == model.featureHash)
        #expect(read.golden.map(\.probability) == model.golden.map(\.probability))
        let rows = RandomRows.trades(100, seed: 22).features
        #expect(read.forest.probabilities(rows) == model.forest.probabilities(rows))
    }

    @Test("without times, series and numbers is read as such")
    func bare() throws {
        let full = try ModelFileTests.model()
        let model = Model(
            forest: full.forest, name: "a", version: 1, preset: "difference", featureNames: full.featureNames)
        #expect(try ModelFile.decode(ModelFile.encode(model).span.bytes) == model)
        // Of a forest that was grown elsewhere nobody knows the settings.
        var foreign = model
        foreign.forest = Forest(trees: full.forest.trees, featureCount: 3, settings: nil)
        #expect(try ModelFile.decode(ModelFile.encode(foreign).span.bytes) == foreign && foreign != model)
    }

    @Test("cut anywhere is an error")
    func truncated() throws {
        let bytes = ModelFile.encode(try ModelFileTests.model(trees: 2, depth: 2))
        for count in bytes.indices { #expect(error(Array(bytes[..<count])) != nil, "cut to \(count)") }
        #expect(error(bytes + [0]) != nil)
    }

    @Test("with any byte changed is an error")
    func changed() throws {
        let bytes = ModelFile.encode(try ModelFileTests.model(trees: 2, depth: 2))
        for index in bytes.indices {
            for bit in [UInt8(1), 0x80, 0xFF] {
                var wrong = bytes
                wrong[index] ^= bit
                #expect(error(wrong) != nil, "byte \(index)")
            }
        }
    }

    @Test("with a right checksum over anything never crashes the reader", arguments: UInt64(0)..<50)
    func forged(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let bytes = ModelFile.encode(try ModelFileTests.model(trees: 1, depth: 2))
        for _ in 0..<40 {
            var wrong = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: ModelFile.headerBytes..<wrong.count, using: &random)
                wrong[index] = [0, 1, 0x7F, 0xFF, UInt8.random(in: 0...255, using: &random)].randomElement(
                    using: &random)!  // not empty
            }
            let checksum = wrong[ModelFile.headerBytes...].withUnsafeBytes { Checksum.of($0) }
            withUnsafeBytes(of: checksum.littleEndian) { wrong.replaceSubrange(12..<16, with: $0) }
            _ = error(wrong)
        }
    }

    @Test("of another program, of another version or damaged says which")
    func words() throws {
        #expect(error(Array("PK\u{3}\u{4} and so on, longer than the magic".utf8)) == .notAModel)
        #expect(error([]) == .notAModel)
        var bytes = ModelFile.encode(try ModelFileTests.model())
        bytes[8] = 9
        #expect(error(bytes) == .version(9))
        bytes[8] = 1
        bytes[bytes.count - 1] ^= 1
        #expect(error(bytes) == .damaged("its checksum is wrong"))
    }

    @Test("that computes something else than when it was written is not taken")
    func golden() throws {
        var model = try ModelFileTests.model()
        model.golden[0].probability += 1e-9
        #expect(error(ModelFile.encode(model)) == .damaged("it says something else of a row than when it was written"))
    }

    @Test("whose numbers nobody can count with is damaged, though its checksum is right", arguments: faults.indices)
    func countable(index: Int) throws {
        let (words, change) = faults[index]
        var model = try ModelFileTests.model()
        change(&model)
        guard case .damaged(let text) = error(ModelFile.encode(model)) else {
            Issue.record("it is taken: \(words)")
            return
        }
        #expect(text.contains(words), "\(text)")
    }

    @Test("of which no row knew a feature has no mean of it, and may be read")
    func unknownFeature() throws {
        var model = try ModelFileTests.model()
        model.spreads = [FeatureSpread(mean: .nan, standardDeviation: .nan, edges: [], shares: [1])]
        #expect(error(ModelFile.encode(model)) == nil)
    }

    @Test("golden rows without training rows turn at every feature that is asked, and hold what the forest says")
    func goldenRows() throws {
        let forest = try ModelFileTests.model(trees: 10, depth: 5).forest
        let rows = forest.goldenRows()
        #expect(rows.count == 16 && Set(rows.map(\.probability)).count > 4)
        for row in rows {
            #expect(row.features.count == 3 && row.features.allSatisfy(\.isFinite))
            #expect(row.probability == forest.probability(row.features.span))
        }
        let stump = Forest(
            trees: [
                GrownTree(
                    nodes: [
                        TreeNode(threshold: 0, probability: 0.5, feature: -1, left: 0, isMissingLeft: false)
                    ], gains: [0])
            ], featureCount: 1, settings: ForestSettings(trees: 1))
        #expect(stump.goldenRows().allSatisfy { $0.features == [0] && $0.probability == 0.5 })
    }

    @Test("has the checksum of zlib")
    func checksum() {
        // RFC 1952's polynomial; the check value of "123456789" is that of the CRC catalogue.
        Array("123456789".utf8).withUnsafeBytes { #expect(Checksum.of($0) == 0xCBF4_3926) }
    }

    @Test("features of other names or order have another hash")
    func hash() {
        let hashes = [["a", "b"], ["b", "a"], ["ab", ""], ["a", "b", ""], ["", "ab"], []].map { Model.hash(of: $0) }
        #expect(Set(hashes).count == hashes.count)
    }
}
