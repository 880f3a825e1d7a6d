import Foundation
import ServiceKit
import TestSupport
import Testing

@Suite("Where settings come from")
struct PrecedenceTests {
    /// Each flag with one value per source, flag first, as that source writes it and as it is read.
    private static let values: [(name: String, flag: String, environment: String, file: String, read: [String])] = [
        ("interval", "2s", "3", "4", ["2000", "3000", "4000", "60000"]),
        ("buffer", "2MiB", "3", "4", ["2097152", "3", "4", "1073741824"]),
        ("prefix", "a", "b", #""c""#, ["a", "b", "c", "crypto"]),
        ("partitions", "2", "3", "4", ["2", "3", "4", "12"]),
        ("mode", "fast", "slow", #""slow""#, ["fast", "slow", "slow", "fast"]),
        ("console", "true", "0", "true", ["true", "false", "true", "false"]),
        ("symbols", "a", "b, c  d", #"["e", "f"]"#, ["a", "b c d", "e f", "bitcoin"]),
        ("store", "a:1 2", "b:x y,z c:1", #"["d:1", "e:2"]"#, ["a:1 2", "b:x y,z c:1", "d:1 e:2", ""]),
        ("http", "1", "h:2", #""[::1]:3""#, ["127.0.0.1:1", "h:2", "[::1]:3", "127.0.0.1:9199"]),
        (
            "source", "bybit", "bybit bybit-linear", #""coingecko,bybit""#,
            ["bybit", "bybit bybit-linear", "coingecko bybit", "coingecko"]
        ),
    ]

    private static func read(_ settings: Settings, _ flag: Flag) -> String {
        switch flag.kind {
        case .text, .hostPort, .choice(_, several: false): settings.text(flag.name)
        case .integer: String(settings.integer(flag.name))
        case .duration: String(settings.durationMs(flag.name))
        case .bytes: String(settings.bytes(flag.name))
        case .list, .uris, .choice(_, several: true): settings.list(flag.name).joined(separator: " ")
        case .toggle: String(settings.isOn(flag.name))
        case .keyValues: settings.keyValues(flag.name).map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        }
    }

    @Test("flag beats environment beats file beats default, in every combination", arguments: 0..<8)
    func precedence(present: Int) throws {
        for entry in Self.values {
            let (hasFlag, hasEnvironment, hasFile) = (present & 1 != 0, present & 2 != 0, present & 4 != 0)
            let flag = try #require(Sample.spec.flags.first { $0.name == entry.name })
            let settings = try Sample.settings(
                hasFlag ? ["--\(entry.name)=\(entry.flag)"] : [],
                environment: hasEnvironment ? [flag.environmentName: entry.environment] : [:],
                files: hasFile ? ["config/sampler.json": "{\"\(entry.name)\": \(entry.file)}"] : [:])
            let strongest = hasFlag ? 0 : hasEnvironment ? 1 : hasFile ? 2 : 3
            #expect(Self.read(settings, flag) == entry.read[strongest], "\(entry.name)")
            let sources: [Settings.Source] = [.flag, .environment, .file, .builtIn]
            #expect(settings.source(of: entry.name) == sources[strongest])
        }
    }

    @Test("pairs of all sources are merged, the stronger source winning key by key")
    func pairs() throws {
        let settings = try Sample.settings(
            ["--kafka-config", "a=flag", "--kafka-config", "a=flag2"],
            environment: ["CRYPTO_KAFKA_CONFIG": "a=env b=env,debug=broker,topic,c=env,d"],
            files: ["config/sampler.json": #"{"kafka-config": {"a": "file", "b": "file", "e": 5, "f": true}}"#])
        let pairs = Dictionary(uniqueKeysWithValues: settings.keyValues("kafka-config").map { ($0.key, $0.value) })
        #expect(
            pairs == ["a": "flag2", "b": "env", "debug": "broker,topic", "c": "env,d", "e": "5", "f": "true"])
    }

    @Test("an empty variable is none; another program's are ignored")
    func emptyVariable() throws {
        let settings = try Sample.settings(
            [], environment: ["CRYPTO_INTERVAL": "", "CRYPTO_SLIDE": "x", "CRYPTO_CONFIG": ""])
        #expect(settings.durationMs("interval") == 60_000)
    }

    @Test("a weaker source that is wrong does not matter where a stronger one is right")
    func overriddenProblem() throws {
        #expect(
            try Sample.settings(["--interval", "5"], environment: ["CRYPTO_INTERVAL": "0"]).durationMs("interval")
                == 5000)
    }

    @Test(
        "the file may be named by a flag or by the environment, the flag winning, and then stands for the default one")
    func namedFile() throws {
        let files = ["config/sampler.json": #"{"prefix": "x"}"#, "a": #"{"prefix": "a"}"#, "b": #"{"prefix": "b"}"#]
        #expect(try Sample.settings([], files: files).text("prefix") == "x")
        #expect(try Sample.settings([], environment: ["CRYPTO_CONFIG": "a"], files: files).text("prefix") == "a")
        let both = try Sample.settings(["--config", "b"], environment: ["CRYPTO_CONFIG": "a"], files: files)
        #expect(both.text("prefix") == "b")
    }

    @Test("a wrong file says which key and what it must be")
    func wrongFile() {
        let cases: [(String, String)] = [
            (#"{"interval": "0"}"#, #""interval": 0: must be at least 1s"#),
            (#"{"interval": [5]}"#, #""interval": must be a number of seconds or a text such as "500ms", not a list"#),
            (#"{"interval": null}"#, #""interval": must be a number of seconds or a text such as "500ms", not null"#),
            (
                #"{"interval": true}"#,
                #""interval": must be a number of seconds or a text such as "500ms", not true or false"#
            ),
            (#"{"minutes": 1.5}"#, #""minutes": 1.5: must be a whole number from 1 to 1440"#),
            (#"{"symbols": {"a": 1}}"#, #""symbols": must be a list of texts, not an object"#),
            (#"{"symbols": [["a"]]}"#, #""symbols": must be a list of texts, not such a list"#),
            (#"{"symbols": []}"#, #""symbols": '': must name at least one SYMBOL"#),
            (#"{"kafka-config": {"a": {}}}"#, #""kafka-config": must be an object of texts, not such an object"#),
            (#"{"config": "x"}"#, #""config": unknown key; did you mean "console"? see sampler --help"#),
            (#"{"brokes": "x"}"#, #""brokes": unknown key; did you mean "brokers"? see sampler --help"#),
        ]
        for (text, line) in cases {
            let problems = Sample.problems([], files: ["config/sampler.json": text])
            #expect(problems == ["sampler: config/sampler.json: " + line])
        }
    }

    @Test(
        "a file that is no JSON object says so in one line",
        arguments: [
            "", "{", "[]", "5", "{\"interval\": 5,}x", "{\"a\" 1}", "\u{0}", String(repeating: "[", count: 5000),
        ])
    func brokenFile(text: String) {
        let problems = Sample.problems(["--config=f"], files: ["f": text])
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("sampler: f: ") == true)
        #expect(problems.first?.contains("JSON") == true)
    }

    @Test("the printed configuration is JSON that gives the same settings again", arguments: UInt64(0)..<50)
    func printedConfig(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let minutes = Int.random(in: 1...1440, using: &random)
        let intervalMs = Int64.random(in: 1000...10_000_000, using: &random)
        let arguments = [
            "--minutes", "\(minutes)", "--interval", "\(intervalMs)ms", "--console=\(seed % 2 == 0)", "--symbols", "a",
            "b\"\\",
            "--kafka-config", "linger.ms=\(seed)", "--store", "sqlite:a b\t.db",
        ]
        let text = try Sample.shown(arguments + ["--print-config"])
        #expect(try Sample.shown(["--print-config", "--config=c"], files: ["c": text]) == text)
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect(object?["minutes"] as? Int == minutes)
        #expect(object?["http"] as? String == "127.0.0.1:9199")
        #expect(object?["file"] == nil)
    }

    @Test("the printed configuration hides passwords")
    func printedSecrets() throws {
        let text = try Sample.shown([
            "--print-config", "--kafka-config", "sasl.password=hunter2", "ssl.key.pem=hunter2", "sasl.username=me",
            "client.Secret=hunter2", "--store",
            "mongodb://me:hunter2@a:1,b:2/crypto?authSource=x&tlsCertificateKeyFilePassword=hunter2&y=z",
        ])
        #expect(!text.contains("hunter2"))
        #expect(text.contains(#""sasl.username": "me""#))
        #expect(text.contains("mongodb://me:***@a:1,b:2/crypto?authSource=x&tlsCertificateKeyFilePassword=***&y=z"))
    }

    @Test("a program that runs services may replace what its user gave")
    func replacing() throws {
        let settings = try Sample.settings(["--symbols", "a"]).replacing("brokers", with: ["127.0.0.1:5"])
            .replacing("symbols", with: ["b", "c"])
        #expect(settings.text("brokers") == "127.0.0.1:5")
        #expect(settings.list("symbols") == ["b", "c"])
    }
}
