import CryptoCore
import ServiceKit
import ServiceRuntime
import TestSupport
import Testing

@testable import InferenceService

/// Configurations as the command line makes them.
enum Configurations {
    static func parse(_ words: [String]) -> ParseResult<Configured<InferenceConfiguration>> {
        CommandLineParser.parse(InferenceCommand.spec, arguments: words, environment: [:], readFile: { _ in .absent })
    }

    /// - Throws: what is wrong with the words.
    static func inference(_ words: [String]) throws -> Configured<InferenceConfiguration> {
        switch parse(words) {
        case .run(let configured): return configured
        case .usage(let problems): throw Failure(problems.joined(separator: "\n"))
        default: throw Failure("\(words) do not run")
        }
    }
}

@Suite("The flags of inference")
struct InferenceCommandTests {
    private func problems(_ words: [String]) -> String {
        if case .usage(let problems) = Configurations.parse(words) { problems.joined(separator: "\n") } else { "" }
    }

    @Test("without a flag it serves what lies in models, on port 8000, and predicts the ticks that come from now on")
    func defaults() throws {
        let configuration = try Configurations.inference([])
        #expect("\(configuration.common.http)" == "127.0.0.1:8000")
        let own = configuration.own
        #expect(own.choice.folder == "models" && own.choice.preferred == nil && own.choice.shadows.isEmpty)
        #expect(own.streams && own.streamNames.isEmpty && own.beginning == .end && own.maxAgeMs == nil)
        #expect(own.windows.lateness == 5_000 && own.windows.idleAfterQuote == 180_000 && own.instance == nil)
    }

    @Test("each flag reaches the configuration")
    func flags() throws {
        let own = try Configurations.inference([
            "--models", "m", "--default", "a", "--stream", "a", "b", "--from", "beginning", "--max-age", "30d",
            "--shadow", "a:4", "b:1", "--lateness", "2s", "--slide", "5s", "--idle-timeout", "0", "--instance",
            "inference-0",
        ]).own
        #expect(own.choice.folder == "m" && own.choice.preferred == "a" && own.streamNames == ["a", "b"])
        #expect(own.choice.shadows.map(\.description) == ["a:4", "b:1"] && own.beginning == .beginning)
        #expect(
            own.maxAgeMs == 2_592_000_000 && own.windows.lateness == 2_000 && own.windows.slide == 5_000
                && own.windows.idleAfterTrade == 0)
        #expect(own.instance == "inference-0")
    }

    @Test(
        "what cannot be meant is refused with the way to mend it",
        arguments: [
            (["--default", "a/b"], "must be a name of letters"), (["--stream", ".x"], "must be a name of letters"),
            (["--shadow", "horizon"], "must be NAME:VERSION"), (["--shadow", "horizon:0"], "must be NAME:VERSION"),
            (["--from", "now"], "must be one of end, beginning"), (["--max-age", "0"], "must be at least 1s"),
            (["--no-stream", "--stream", "a"], "--stream: does nothing beside --no-stream: leave one out"),
            (["--no-stream", "--shadow", "a:1"], "--shadow: does nothing beside --no-stream: leave one out"),
            (["--modles", "m"], "did you mean --models"),
        ])
    func refused(words: [String], wanted: String) {
        #expect(problems(words).contains(wanted), "\(problems(words))")
    }
}
