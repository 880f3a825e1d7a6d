internal import CryptoCore
internal import Feeds
internal import Glibc
package import ServiceKit

/// The command line of the producer.
package enum ProducerCommand {
    /// What `producer --help` describes.
    package static let spec = CommandSpec(
        name: "producer",
        summary: "Brings prices and trades from exchanges, recordings or a generator to Kafka.",
        flags: ownFlags + questions + CommonFlags.all(httpPort: 9101),
        examples: [
            "producer --symbols bitcoin ethereum --interval 60",
            "producer --source bybit binance coinbase kraken --symbols BTC ETH SOL",
            "producer --source binance --symbols BTC --backfill 24h",
            "producer --source binance-24h --top 50",
            "producer --source replay --file config/sample/binance-spot-btcusdt-20230405.txt --speed max",
            "producer --source replay --file day.jsonl.gz --shift now --loop",
            "producer --sample",
            "producer --source binance --symbols BTC --record day.jsonl.gz",
            "producer --source synthetic --symbols BTC ETH --rate 10000 --seed 7 --count 1000000",
            "producer --source bybit --endpoint bybit=wss://stream-testnet.bybit.com",
            "producer --list-symbols kraken",
        ],
        validate: { isQuestion($0) ? [] : problems($0) },
        answer: { try answer($0, $1) })

    /// Problems between flags that are each right by themselves; `pipeline` asks too.
    package static func problems(_ settings: Settings) -> [String] { ProducerPlan(settings).problems }

    /// The flags that only the producer has; `pipeline` takes them over.
    package static let ownFlags: [Flag] = [
        Flag(
            "source", .choice(SourceName.allCases.map(\.rawValue), several: true), value: "SOURCE",
            default: "coingecko", help: "where ticks come from; several run side by side"),
        Flag(
            "symbols", .list, value: "SYMBOL", default: "bitcoin ethereum",
            help: "CoinGecko ids (bitcoin), tickers (BTC) or pairs (BTC-USDT); replay takes what its files hold"),
        Flag(
            "interval", .duration(minimumMs: 1000, allowsZero: false), default: "60s",
            help: """
                from one poll of a price to the next; longer where the venue wants it (a CoinGecko demo key in \
                COINGECKO_DEMO_API_KEY allows more)
                """),
        Flag(
            "top", .integer(1...1000), value: "N",
            help: "binance-24h: the N pairs with USDT of the largest turnover instead of --symbols"),
        Flag(
            "backfill", .duration(minimumMs: 0, allowsZero: true), default: "0",
            help: """
                begin with the history of so long, where the venue has it (binance, coinbase, kraken: trades; coingecko: \
                prices); after a restart trades missing for up to an hour are asked for in any case
                """),
        Flag(
            "sample", .toggle,
            help: """
                instead of --source: the recordings of config/sample in a loop, their sources named sample-binance, \
                sample-bybit, ...; the first lap at once, as if it had just ended, then in real time
                """),
        Flag("file", .list, value: "FILE", help: "recorded frames or ticks to replay, .gz too", check: fileProblem),
        Flag(
            "speed", .text, value: "1|10|max", default: "1",
            help: "how much faster than recorded to replay; max: as fast as Kafka takes it", check: speedProblem),
        Flag(
            "shift", .choice(["none", "now"], several: false), default: "none",
            help:
                "now: move a replay's times by whole minutes, so that it begins now, and play nothing ahead of the clock"
        ),
        Flag("loop", .toggle, help: "replay again and again, each lap later by whole minutes"),
        Flag(
            "rate", .integer(1...100_000_000), default: "100", help: "synthetic trades a second, all symbols together"),
        Flag("seed", .integer(0...Int64.max), default: "1", help: "the same seed invents the same prices"),
        Flag("count", .integer(1...Int64.max), help: "stop after so many synthetic trades"),
        Flag(
            "endpoint", .keyValues, value: "SOURCE=URL",
            help: "connect there instead of to the venue: a testnet, a proxy, a simulator", check: endpointProblem),
        Flag(
            "buffer", .bytes, default: "1GiB",
            help: """
                while Kafka is away ticks of live sources wait on the disk up to this size, all sources together; then \
                they are dropped, and a gap record says so; 0: only what fits in memory waits
                """),
        Flag(
            "buffer-dir", .text, value: "DIR", help: "where they wait (default: the folder in TMPDIR, or /tmp)",
            check: folderProblem),
        Flag(
            "record", .text, value: "FILE",
            help: """
                write what live sources send, as it comes, to a file that --source replay --file plays; .gz is \
                compressed; keys are masked
                """),
        Flag(
            "coins", .text, value: "FILE",
            help: "the table of CoinGecko ids and tickers (default: config/coins.json, here or beside the program)"),
    ]

    private static func fileProblem(_ path: String) -> String? {
        access(path, R_OK) == 0 ? nil : "cannot be read: \(String(cString: strerror(errno)))"
    }

    private static func folderProblem(_ path: String) -> String? {
        access(path, W_OK | X_OK) == 0
            ? nil : "must be a folder that can be written: \(String(cString: strerror(errno)))"
    }

    /// Where ticks wait while Kafka is away.
    static func bufferFolder(_ settings: Settings) -> String {
        if let folder = settings.optionalText("buffer-dir") { return folder }
        let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        return temporary.isEmpty ? "/tmp" : temporary
    }

    private static func speedProblem(_ text: String) -> String? {
        ProducerPlan.speed(text) == nil ? "must be a number greater than 0, such as 1 or 10, or max" : nil
    }

    private static func endpointProblem(_ text: String) -> String? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let source = SourceName(rawValue: String(parts[0])), source.hasAddress else {
            let names = SourceName.allCases.filter(\.hasAddress).map(\.rawValue).joined(separator: ", ")
            return "must be SOURCE=URL, where the source is one of: \(names)"
        }
        do throws(EndpointError) {
            _ = try Endpoint(parsing: String(parts[1]))
            return nil
        } catch {
            return error.description
        }
    }
}

/// The sources that `--source` takes.
enum SourceName: String, CaseIterable, Sendable {
    case bybit
    case bybitLinear = "bybit-linear"
    case binance
    case binance24h = "binance-24h"
    case coinbase
    case kraken
    case coincap
    case coingecko
    case replay
    case synthetic

    /// Whether it is somewhere on the network.
    var hasAddress: Bool { self != .replay && self != .synthetic }

    /// Whether it goes on without us: what is not taken in time is lost.
    var isLive: Bool { hasAddress }

    /// The quote where a symbol has none.
    var defaultQuote: String { lister?.profile.defaultQuote ?? "USDT" }
}
