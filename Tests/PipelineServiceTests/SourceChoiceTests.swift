import ProducerService
import ServiceKit
import SinkService
import Testing

@testable import PipelineService

@Suite("Where the pipeline's ticks come from")
struct SourceChoiceTests {
    private func choice(
        _ arguments: [String], isReachable: Bool
    ) throws -> (configuration: PipelineConfiguration, words: String?, hasAsked: Bool) {
        var hasAsked = false
        let choice = SourceChoice(try configured(arguments).own) {
            hasAsked = true
            return isReachable
        }
        let (configuration, words) = choice.resolve()
        return (configuration, words, hasAsked)
    }

    @Test("without a word: live trades of bybit where it answers, and it says so")
    func live() throws {
        let (configuration, words, _) = try choice(["--minutes", "3"], isReachable: true)
        #expect(configuration.producer.sources.map(\.rawValue) == ["bybit"] && !configuration.producer.playsSample)
        #expect(configuration.sink.stores == ["sqlite:crypto.db"])
        #expect(words?.contains("Live trades of bybit") == true)
    }

    @Test("without a word and without a network: the sample, into a database of its own, and it says so")
    func fallback() throws {
        let (configuration, words, _) = try choice([], isReachable: false)
        #expect(configuration.producer.playsSample && configuration.sink.stores == ["sqlite:crypto-sample.db"])
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
            #expect(
                !chosen.producer.playsSample && chosen.producer.sources.map(\.rawValue) == ["bybit"] && words == nil
                    && !hasAsked)
        }
        // From the environment and the file, too.
        for (name, value) in [("CRYPTO_BROKERS", "kafka:9092"), ("CRYPTO_STORE", "sqlite:mine.db")] {
            let chosen = SourceChoice(try configured([], environment: [name: value]).own) { false }.resolve()
            #expect(!chosen.configuration.producer.playsSample && chosen.words == nil, "\(name)")
        }
        let file = try configured(["--config", "c.json"], file: #"{"brokers": "kafka:9092"}"#)
        #expect(!SourceChoice(file.own) { false }.resolve().configuration.producer.playsSample)
        // Who asks for it by name gets it there.
        let asked = try choice(["--sample", "--store", "sqlite:mine.db"], isReachable: true)
        #expect(asked.configuration.producer.playsSample && asked.words?.contains("sqlite:mine.db") == true)
    }

    @Test(
        "what was asked for is taken as it is, and nobody asks whether it answers",
        arguments: [
            ["--source", "bybit"], ["--source", "kraken", "coinbase"], ["--source", "synthetic"],
            ["--symbols", "DOGE"], ["--endpoint", "bybit=http://127.0.0.1:1"], ["--record", "day.jsonl"],
        ])
    func wishes(arguments: [String]) throws {
        let wanted = try configured(arguments).own
        let (chosen, words, hasAsked) = try choice(arguments, isReachable: false)
        #expect("\(chosen)" == "\(wanted)" && words == nil && !hasAsked)
    }

    @Test("--sample is the sample, whatever else there is, and nobody is asked")
    func sample() throws {
        let (configuration, words, hasAsked) = try choice(["--sample", "--symbols", "BTC"], isReachable: true)
        #expect(
            configuration.producer.playsSample && configuration.sink.stores == ["sqlite:crypto-sample.db"] && !hasAsked)
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
