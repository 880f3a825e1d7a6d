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
            (["--watch", "1h", "--export", "x.csv"], "--export: has no effect with --watch: leave one of them out"),
            (["--watch", "1h", "--until", "2026-01-01"], "--until: has no effect with --watch"),
            (["--fresh", "1d"], "--fresh: belongs to --watch: give both or neither"),
            (["--keep-versions", "3"], "--keep-versions: belongs to --watch: give both or neither"),
            (["--since", "1d", "--until", "2d"], "is not before --until"),
            (["--since", "2026-02-01", "--until", "2026-01-01"], "is not before --until"),
            (["--class-weights", "1"], "two numbers above 0"), (["--class-weights", "0,1"], "two numbers above 0"),
            (["--trees", "0"], "from 1 to 10000"),
            (["--import", "x.onnx", "--depth", "4"], "--depth: has no effect with --import: leave one of them out"),
            (["--import", "x.onnx", "--threads", "4"], "--threads: has no effect with --import"),
            (["--import", "x.onnx", "--watch", "1h"], "--watch: has no effect with --import"),
            (["--import", "x.onnx", "--keep-versions", "3"], "--keep-versions: has no effect with --import"),
            (["--import", "x.onnx", "--export", "x.csv"], "--export: has no effect with --import: export the version"),
            (["--import", "x.onnx", "--evaluate", "walk-forward"], "cannot be taught part by part"),
        ])
    func refused(words: [String], wanted: String) {
        #expect(problems(FlagTests.least + words).contains(wanted), "\(problems(FlagTests.least + words))")
    }

    @Test(
        "what --of, --use and an import without rows do not ask for is refused beside them, all of it at once",
        arguments: [
            (["--of", "horizon:3"], ["--of: say where its model is to be written"]),
            (["--of", "horizon:3", "--export", "x.csv"], ["by --export FILE.onnx"]),
            (["--of", "horizon:3", "--export", "x.onnx", "--depth", "4"], ["--depth: has no effect with --of"]),
            (["--of", "horizon:3", "--use", "horizon:3", "--export", "x.onnx"], ["--use: has no effect with --of"]),
            (
                ["--use", "horizon:3", "--preset", "horizon", "--trees", "9", "--export", "x.onnx"],
                ["--preset: has", "--trees: has", "--export: has no effect with --use: leave one of them out"]
            ),
            (
                ["--preset", "direction", "--import", "x.onnx", "--series", "a:*", "--since", "7d", "--until", "1d"],
                ["--series: has no effect with --import alone: say by --from", "--since: has", "--until: has"]
            ),
            (
                ["--preset", "direction", "--import", "x.onnx", "--seed", "4"],
                ["--seed: has no effect with --import alone"]
            ),
        ])
    func withoutEffect(words: [String], wanted: [String]) {
        let text = problems(words)
        for part in wanted { #expect(text.contains(part), "\(text)") }
    }

    @Test("it is known of each flag where it has an effect")
    func table() {
        let rows = TrainerTask.table
        let known = rows.flatMap(\.flags).map(\.spec.name)
        #expect(known.sorted() == (TrainerFlags.all + [TrainerFlags.of, TrainerFlags.use]).map(\.spec.name).sorted())
    }

    @Test("what the environment says for the runs of a service is passed over by --use and --of")
    func environment() {
        let environment = ["CRYPTO_PRESET": "horizon", "CRYPTO_FROM": "csv:x", "CRYPTO_SERIES": "a:*"]
        for words in [["--use", "horizon:3"], ["--of", "horizon:3", "--export", "x.onnx"]] {
            let result = CommandLineParser.parse(
                TrainerCommand.spec, arguments: words, environment: environment, readFile: { _ in .absent })
            guard case .answer = result else {
                Issue.record("\(words): \(result)")
                continue
            }
        }
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
