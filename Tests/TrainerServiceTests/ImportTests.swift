import CryptoCore
import Foundation
import ServiceRuntime
import System
import TestSupport
import Testing

@testable import TrainerService

@Suite("Forests from elsewhere")
struct ImportTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A forest that learned `direction`, as an ONNX file.
    private func file(names: [String]? = nil) async throws -> (forest: Forest, path: String) {
        let rows = TrainingTests.rows(hours: 0..<48)
        let growing = TreeGrowing(tasks: 2, stop: StopFlag(), progress: TrainingProgress())
        let (forest, _) = try #require(try await growing.forest(rows, ForestSettings(trees: 10)))
        let model = Model(
            forest: forest, name: "theirs", version: 1, preset: "direction", featureNames: names ?? rows.names)
        let path = "\(folder.path)/theirs.onnx"
        try Data(ONNX.encode(model)).write(to: URL(fileURLWithPath: path))
        return (forest, path)
    }

    private func imported(_ path: String, _ words: [String], _ rows: RowTable?) async throws -> (Card, Model) {
        let configuration = try Configurations.trainer(
            ["--preset", "direction", "--import", path, "--models", "\(folder.path)/models"] + words)
        let training = Training(
            configuration, stop: StopFlag(), progress: TrainingProgress(), baselines: [LogisticLearner()])
        let forest = try ONNXFile(path: path).forest(.direction)
        let trained = try await training.describe(forest, rows: rows)
        let card = try ModelWriting(configuration: configuration, readSeconds: 0, nowMs: 0).write(trained)
        return (card, try configuration.folder.load(card.version))
    }

    @Test("without rows a version says what nobody knows, and invents nothing")
    func alone() async throws {
        let (forest, path) = try await file()
        let (card, model) = try await imported(path, [], nil)
        let rows = TrainingTests.rows(hours: 48..<60)
        for (a, b) in zip(model.forest.probabilities(rows.features), forest.probabilities(rows.features)) {
            #expect(abs(a - b) < 1e-12)
        }
        #expect(model.trainedFrom == nil && model.trainedUntil == nil && model.rules.isEmpty && model.spreads.isEmpty)
        #expect(model.golden.count == 16, "it is seen to say the same where it is served")
        #expect(model.series.isEmpty && model.preset == "direction" && model.name == "direction")
        #expect(card.verdict.hasPrefix("Nobody knows how good it is") && card.learnedFrom.contains("nobody knows"))
        let json = try #require(try JSONSerialization.jsonObject(with: Data(card.json)) as? [String: Any])
        #expect(json["training"] is NSNull && (json["rules"] as? [Any])?.isEmpty == true)
        let feature = try #require((json["features"] as? [[String: Any]])?.first)
        #expect(feature["gain"] is NSNull && feature["permutation"] is NSNull && feature["mean"] is NSNull)
        #expect((json["forest"] as? [String: Any])?["imported_from"] as? String == path)
        let page = String(decoding: CardPage(card).bytes, as: UTF8.self)
        #expect(page.contains("imported from \(path)") && !page.contains("nan") && !page.contains("Rules, fitted"))
        #expect(card.text.contains("imported from \(path)"))
        // Neither the file nor the card says how it was grown.
        #expect(model.forest.settings == nil)
        let forestFields = try #require(json["forest"] as? [String: Any])
        #expect(Set(forestFields.keys).isDisjoint(with: ["depth", "min_leaf", "seed", "class_weights", "threads"]))
        for word in ["splits above a leaf", "seed", "class weights"] { #expect(!page.contains(word), "\(word)") }
    }

    @Test("a card says whose order its columns are in: the file's names, or the preset's", arguments: [true, false])
    func columnOrder(isNamed: Bool) async throws {
        let (_, path) = try await file()
        if !isNamed {
            // As skl2onnx writes it: without the names that are our metadata.
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            let cut = try #require(bytes.range(of: Data("feature_0".utf8)))
            try (bytes[..<cut.lowerBound] + Data("feature_x".utf8) + bytes[cut.upperBound...]).write(
                to: URL(fileURLWithPath: path))
        }
        let (card, _) = try await imported(path, [], nil)
        let sentence =
            isNamed
            ? "The file names its features as the preset does."
            : "The file names no features: its columns were taken in the preset's order."
        #expect(card.columnOrder == sentence && card.text.contains(sentence))
        #expect(String(decoding: CardPage(card).bytes, as: UTF8.self).contains(HTML.escaped(sentence)))
        let json = try #require(try JSONSerialization.jsonObject(with: Data(card.json)) as? [String: Any])
        let by = (json["forest"] as? [String: Any])?["features_named_by"] as? String
        #expect(by == (isNamed ? "file" : "preset"))
    }

    @Test("with rows, those that are held out judge it, and the others are what it learned from")
    func judged() async throws {
        let (_, path) = try await file()
        let rows = TrainingTests.rows(hours: 0..<60)
        let (card, model) = try await imported(path, ["--from", "csv:x", "--evaluate", "holdout:12h"], rows)
        let evaluation = try #require(card.evaluation)
        let start = MadeTicks.start + 48 * 3_600_000
        let taught = rows.rows((0..<rows.count).filter { rows.until[$0] <= start })
        #expect(evaluation.folds.count == 1 && evaluation.testCount == rows.times.count { $0 >= start })
        #expect(model.trainedUntil == taught.times.last && model.trainedFrom == taught.times.first)
        #expect(model.rules == taught.fittedRules && model.spreads.count == 3 && model.golden.count == 16)
        #expect(model.series == ["made:BTC-USD"] && card.training?.count == taught.count)
        // The price follows the side with a chance of 0.8, as MadeTicks says.
        let auc = try #require(evaluation.entries.first?.measures[.auc].value.number)
        #expect(auc > 0.7 && evaluation.entries.contains { $0.name == "logistic regression" })
        #expect(card.importance != nil && card.learnedFrom.contains("By the word of whoever imported it"))
        #expect(card.text.contains("rows that it had not seen, by the word of whoever imported it"))
        let page = String(decoding: CardPage(card).bytes, as: UTF8.self)
        #expect(page.contains("Rules, fitted on the rows that it learned from, by the word of whoever imported it"))
        // All that there is lies in the days that are held out.
        let (brief, _) = try await imported(path, ["--from", "csv:x", "--evaluate", "holdout:9d"], rows)
        #expect(brief.evaluation == nil && brief.training?.count == rows.count)
        #expect(brief.verdict.contains("too few rows lie before those"))
        let (plain, _) = try await imported(path, ["--from", "csv:x"], rows)
        #expect(plain.evaluation == nil && plain.training?.count == rows.count && plain.version == 3)
    }

    @Test("what is no such forest is refused with the file's name, and there is no version")
    func refused() async throws {
        let (_, path) = try await file(names: ["price", "size", "is_buy"])
        func problem(_ path: String, _ preset: Preset = .direction) -> String {
            do throws(TrainingError) {
                _ = try ONNXFile(path: path).forest(preset)
                return ""
            } catch { return "\(error)" }
        }
        #expect(problem(path).contains("theirs.onnx: it is a forest of the features price, size, is_buy"))
        #expect(problem(path, .horizon).contains("of 3 features, where 13 are wanted; the preset horizon has r1, r2"))
        #expect(problem("\(folder.path)/nowhere.onnx").contains("nowhere.onnx: No such file"))
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for wrong in [Data(), bytes.prefix(bytes.count / 2), Data("PK\u{3}\u{4} something else".utf8)] {
            try wrong.write(to: URL(fileURLWithPath: path))
            // What the features are has nothing to do with it.
            let text = problem(path)
            #expect(text.contains("theirs.onnx: the model cannot be taken") && !text.contains("preset"), "\(text)")
        }
    }
}
