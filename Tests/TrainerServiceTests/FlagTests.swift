import CryptoCore
import ServiceKit
import Testing

@testable import TrainerService

@Suite("The trainer's flags")
struct FlagTests {
    private func configuration(_ words: [String]) throws -> TrainerConfiguration {
        try Configurations.trainer(words)
    }

    private func problems(_ words: [String]) -> String {
        if case .usage(let problems) = Configurations.parse(words) { problems.joined(separator: "\n") } else { "" }
    }

    private static let least = ["--preset", "direction", "--from", "csv:x"]

    @Test("a model is called after its preset unless somebody says otherwise, and the usual forest is the field's")
    func defaults() throws {
        let configuration = try configuration(FlagTests.least)
        #expect(configuration.name == "direction" && configuration.models == "models" && configuration.watchMs == nil)
        #expect(configuration.validation == .walkForward && configuration.threads >= 1 && configuration.export == nil)
        let settings = configuration.settings
        #expect(settings.trees == 100 && settings.depth == 10 && settings.minLeaf == 5 && settings.seed == 1)
        #expect(try self.configuration(FlagTests.least + ["--name", "mine"]).name == "mine")
    }

    @Test("an imported forest needs no rows, and is judged by those that are held out")
    func imported() throws {
        let words = ["--preset", "direction", "--import", "x.onnx"]
        let alone = try configuration(words)
        #expect(alone.importing == "x.onnx" && alone.input == nil && alone.validation == .none)
        #expect(try configuration(words + ["--from", "csv:x"]).validation == .none)
        let judged = try configuration(words + ["--from", "csv:x", "--evaluate", "holdout:2d"])
        #expect(judged.validation == .holdoutTime(ms: 172_800_000) && judged.input != nil)
        #expect(problems(words + ["--evaluate", "holdout:2d"]).contains("there are no rows to judge by"))
        #expect(problems(["--import", "x.onnx"]).contains("--preset: say what to learn"))
    }

    @Test("what is missing is named, all of it at once")
    func missing() {
        let text = problems([])
        #expect(text.contains("--preset: say what to learn: one of direction, difference, ticker-trend, horizon"))
        #expect(text.contains("--from: say what to learn from"))
    }

    @Test(
        "what cannot be meant is refused with the way to mend it",
        arguments: [
            (["--from", "postgres://x"], "must be sqlite:FILE, mongodb://HOST/DATABASE, csv:FILE or kafka"),
            (["--from", "csv:"], "must be sqlite:FILE"), (["--preset", "direktion"], "did you mean direction"),
            (["--name", "a/b"], "must be a name of letters"), (["--since", "yesterday"], "such as 7d or 12h"),
            (["--evaluate", "holdout:1.5"], "must be walk-forward"),
            (["--evaluate", "holdout:0d"], "must be walk-forward"),
            (["--export", "rows.txt"], "must end in .csv"), (["--use", "horizon"], "must be NAME:VERSION"),
            (["--watch", "1h", "--export", "x.csv"], "belongs to one training"),
            (["--watch", "1h", "--until", "2026-01-01"], "leave one of them out"),
            (["--fresh", "1d"], "belongs to --watch"),
            (["--since", "1d", "--until", "2d"], "is not before --until"),
            (["--since", "2026-02-01", "--until", "2026-01-01"], "is not before --until"),
            (["--class-weights", "1"], "two numbers above 0"), (["--class-weights", "0,1"], "two numbers above 0"),
            (["--trees", "0"], "from 1 to 10000"),
            (["--of", "horizon:3"], "--of: say where its model is to be written"),
            (["--of", "horizon:3", "--export", "x.csv"], "by --export FILE.onnx"),
            (["--import", "x.onnx", "--depth", "4"], "--depth: the forest of --import is grown already"),
            (["--import", "x.onnx", "--watch", "1h"], "--watch: grows forests"),
            (["--import", "x.onnx", "--export", "x.csv"], "export that afterwards"),
            (["--import", "x.onnx", "--evaluate", "walk-forward"], "cannot be taught part by part"),
        ])
    func refused(words: [String], wanted: String) {
        #expect(problems(FlagTests.least + words).contains(wanted), "\(problems(FlagTests.least + words))")
    }

    @Test(
        "--evaluate takes days, shares and words",
        arguments: [
            ("holdout:2d", .holdoutTime(ms: 172_800_000)), ("holdout:36h", .holdoutTime(ms: 129_600_000)),
            ("holdout:0.2", .holdoutShare(0.2)), ("none", .none), ("walk-forward", .walkForward),
        ] as [(String, Validation)])
    func evaluate(text: String, validation: Validation) throws {
        #expect(try configuration(FlagTests.least + ["--evaluate", text]).validation == validation)
    }

    @Test("times are before now, or themselves")
    func times() throws {
        let filter = try configuration(FlagTests.least + ["--since", "7d", "--until", "2026-01-31"]).filter(
            nowMs: 1_769_900_000_000)
        #expect(filter.from == 1_769_900_000_000 - 604_800_000 && filter.to == 1_769_817_600_000)
        let open = try configuration(FlagTests.least).filter(nowMs: 5)
        #expect(open.from == .min && open.to == 60_005)
    }

    @Test("a password in --from is not shown")
    func secrets() throws {
        let location = try #require(InputLocation("mongodb://me:secret@host/db"))
        #expect("\(location)" == "mongodb://host/db")
        guard
            case .show(let text) = Configurations.parse([
                "--preset", "horizon", "--from", "mongodb://me:secret@host/db", "--print-config",
            ])
        else {
            Issue.record("--print-config shows nothing")
            return
        }
        #expect(!text.contains("secret") && text.contains("mongodb://me:***@host/db"))
    }
}
