import ServiceKit

/// A program that does not exist, with a flag of each kind.
enum Sample {
    static let symbols = Flag.list(
        "symbols", value: "SYMBOL", default: "bitcoin", help: "coins to watch: CoinGecko ids, tickers or pairs")
    static let interval = Flag.duration(
        "interval", atLeastMs: 1000, default: "60", help: "time between two polls")
    static let idleTimeout = Flag.duration(
        "idle-timeout", atLeastMs: 1000, orZero: true, default: "10s", help: "0 is never")
    static let source = Flag.choices(
        "source", among: ["bybit", "bybit-linear", "coingecko", "replay"], default: "coingecko",
        help: "where prices come from")
    static let mode = Flag.choice("mode", among: Mode.allCases, default: .fast, help: "how to go about it")
    static let console = Flag.toggle("console", help: "print a table each minute")
    static let file = Flag.text("file", value: "FILE", help: "recording to replay")
    static let buffer = Flag.bytes("buffer", default: "1GiB", help: "what may lie on the disk")
    static let minutes = Flag.integer("minutes", 1...1440, help: "stop after so many final minutes")
    static let store = Flag.uris(
        "store", help: "where records go; an unusually long sentence that shows how the help breaks its lines",
        check: { $0.contains(":") ? nil : "must be a URI, such as sqlite:crypto.db" })

    enum Mode: String, CaseIterable {
        case fast, slow
    }

    static let usage = CommandUsage(
        name: "sampler", summary: "takes samples of everything",
        flags: [
            symbols, interval, idleTimeout, source, mode, console, file, buffer, minutes, store,
        ] + CommonFlags.all(httpPort: 9199),
        examples: ["sampler --symbols bitcoin ethereum --interval 60", "sampler --source replay --file ticks.json"])

    static let spec = CommandSpec<Settings>(usage) { settings throws(UsageError) in
        if settings[source].contains("replay"), settings[file] == nil {
            throw UsageError("--source replay: needs --file FILE")
        }
        return settings
    }

    static func parse(
        _ arguments: [String], environment: [String: String] = [:], files: [String: String] = [:]
    ) -> ParseResult<Settings> {
        CommandLineParser.parse(spec, arguments: arguments, environment: environment) { path in
            files[path].map { .bytes(Array($0.utf8)) } ?? .absent
        }
    }

    /// The settings; a usage problem becomes a thrown error that shows it.
    static func settings(
        _ arguments: [String], environment: [String: String] = [:], files: [String: String] = [:]
    ) throws -> Settings {
        switch parse(arguments, environment: environment, files: files) {
        case .run(let settings): settings
        case let other: throw Unexpected(result: other)
        }
    }

    /// The problems; none when the program would run.
    static func problems(
        _ arguments: [String], environment: [String: String] = [:], files: [String: String] = [:]
    ) -> [String] {
        if case .usage(let problems) = parse(arguments, environment: environment, files: files) { problems } else { [] }
    }

    static func shown(_ arguments: [String], files: [String: String] = [:]) throws -> String {
        switch parse(arguments, files: files) {
        case .show(let text): text
        case let other: throw Unexpected(result: other)
        }
    }

    struct Unexpected: Error {
        let result: ParseResult<Settings>
    }
}
