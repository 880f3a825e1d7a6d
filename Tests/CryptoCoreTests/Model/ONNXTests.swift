import Foundation
import TestSupport
import Testing

@testable import CryptoCore

@Suite("A forest as an ONNX file")
struct ONNXTests {
    @Test("is read back as it was written, with the names of its features")
    func roundTrip() throws {
        let model = try ModelFileTests.model(trees: 5, depth: 5)
        let (forest, names) = try ONNX.decode(ONNX.encode(model))
        #expect(names == model.featureNames)
        let rows = RandomRows.trades(500, seed: 41).features
        for (ours, read) in zip(model.forest.probabilities(rows), forest.probabilities(rows)) {
            #expect(abs(ours - read) < 1e-15)  // shares of either class, each over the number of trees: a few roundings
        }
        #expect(forest.leafCount == model.forest.leafCount)
        let unknown: [Float] = [.nan, .nan, .nan]
        #expect(abs(forest.probability(unknown.span) - model.forest.probability(unknown.span)) < 1e-15)
    }

    @Test("cut or changed anywhere is an error or another forest, never a crash")
    func damaged() throws {
        let bytes = ONNX.encode(try ModelFileTests.model(trees: 1, depth: 2))
        for count in bytes.indices { _ = try? ONNX.decode(Array(bytes[..<count])) }
        for index in bytes.indices {
            for bit in [UInt8(1), 0x80, 0xFF] {
                var wrong = bytes
                wrong[index] ^= bit
                _ = try? ONNX.decode(wrong)
            }
        }
        #expect(throws: ModelError.self) { _ = try ONNX.decode([]) }
        #expect(throws: ModelError.self) { _ = try ONNX.decode(Array("CSFOREST and more".utf8)) }
    }

    @Test(
        "says the same in ONNX Runtime",
        .enabled(if: ForestReference.modelPython != nil, ForestReference.noONNX))
    func runtime() throws {
        let set = RandomRows.trades(3_000, seed: 42), test = RandomRows.trades(2_000, seed: 43)
        let forest = try ForestTrainer(set, ForestSettings()).forest()
        let model = Model(
            forest: forest, name: "direction", version: 1, preset: "direction", featureNames: set.features.names)
        let (output, _) = try ForestReference.run(ForestReference.modelPython, [test]) { paths, folder in
            let path = folder.appendingPathComponent("ours.onnx")
            try Data(ONNX.encode(model)).write(to: path)
            return ["run", path.path] + paths
        }
        let theirs = output.split(separator: "\n").compactMap { Double($0) }
        let ours = forest.probabilities(test.features)
        try #require(theirs.count == ours.count)
        for (a, b) in zip(ours, theirs) { #expect(abs(a - b) < 1e-6) }  // ONNX Runtime answers in float32
    }

    @Test(
        "of scikit-learn's by skl2onnx gives scikit-learn's probabilities, and lives on in a model file",
        .enabled(if: ForestReference.modelPython != nil, ForestReference.noONNX))
    func scikitLearn() throws {
        let set = RandomRows.trades(3_000, seed: 44), test = RandomRows.trades(2_000, seed: 45)
        let (output, files) = try ForestReference.run(ForestReference.modelPython, [set, test]) { paths, folder in
            ["export"] + paths + [folder.appendingPathComponent("forest.onnx").path]
        }
        let (forest, names) = try ONNX.decode(#require(files["forest.onnx"]))
        #expect(names == nil && forest.featureCount == 3 && forest.treeCount == 20)
        let model = Model(
            forest: forest, name: "theirs", version: 1, preset: "direction", featureNames: set.features.names)
        let read = try ModelFile.decode(ModelFile.encode(model).span.bytes)
        let theirs = output.split(separator: "\n").compactMap { Double($0) }
        let ours = read.forest.probabilities(test.features)
        try #require(theirs.count == ours.count)
        for (a, b) in zip(ours, theirs) { #expect(abs(a - b) < 1e-6) }  // skl2onnx keeps shares in float32
    }
}
