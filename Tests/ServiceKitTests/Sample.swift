import ServiceKit

/// A program that does not exist, with a flag of each kind.
enum Sample {
    static let spec = CommandSpec(
        name: "sampler", summary: "takes samples of everything",
        flags: [
            Flag(
                "symbols", .list, value: "SYMBOL", default: "bitcoin",
                help: "coins to watch: CoinGecko ids, tickers or pairs"),
            Flag(
                "interval", .duration(minimumMs: 1000, allowsZero: false), default: "60", help: "time between two polls"
            ),
            Flag("idle-timeout", .duration(minimumMs: 1000, allowsZero: true), default: "10s", help: "0 is never"),
            Flag(
                "source", .choice(["bybit", "bybit-linear", "coingecko", "replay"], several: true),
                default: "coingecko", help: "where prices come from"),
            Flag("mode", .choice(["fast", "slow"], several: false), default: "fast", help: "how to go about it"),
            Flag("console", .toggle, help: "print a table each minute"),
            Flag("file", .text, value: "FILE", help: "recording to replay"),
            Flag("buffer", .bytes, default: "1GiB", help: "what may lie on the disk"),
            Flag("minutes", .integer(1...1440), help: "stop after so many final minutes"),
            Flag(
                "store", .uris,
                help: "where records go; an unusually long sentence that shows how the help breaks its lines",
                check: { $0.contains(":") ? nil : "must be a URI, such as sqlite:crypto.db" }),
        ] + CommonFlags.all(httpPort: 9199),
        examples: ["sampler --symbols bitcoin ethereum --interval 60", "sampler --source replay --file ticks.json"],
        validate: { settings in
            let needsFile = settings.list("source").contains("replay") && settings.optionalText("file") == nil
            return needsFile ? ["--source replay: needs --file FILE"] : []
        })

    static func parse(
        _ arguments: [String], environment: [String: String] = [:], files: [String: String] = [:]
    ) -> ParseResult {
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
        let result: ParseResult
    }
}
