import Foundation
import ServiceKit
import TestSupport
import Testing

@Suite("The command line")
struct CommandLineTests {
    @Test("flags take their value after a space or an equals sign, lists take several words")
    func forms() throws {
        let settings = try Sample.settings([
            "--symbols", "bitcoin", "ethereum,solana", "--interval=500s", "--console", "--symbols", "dogecoin",
            "--http", "[::1]:0", "--minutes", "7", "--mode=slow", "--idle-timeout", "0", "--prefix=a",
            "--kafka-config", "sasl.password=a=b,c d", "--kafka-config=linger.ms=5", "--source", "bybit", "coingecko",
        ])
        #expect(settings[Sample.symbols] == ["bitcoin", "ethereum", "solana", "dogecoin"])
        #expect(settings[Sample.interval] == 500_000)
        #expect(settings[Sample.console])
        #expect(settings[CommonFlags.http] == HostPort(host: "::1", port: 0))
        #expect(settings[Sample.minutes] == 7)
        #expect(settings[Sample.mode] == .slow)
        #expect(settings[Sample.idleTimeout] == 0)
        #expect(settings[CommonFlags.prefix] == "a")
        #expect(settings[Sample.source] == ["bybit", "coingecko"])
        let pairs = settings[CommonFlags.kafka]
        #expect(pairs.map(\.key) == ["sasl.password", "linger.ms"])
        #expect(pairs.map(\.value) == ["a=b,c d", "5"])
    }

    @Test("nothing given: the defaults, and nothing where there is none")
    func defaults() throws {
        let settings = try Sample.settings([])
        #expect(settings[Sample.symbols] == ["bitcoin"])
        #expect(settings[Sample.interval] == 60_000)
        #expect(!settings[Sample.console])
        #expect(settings[Sample.file] == nil)
        #expect(settings[Sample.minutes] == nil)
        #expect(settings[CommonFlags.kafka].isEmpty)
        #expect(settings[CommonFlags.http] == HostPort(host: "127.0.0.1", port: 9199))
        #expect(settings[CommonFlags.partitions] == 12)
        #expect(settings.source(of: Sample.interval) == .builtIn)
    }

