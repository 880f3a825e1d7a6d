import CryptoCore
import Foundation
import ServiceRuntime
import System
import TestSupport
import Testing

@testable import TrainerService

@Suite("Cards")
struct CardTests {
    private static let configurationWords = [
        "--preset", "direction", "--from", "csv:x", "--trees", "5", "--threads", "2",
    ]

    private func trained(
        _ words: [String] = [], _ rows: RowTable = TrainingTests.rows(hours: 0..<30)
    ) async throws -> (Training.Trained, TrainerConfiguration, TemporaryFolder) {
        let folder = try TemporaryFolder()
        let configuration = try Configurations.trainer(
            CardTests.configurationWords + ["--models", folder.path] + words)
        let training = Training(
            configuration, stop: StopFlag(), progress: TrainingProgress(), baselines: [LogisticLearner()])
        return (try await training.train(rows), configuration, folder)
    }

    private func card(_ words: [String] = [], _ rows: RowTable = TrainingTests.rows(hours: 0..<30)) async throws -> Card
    {
        let (trained, configuration, folder) = try await trained(words, rows)
        defer { withExtendedLifetime(folder) {} }
        return try ModelWriting(configuration: configuration, readSeconds: 0.5, nowMs: 1_763_719_200_123).write(trained)
    }

    @Test(
        "the first line of everything is the verdict", arguments: ["walk-forward", "holdout:6h", "holdout:0.2", "none"])
    func verdict(evaluate: String) async throws {
        let card = try await card(["--evaluate", evaluate])
        #expect(card.text.split(separator: "\n")[0] == card.verdict && !card.verdict.isEmpty)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(card.json)) as? [String: Any])
        #expect(json["verdict"] as? String == card.verdict)
        #expect(String(decoding: card.json.prefix(12), as: UTF8.self) == #"{"verdict":""#)
        let page = String(decoding: CardPage(card).bytes, as: UTF8.self)
        let body = try #require(page.components(separatedBy: "<main>").last)
        #expect(body.contains(HTML.escaped(card.verdict)) && body.hasPrefix("\n<p class=\"verdict"))
        #expect((json["evaluation"] is [String: Any]) == (evaluate != "none"))
    }

    @Test("a card has the bins that live values are counted in, as the model's file has them")
    func spreads() async throws {
        let (trained, configuration, folder) = try await trained()
        let card = try ModelWriting(configuration: configuration, readSeconds: 0.5, nowMs: 0).write(trained)
        let model = try ModelFolder(models: folder.path, name: "direction").load(1)
        #expect(model.spreads.count == 3 && model.spreads[0].edges.count > 5)
        // As text: to the digit.
        let json = String(decoding: card.json, as: UTF8.self)
        for spread in model.spreads {
            let bins = [spread.edges, spread.shares].map { $0.map(\.description).joined(separator: ",") }
            #expect(json.contains(#""spread":{"edges":[\#(bins[0])],"shares":[\#(bins[1])]}"#))
        }
    }

    @Test("a card says which columns had no bin for every value, and on which rows its rules were fitted")
    func bins() async throws {
        // Quantities are all different, prices few.
        let card = try await card(["--evaluate", "none"])
        #expect(card.features.map(\.hasOwnBins) == [true, false, true])
        let json = try #require(try JSONSerialization.jsonObject(with: Data(card.json)) as? [String: Any])
        let bins = (json["features"] as? [[String: Any]])?.map { $0["bins"] as? String }
        #expect(bins == ["every value", "not every value", "every value"])
        let page = String(decoding: CardPage(card).bytes, as: UTF8.self)
        #expect(page.contains("Where not every value had its bin, neighbours were counted together"))
        #expect(page.contains("Rules, fitted on the rows that it learned from<") && !page.contains("all rows"))
        let few = try await self.card(["--evaluate", "none"], TrainingTests.rows(hours: 0..<1).rows(0..<110))
        #expect(few.features.allSatisfy { $0.hasOwnBins == true })
        #expect(few.binNote == nil && !String(decoding: CardPage(few).bytes, as: UTF8.self).contains("not every value"))
    }

    @Test("a page asks nobody for anything, and what came from outside is text in it")
    func page() async throws {
        let series = #"<script>alert("x")</script>&'"#
        let ticks = MadeTicks().ticks(hours: 0..<30).compactMap { Observation($0) }
        let card = try await card([], .history(ticks, .direction, series: series))
        let page = String(decoding: CardPage(card).bytes, as: UTF8.self)
        #expect(page.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;"))
        for word in ["<script", "http://", "https://", " src=", "url(", "@import", "<link", "<iframe"] {
            #expect(!page.contains(word), "\(word)")
        }
        #expect(page.contains("prefers-color-scheme: dark") && page.contains("width=device-width"))
        #expect(try wellFormed(page) == "")
        let json = try #require(try JSONSerialization.jsonObject(with: Data(card.json)) as? [String: Any])
        #expect((json["training"] as? [String: Any])?["series"] as? [String] == [series])
    }

