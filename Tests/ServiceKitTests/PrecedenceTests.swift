import Foundation
import ServiceKit
import TestSupport
import Testing

@Suite("Where settings come from")
struct PrecedenceTests {
    /// A flag with one value per source, the command line's first, as that source writes it and as it is read.
    private struct Entry {
        let flag: any AnyFlag
        let texts: (flag: String, environment: String, file: String)
        let isRead: [@Sendable (Settings) -> Bool]

        init<Value: Equatable>(
            _ flag: Flag<Value>, _ word: String, _ variable: String, _ json: String, read: [Value]
        ) {
            self.flag = flag
            texts = (word, variable, json)
            isRead = read.map { value in { $0[flag] == value } }
        }
    }

    private static let entries = [
        Entry(Sample.interval, "2s", "3", "4", read: [2000, 3000, 4000, 60_000]),
        Entry(Sample.buffer, "2MiB", "3", "4", read: [2_097_152, 3, 4, 1_073_741_824]),
        Entry(CommonFlags.prefix, "a", "b", #""c""#, read: ["a", "b", "c", "crypto"]),
        Entry(CommonFlags.partitions, "2", "3", "4", read: [2, 3, 4, 12]),
        Entry(Sample.minutes, "2", "3", "4", read: [2, 3, 4, nil]),
        Entry(Sample.mode, "fast", "slow", #""slow""#, read: [.fast, .slow, .slow, .fast]),
        Entry(Sample.console, "true", "0", "true", read: [true, false, true, false]),
        Entry(
            Sample.symbols, "a", "b, c  d", #"["e", "f"]"#, read: [["a"], ["b", "c", "d"], ["e", "f"], ["bitcoin"]]),
        Entry(
            Sample.store, "a:1 2", "b:x y,z c:1", #"["d:1", "e:2"]"#,
            read: [["a:1 2"], ["b:x y,z", "c:1"], ["d:1", "e:2"], []]),
        Entry(
            CommonFlags.http, "1", "h:2", #""[::1]:3""#,
            read: [
                HostPort(host: "127.0.0.1", port: 1), HostPort(host: "h", port: 2), HostPort(host: "::1", port: 3),
                HostPort(host: "127.0.0.1", port: 9199),
            ]),
        Entry(
            Sample.source, "bybit", "bybit bybit-linear", #""coingecko,bybit""#,
            read: [["bybit"], ["bybit", "bybit-linear"], ["coingecko", "bybit"], ["coingecko"]]),
    ]

    @Test("flag beats environment beats file beats default, in every combination", arguments: 0..<8)
    func precedence(present: Int) throws {
        for entry in Self.entries {
            let (hasFlag, hasEnvironment, hasFile) = (present & 1 != 0, present & 2 != 0, present & 4 != 0)
            let (name, variable) = (entry.flag.spec.name, entry.flag.spec.environmentName)
            let settings = try Sample.settings(
                hasFlag ? ["--\(name)=\(entry.texts.flag)"] : [],
                environment: hasEnvironment ? [variable: entry.texts.environment] : [:],
                files: hasFile ? ["config/sampler.json": "{\"\(name)\": \(entry.texts.file)}"] : [:])
            let strongest = hasFlag ? 0 : hasEnvironment ? 1 : hasFile ? 2 : 3
            #expect(entry.isRead[strongest](settings), "\(name)")
            let sources: [Settings.Source] = [.flag, .environment, .file, .builtIn]
            #expect(settings.source(of: entry.flag) == sources[strongest])
        }
    }

    @Test("pairs of all sources are merged, the stronger source winning key by key")
    func pairs() throws {
        let settings = try Sample.settings(
            ["--kafka-config", "a=flag", "--kafka-config", "a=flag2"],
            environment: ["CRYPTO_KAFKA_CONFIG": "a=env b=env,debug=broker,topic,c=env,d"],
            files: ["config/sampler.json": #"{"kafka-config": {"a": "file", "b": "file", "e": 5, "f": true}}"#])
        let pairs = Dictionary(uniqueKeysWithValues: settings[CommonFlags.kafka].map { ($0.key, $0.value) })
        #expect(
            pairs == ["a": "flag2", "b": "env", "debug": "broker,topic", "c": "env,d", "e": "5", "f": "true"])
    }

    @Test("an empty variable is none; another program's are ignored")
    func emptyVariable() throws {
        let settings = try Sample.settings(
            [], environment: ["CRYPTO_INTERVAL": "", "CRYPTO_SLIDE": "x", "CRYPTO_CONFIG": ""])
        #expect(settings[Sample.interval] == 60_000)
    }

    @Test("a weaker source that is wrong does not matter where a stronger one is right")
    func overriddenProblem() throws {
        #expect(
            try Sample.settings(["--interval", "5"], environment: ["CRYPTO_INTERVAL": "0"])[Sample.interval]
                == 5000)
    }

    @Test(
        "the file may be named by a flag or by the environment, the flag winning, and then stands for the default one")
    func namedFile() throws {
        let files = ["config/sampler.json": #"{"prefix": "x"}"#, "a": #"{"prefix": "a"}"#, "b": #"{"prefix": "b"}"#]
        #expect(try Sample.settings([], files: files)[CommonFlags.prefix] == "x")
        #expect(try Sample.settings([], environment: ["CRYPTO_CONFIG": "a"], files: files)[CommonFlags.prefix] == "a")
        let both = try Sample.settings(["--config", "b"], environment: ["CRYPTO_CONFIG": "a"], files: files)
        #expect(both[CommonFlags.prefix] == "b")
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

    @Test("a value that follows from others counts as coming from where it came from")
    func settled() throws {
        var settings = try Sample.settings(["--symbols", "a"])
        settings.settle(Sample.symbols, to: "b c")
        settings.settle(Sample.minutes, to: "5")
        #expect(settings[Sample.symbols] == ["b", "c"] && settings.source(of: Sample.symbols) == .flag)
        #expect(settings[Sample.minutes] == 5 && settings.source(of: Sample.minutes) == .builtIn)
    }

    @Test("a flag that the program does not take is worth its default; one with another default there, that")
    func notTaken() throws {
        let settings = try Sample.settings(["--interval", "5"])
        #expect(settings[Flag.integer("other", 1...9, default: 7, help: "")] == 7)
        #expect(settings[Flag.text("other", help: "")] == nil)
        #expect(settings[CommonFlags.instance] == nil)
        #expect(settings[CommonFlags.http.with(default: "h:1", help: "")] == HostPort(host: "127.0.0.1", port: 9199))
    }

    @Test("a value comes as the type that its flag says")
    func mapped() throws {
        let lengths = Sample.symbols.map { $0.map(\.count) }
        #expect(try Sample.settings(["--symbols", "a", "bcd"])[lengths] == [1, 3])
        let level = try Sample.settings(["--log-level", "debug"])[CommonFlags.logLevel]
        #expect(level == .debug)
    }
}
