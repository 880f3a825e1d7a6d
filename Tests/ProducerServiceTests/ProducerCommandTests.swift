import Foundation
import ProducerService
import ServiceKit
import TestSupport
import Testing

@Suite("The producer's command line")
struct ProducerCommandTests {
    private func problems(_ arguments: [String]) -> [String] {
        switch CommandLineParser.parse(ProducerCommand.spec, arguments: arguments) {
        case .usage(let problems): problems
        case .run, .show, .answer: []
        }
    }

    @Test(
        "a wrong flag is one helpful line",
        arguments: [
            (["--bogus"], "unknown flag --bogus"), (["--interval", "0"], "--interval 0: must be at least 1s"),
            (["--interval", "soon"], "must be seconds or have a unit"), (["--source", "bybti"], "did you mean bybit?"),
            (["--source", "replay"], "needs --file"), (["--source", "replay", "--file", "/no/such"], "cannot be read"),
            (["--speed", "0"], "must be a number greater than 0"),
            (["--speed", "-1"], "must be a number greater than 0"),
            (["--rate", "0"], "must be a whole number from 1"), (["--shift", "later"], "must be one of none, now"),
            (["--symbols", "a:b"], "must be a CoinGecko id, a ticker or a pair"),
            (["--symbols", "BTC-USDT"], "coingecko has no prices in USDT; try BTC-USD"),
            (["--endpoint", "bybit=http://example.com"], "without TLS"),
            (["--endpoint", "bybti=x"], "must be SOURCE=URL"),
            (
                ["--source", "bybit", "--endpoint", "bybit=wss://a.example", "bybit=ws://127.0.0.1:1"],
                "one must be ws:// or wss://, the other http:// or https://"
            ),
            (
                ["--source", "bybit", "--endpoint"]
                    + ["wss://a.example", "https://b.example", "ws://[::1]:1"].map { "bybit=\($0)" },
                "takes one address, or two"
            ),
            (["--endpoint", "bybit=wss://example.com"], "is not among --source coingecko"),
            (["--coins", "/no/such"], "cannot be read"), (["--file", "/etc/hostname"], "is for --source replay only"),
        ])
    func wrong(arguments: [String], words: String) throws {
        let problems = problems(arguments)
        #expect(problems.count == 1)
        let problem = try #require(problems.first)
        #expect(problem.hasPrefix("producer: ") && problem.contains(words), "\(problem)")
        #expect(!problem.contains("\n"))
    }

    @Test(
        "what the help shows works",
        arguments: [
            ["--symbols", "bitcoin", "ethereum", "--interval", "60"],
            ["--source", "bybit", "bybit-linear", "--symbols", "BTC", "ETH-USDC", "SOLUSDT"],
            ["--source", "coingecko", "--symbols", "BTC-EUR"], ["--source", "synthetic", "--speed", "max"],
            ["--source", "bybit", "--endpoint", "bybit=http://127.0.0.1:9400/bybit"],
            [
                "--source", "bybit", "kraken", "--endpoint", "bybit=wss://stream-testnet.bybit.com",
                "kraken=http://127.0.0.1:1", "bybit=https://api-testnet.bybit.com",
            ], [],
        ])
    func right(arguments: [String]) {
        #expect(problems(arguments).isEmpty)
    }
}