    @Test("one bad flag is one line that says what to do")
    func oneProblem() {
        let cases: [([String], String)] = [
            (["--bogus"], "unknown flag --bogus; did you mean --hosts? see sampler --help"),
            (["--qqqqqqqqqqqqqqqq"], "unknown flag --qqqqqqqqqqqqqqqq; see sampler --help"),
            (["--interal", "5", "6"], "unknown flag --interal; did you mean --interval? see sampler --help"),
            (["--interval", "0"], "--interval 0: must be at least 1s"),
            (["--interval=999ms"], "--interval 999ms: must be at least 1s"),
            (["--idle-timeout", "1ms"], "--idle-timeout 1ms: must be at least 1s, or 0"),
            (
                ["--interval", "5x"],
                "--interval 5x: must be seconds or have a unit, such as 60, 500ms, 5s, 10m, 2h or 30d"
            ),
            (["--interval"], "--interval needs a value: --interval DURATION"),
            (["--interval", "--console"], "--interval needs a value: --interval DURATION"),
            (["--symbols="], "--symbols '': must name at least one SYMBOL"),
            (["--prefix="], "--prefix '': must not be empty"),
            (["--minutes", "1441"], "--minutes 1441: must be a whole number from 1 to 1440"),
            (["--minutes", "x"], "--minutes x: must be a whole number from 1 to 1440"),
            (["--mode", "fsat"], "--mode fsat: must be one of fast, slow; did you mean fast?"),
            (
                ["--source", "bybit", "binanse"],
                "--source binanse: must be one of bybit, bybit-linear, coingecko, replay"
            ),
            (["--console=maybe"], "--console maybe: must be true or false"),
            (["--http", "70000"], "--http 70000: must be HOST:PORT with a port up to 65535, such as 127.0.0.1:9101"),
            (
                ["--hosts", "http://dash.example"],
                "--hosts http://dash.example: must be a name alone, without scheme, port or *, such as dash.example.org"
            ),
            (
                ["--hosts", "dash.example:80"],
                "--hosts dash.example:80: must be a name alone, without scheme, port or *, such as dash.example.org"
            ),
            (["--kafka-config", "linger.ms"], "--kafka-config linger.ms: must be KEY=VALUE"),
            (
                ["--prefix", "a b"],
                "--prefix a b: must have only letters, digits, '.', '_' and '-', as Kafka's topic names"
            ),
            (["--store", "x"], "--store x: must be a URI, such as sqlite:crypto.db"),
            (["bitcoin"], "unexpected argument bitcoin; flags start with --; see sampler --help"),
            (["-interval"], "unexpected argument -interval; did you mean --interval? see sampler --help"),
            (["--"], "unexpected argument --; see sampler --help"),
            (["--source", "replay"], "--source replay: needs --file FILE"),
            (["--config", "gone.json"], "--config gone.json: there is no such file"),
        ]
        for (arguments, line) in cases { #expect(Sample.problems(arguments) == ["sampler: " + line]) }
    }

    @Test("all problems of all sources come at once")
    func allProblems() {
        let problems = Sample.problems(
            ["--bogus", "--interval", "0", "--mode", "x", "--config=c.json"],
            environment: ["CRYPTO_PARTITIONS": "none"],
            files: ["c.json": #"{"minutes": 0, "simbols": [], "console": "perhaps"}"#])
        #expect(
            problems == [
                "sampler: unknown flag --bogus; did you mean --hosts? see sampler --help",
                #"sampler: c.json: "simbols": unknown key; did you mean "symbols"? see sampler --help"#,
                "sampler: --interval 0: must be at least 1s",
                "sampler: --mode x: must be one of fast, slow",
                #"sampler: c.json: "console": perhaps: must be true or false"#,
                #"sampler: c.json: "minutes": 0: must be a whole number from 1 to 1440"#,
                "sampler: CRYPTO_PARTITIONS=none: must be a whole number from 1 to 10000",
            ])
    }

    @Test("a problem shows no secret and no control character")
    func problemsAreSafe() {
        let all = Sample.problems([
            "--store", "mongodb+srv//u:hunter2@h", "--http", "http://u:hunter2@h/\n\u{1b}[31m", "--minutes",
            String(repeating: "9", count: 10_000),
        ])
        #expect(all.count == 3 || all.count == 2)
        for line in all {
            #expect(!line.contains("http://u:hunter2"))
            #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 })
            #expect(line.count < 300)
        }
    }

    @Test("help and version win over every problem")
    func helpWins() throws {
        #expect(try Sample.shown(["--bogus", "--help"]).hasPrefix("sampler: takes samples"))
        #expect(try Sample.shown(["--interval", "0", "-h"]).hasPrefix("sampler: takes samples"))
        #expect(try Sample.shown(["--version"]) == "sampler \(Version.text) (CryptoStream)\n")
    }

    @Test("any words at all give settings, a text or problems, each of one line", arguments: UInt64(0)..<2000)
    func fuzzed(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let names =
            Sample.usage.flags.map { "--" + $0.name } + ["--help", "--print-config", "--x", "-h", "--", "-", ""]
        let values = [
            "", "=", "==", "a=b", "=b", ",", ",,", "0", "-1", "1e9", "99999999999999999999", "9223372036854775807d",
            "0.5s",
            "1.", ".5", "\u{0}", "\u{1F600}", "é=ü", "[::1]:1", ":", "::", "[]:1", "a:b", "http://a:b@c?key=d", "true",
            " ",
        ]
        var words: [String] = []
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            let name = names[Int.random(in: names.indices, using: &random)]
            let value = values[Int.random(in: values.indices, using: &random)]
            switch Int.random(in: 0...3, using: &random) {
            case 0: words.append(name)
            case 1: words.append(value)
            case 2: words.append(name + "=" + value)
            default: words += [name, value]
            }
        }
        let environment = ["CRYPTO_SYMBOLS": values[Int.random(in: values.indices, using: &random)]]
        guard case .usage(let problems) = Sample.parse(words, environment: environment) else { return }
        #expect(!problems.isEmpty)
        #expect(problems.allSatisfy { $0.hasPrefix("sampler: ") && !$0.contains("\n") })
    }
}
