import ServiceKit
import Testing

@testable import PipelineService

@Suite("Where the pipeline's ticks come from")
struct SourceChoiceTests {
    private func choice(
        _ arguments: [String], isReachable: Bool
    ) throws -> (settings: Settings, words: String?, hasAsked: Bool) {
        var hasAsked = false
        let choice = SourceChoice(try settings(arguments)) {
            hasAsked = true
            return isReachable
        }
        let (settings, words) = choice.resolve()
        return (settings, words, hasAsked)
    }

    @Test("without a word: live trades of bybit where it answers, and it says so")
    func live() throws {
        let (settings, words, _) = try choice(["--minutes", "3"], isReachable: true)
        #expect(settings.list("source") == ["bybit"] && !settings.isOn("sample"))
        #expect(settings.list("store") == ["sqlite:crypto.db"])
        #expect(words?.contains("Live trades of bybit") == true)
    }

    @Test("without a word and without a network: the sample, into a database of its own, and it says so")
    func fallback() throws {
        let (settings, words, _) = try choice([], isReachable: false)
        #expect(settings.isOn("sample") && settings.list("store") == ["sqlite:crypto-sample.db"])
        for word in ["nothing here is live", "sample-binance", "sqlite:crypto-sample.db", "--source"] {
            #expect(words?.contains(word) == true, "\(words ?? "")")
        }
    }

    @Test(
        "a store or brokers that were named get live trades, which are waited for, and never the sample",
        arguments: [
            ["--store", "sqlite:mine.db"], ["--brokers", "kafka:9092"],
            ["--brokers", "kafka:9092", "--store", "mongodb://localhost/crypto"],
        ])
    func places(arguments: [String]) throws {
        for isReachable in [false, true] {
            let (chosen, words, hasAsked) = try choice(arguments, isReachable: isReachable)
            #expect(!chosen.isOn("sample") && chosen.list("source") == ["bybit"] && words == nil && !hasAsked)
        }
        // From the environment and the file, too.
        for (name, value) in [("CRYPTO_BROKERS", "kafka:9092"), ("CRYPTO_STORE", "sqlite:mine.db")] {
            let chosen = SourceChoice(try settings([], environment: [name: value])) { false }.resolve()
            #expect(!chosen.settings.isOn("sample") && chosen.words == nil, "\(name)")
        }
        let file = try settings(["--config", "c.json"], file: #"{"brokers": "kafka:9092"}"#)
        #expect(!SourceChoice(file) { false }.resolve().settings.isOn("sample"))
        // Who asks for it by name gets it there.
        let asked = try choice(["--sample", "--store", "sqlite:mine.db"], isReachable: true)
        #expect(asked.settings.isOn("sample") && asked.words?.contains("sqlite:mine.db") == true)
    }

    @Test(
        "what was asked for is taken as it is, and nobody asks whether it answers",
        arguments: [
            ["--source", "bybit"], ["--source", "kraken", "coinbase"], ["--source", "synthetic"],
            ["--symbols", "DOGE"], ["--endpoint", "bybit=http://127.0.0.1:1"], ["--record", "day.jsonl"],
        ])
    func wishes(arguments: [String]) throws {
        let wanted = try settings(arguments)
        let (chosen, words, hasAsked) = try choice(arguments, isReachable: false)
        #expect(chosen.json() == wanted.json() && words == nil && !hasAsked)
    }

    @Test("--sample is the sample, whatever else there is, and nobody is asked")
    func sample() throws {
        let (settings, words, hasAsked) = try choice(["--sample", "--symbols", "BTC"], isReachable: true)
        #expect(settings.isOn("sample") && settings.list("store") == ["sqlite:crypto-sample.db"] && !hasAsked)
        #expect(words?.contains("As --sample asks") == true)
    }

    @Test("--print-config and --help tell the defaults that hold")
    func defaults() throws {
        func shown(_ arguments: String...) -> String {
            guard case .show(let text) = CommandLineParser.parse(PipelineCommand.spec, arguments: arguments) else {
                return ""
            }
            return text
        }
        let usual = shown("--print-config")
        #expect(usual.contains("\"source\": [\"bybit\"]") && usual.contains("\"store\": \"sqlite:crypto.db\""))
        #expect(usual.contains("\"partitions\": 4"))
        #expect(shown("--print-config", "--brokers", "kafka:9092").contains("\"partitions\": 12"))
        #expect(shown("--print-config", "--partitions", "3").contains("\"partitions\": 3"))
        #expect(shown("--print-config", "--sample").contains("\"store\": \"sqlite:crypto-sample.db\""))
        let help = shown("--help").split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(help.contains("default: bybit") && help.contains("what was asked for is waited for"))
    }

    @Test("flags that do not fit together are said, as by the services themselves")
    func problems() throws {
        for (arguments, word) in [
            (["--file", "/etc/hostname"], "--source replay"), (["--slide", "7s"], "--slide"),
            (["--store", "x"], "--store"),
            (["--endpoint", "kraken=http://127.0.0.1:1"], "is not among --source bybit"),
        ] {
            guard case .usage(let problems) = CommandLineParser.parse(PipelineCommand.spec, arguments: arguments) else {
                Issue.record("\(arguments) are taken")
                continue
            }
            #expect(problems.count == 1 && problems[0].contains(word), "\(problems)")
        }
    }
}