    /// What Python's parser finds open or closed amiss.
    private func wellFormed(_ page: String) throws -> String {
        let script = """
            import html.parser, sys
            class Check(html.parser.HTMLParser):
                open = []
                def handle_starttag(self, tag, attributes):
                    if tag != "meta": self.open.append(tag)
                def handle_startendtag(self, tag, attributes): pass
                def handle_endtag(self, tag):
                    if not self.open or self.open.pop() != tag: print("amiss:", tag, self.getpos())
            check = Check()
            check.feed(sys.stdin.read())
            check.close()
            if check.open: print("open:", check.open)
            """
        let python = ProcessInfo.processInfo.environment["CRYPTO_PYTHON"] ?? "python3"
        return try TestSupport.ChildProcess.run(python, ["-c", script], input: Data(page.utf8))
    }

    @Test("a model that was written reads back as what was learned")
    func model() async throws {
        let (trained, configuration, folder) = try await trained(["--evaluate", "holdout:6h", "--name", "mine"])
        defer { withExtendedLifetime(folder) {} }
        let writing = ModelWriting(configuration: configuration, readSeconds: 0, nowMs: 0)
        let first = try writing.write(trained)
        let second = try writing.write(trained)
        #expect(first.version == 1 && second.version == 2)
        #expect(try configuration.folder.current() == 2)
        let model = try configuration.folder.load(2)
        #expect(
            model.forest == trained.forest && model.version == 2 && model.name == "mine" && model.preset == "direction")
        let rows = try #require(trained.rows)
        #expect(model.trainedFrom == rows.times.first && model.trainedUntil == rows.times.last)
        #expect(model.rules == rows.fittedRules && model.series == ["made:BTC-USD"])
        #expect(model.golden.count == 16 && model.spreads.count == 3 && model.metrics == second.json)
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(configuration.folder.path)/2").sorted()
        #expect(files == ["card.html", "card.json", "model.bin"])
    }

    @Test("a model file that is cut, changed or foreign is refused, and says where it lies")
    func damaged() async throws {
        let (trained, configuration, folder) = try await trained(["--evaluate", "none"])
        defer { withExtendedLifetime(folder) {} }
        _ = try ModelWriting(configuration: configuration, readSeconds: 0, nowMs: 0).write(trained)
        let path = configuration.folder.path(of: "model.bin", version: 1)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        var changed = bytes
        changed[bytes.count / 2] ^= 1
        for wrong in [Data(), bytes.prefix(bytes.count - 1), changed, Data("PK\u{3}\u{4} something else".utf8)] {
            try wrong.write(to: URL(fileURLWithPath: path))
            let error = try #require(throws: ModelFolderError.self) { try configuration.folder.check(1) }
            #expect(error.path == path && "\(error)".contains("--use"))
        }
        try bytes.write(to: URL(fileURLWithPath: path))
        try configuration.folder.check(1)
    }

    @Test(
        "numbers are shown as people write them",
        arguments: [
            (0.58974, 4, "0.5897"), (-0.00001, 4, "0.0000"), (-1.5, 1, "-1.5"), (0.99996, 4, "1.0000"), (2, 0, "2"),
            (12.05, 2, "12.05"), (.nan, 4, "nan"), (1e300, 4, "1e+300"),
        ] as [(Double, Int, String)])
    func fixed(value: Double, places: Int, text: String) {
        #expect(CardNumber.fixed(value, places) == text)
    }

    @Test(
        "counts are grouped by thousands",
        arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
    func grouped(count: Int, text: String) {
        #expect(CardNumber.grouped(count) == text)
    }

    @Test("too few rows and one class make no model, and say what is missing")
    func nothing() async throws {
        let few = TrainingTests.rows(hours: 0..<1).rows(0..<99)
        let error = await #expect(throws: TrainingError.self) { _ = try await trained([], few) }
        #expect("\(try #require(error))".contains("there are 99 rows, and 100 are the fewest"))
        let rows = TrainingTests.rows()
        let same = rows.rows((0..<rows.count).filter { rows.targets[$0] == 1 })
        let other = await #expect(throws: TrainingError.self) { _ = try await trained([], same) }
        #expect("\(try #require(other))".contains("has the target 1"))
    }

    @Test("too few rows for a judgement make a model whose card has words in place of numbers")
    func words() async throws {
        let card = try await card([], TrainingTests.rows(hours: 0..<1).rows(0..<110))
        #expect(card.verdict.hasPrefix("Nobody can say") && card.training?.count == 110)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(card.json)) as? [String: Any])
        #expect(json["beats_rules"] is NSNull)
    }
}
