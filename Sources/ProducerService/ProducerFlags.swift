internal import CryptoCore
internal import Feeds
internal import Glibc
internal import NetClient
package import ServiceKit

/// The flags that only the producer has; `pipeline` takes them over.
package enum ProducerFlags {
    package static let source = Flag.choices(
        "source", among: SourceName.allCases, value: "SOURCE", default: [.usual],
        help: "where ticks come from; several run side by side")
    static let symbols = Flag.list(
        "symbols", value: "SYMBOL", default: "bitcoin ethereum",
        help:
            "CoinGecko ids (bitcoin), tickers (BTC) or pairs (BTC-USDT); replay takes what its files hold, and splits their names at pairs given here"
    )
    static let interval = Flag.duration(
        "interval", atLeastMs: 1000, default: "60s",
        help: """
            from one poll of a price to the next; longer where the venue wants it (a CoinGecko demo key in \
            COINGECKO_DEMO_API_KEY allows more)
            """)
    static let top = Flag.integer(
        "top", 1...1000, value: "N",
        help: "\(names { $0.markets.haveTop }): the N pairs with USDT of the largest turnover instead of --symbols")
    static let backfill = Flag.duration(
        "backfill", atLeastMs: 0, orZero: true, default: "0",
        help: """
            begin with the history of so long, where the venue has it (\(names { $0.keepsTrades }): trades; \
            \(names { $0.keepsPrices }): prices); after a restart trades missing for up to an hour are asked for in any case
            """)
    package static let sample = Flag.toggle(
        "sample",
        help: """
            instead of --source: the recordings of config/sample in a loop, their sources named sample-binance, \
            sample-bybit, ...; the first lap at once, as if it had just ended, then in real time
            """)
    static let file = Flag.list(
        "file", value: "FILE",
        help: """
            recordings to replay, or trades as Bybit and Binance publish them (.csv); .gz and .zip too; several are one \
            recording, merged by receive time
            """, check: fileProblem)
    static let speed = Flag.text(
        "speed", value: "1|10|max", default: "1",
        help: "how much faster than recorded to replay; max: as fast as Kafka takes it", check: speedProblem
    ).map { speed(of: $0) ?? .times(1) }  // the check let it pass
    static let shift = Flag.choice(
        "shift", among: ReplayShift.allCases, default: .none,
        help: "now: move a replay's times by whole minutes, so that it begins now, and play nothing ahead of the clock")
    static let fromFrames = Flag.toggle(
        "from-frames",
        help: "decode the frames of a recording again instead of playing the ticks that stand beside them")
    static let loop = Flag.toggle("loop", help: "replay again and again, each lap later by whole minutes")
    static let rate = Flag.integer(
        "rate", 1...100_000_000, default: 100, help: "synthetic trades a second, all symbols together")
    static let seed = Flag.integer("seed", 0...Int.max, default: 1, help: "the same seed invents the same prices")
    static let count = Flag.integer("count", 1...Int.max, help: "stop after so many synthetic trades")
    static let endpoint = Flag.keyValues(
        "endpoint", value: "SOURCE=URL",
        help: """
            connect there instead of to the venue: a testnet, a proxy, a simulator; one address stands for WebSocket and \
            HTTP, of two of one source each for its own
            """,
        joinsRepeats: true, check: endpointProblem
    ).map { endpoints(of: $0) }
    package static let buffer = Flag.bytes(
        "buffer", default: "1GiB",
        help: """
            while Kafka is away ticks of live sources wait on the disk up to this size, all sources together; then \
            they are dropped, and a gap record says so; 0: only what fits in memory waits
            """)
    static let bufferDir = Flag.text(
        "buffer-dir", value: "DIR", help: "where they wait (default: the folder in TMPDIR, or /tmp)",
        check: folderProblem)
    static let record = Flag.text(
        "record", value: "FILE",
        help: """
            write what live sources send, as it comes, and the ticks that go out, to a file that --source replay \
            --file plays; .gz is compressed; keys are masked
            """)
    static let coins = Flag.text(
        "coins", value: "FILE",
        help: "the table of CoinGecko ids and tickers (default: config/coins.json, here or beside the program)")

    /// In the order of the help.
    package static let all: [any AnyFlag] = [
        source, symbols, interval, top, backfill, sample, file, speed, shift, loop, fromFrames, rate, seed, count,
        endpoint, buffer,
        bufferDir, record, coins,
    ]

    /// Whoever gives one of these wants certain ticks.
    package static let wishes: [any AnyFlag] = [source, symbols, endpoint, backfill, record]

    /// What `--shift` takes.
    enum ReplayShift: String, CaseIterable {
        case none, now
    }

    /// The sources of those venues, as help texts name them.
    private static func names(_ isMeant: (Venue) -> Bool) -> String {
        Venue.all.filter(isMeant).map(\.source).joined(separator: ", ")
    }

    // MARK: Checks

    private static func fileProblem(_ path: String) -> String? {
        access(path, R_OK) == 0 ? nil : "cannot be read: \(String(cString: strerror(errno)))"
    }

    private static func folderProblem(_ path: String) -> String? {
        access(path, W_OK | X_OK) == 0
            ? nil : "must be a folder that can be written: \(String(cString: strerror(errno)))"
    }

    private static func speedProblem(_ text: String) -> String? {
        speed(of: text) == nil ? "must be a number greater than 0, such as 1 or 10, or max" : nil
    }

    /// Nil when the text is no speed.
    private static func speed(of text: String) -> ReplayOptions.Speed? {
        if text == "max" { return .unlimited }
        let bytes = Array(text.utf8)
        guard let value = DecimalText.value(JSONText(offset: 0, count: bytes.count), in: bytes.span.bytes) else {
            return nil
        }
        return value > 0 && value <= 1_000_000 ? .times(value) : nil
    }

    private static func endpointProblem(_ text: String) -> String? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, SourceName(rawValue: String(parts[0]))?.venue != nil else {
            let names = SourceName.venues.map(\.rawValue).joined(separator: ", ")
            return "must be SOURCE=URL, where the source is one of: \(names)"
        }
        do throws(EndpointError) {
            _ = try endpoint(of: String(parts[1]))
            return nil
        } catch {
            return error.description
        }
    }

    /// - Parameter text: one address, or two with a space between them.
    private static func endpoint(of text: String) throws(EndpointError) -> Endpoint {
        let addresses = text.split(separator: " ").map(String.init)
        switch addresses.count {
        case 1: return try Endpoint(parsing: addresses[0])
        case 2: return try Endpoint(parsing: addresses[0], addresses[1])
        default: throw EndpointError(reason: "takes one address, or two: ws(s):// and http(s)://")
        }
    }

    private static func endpoints(of pairs: [Settings.KeyValue]) -> [SourceName: Endpoint] {
        var endpoints: [SourceName: Endpoint] = [:]
        for pair in pairs {
            guard let source = SourceName(rawValue: pair.key) else { continue }
            endpoints[source] = try? endpoint(of: pair.value)
        }
        return endpoints
    }
}
