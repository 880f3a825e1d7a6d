/// The flags that every service has.
package enum CommonFlags {
    package static let brokers = Flag.text(
        "brokers", value: "HOST:PORT,...", default: "localhost:9092",
        help: "Kafka brokers to start from, separated by commas", check: brokersProblem
    ).common
    package static let prefix = Flag.text(
        "prefix", value: "PREFIX", default: "crypto", help: "what the names of all topics and groups start with",
        check: prefixProblem
    ).common
    package static let partitions = Flag.integer(
        "partitions", 1...10_000, default: 12, help: "partitions of the topics that are missing and made at start"
    ).common
    /// Each service has a port of its own as default: see `all`.
    package static let http = Flag.hostPort("http", default: "127.0.0.1:0", help: httpHelp).common
    package static let hosts = Flag.list(
        "hosts", value: "NAME",
        help: "names with a dot by which clients call it, such as dash.example.org; any other name is answered 421",
        check: hostsProblem
    ).common
    package static let kafka = Flag.keyValues(
        "kafka-config", help: "any librdkafka property (TLS, SASL, ...); may be repeated"
    ).common
    package static let logLevel = Flag.choice(
        "log-level", among: Log.Level.allCases, named: \.name, default: .info, help: "how much to log to stderr"
    ).common
    package static let config = Flag.text(
        "config", value: "FILE", help: "JSON object of settings whose keys are flag names"
    ).common

    /// Of services that are members of a consumer group.
    package static let instance = Flag.text(
        "instance", value: "NAME", help: "be a static member of the group that keeps its place over a restart")

    private static let httpHelp =
        "where /health/live, /health/ready and /metrics answer; port 0 takes any free one and prints it"

    /// Brokers, prefix, partitions, HTTP address and names, Kafka properties, log level, configuration file.
    package static func all(httpPort: UInt16) -> [any AnyFlag] {
        [
            brokers, prefix, partitions, http.with(default: "127.0.0.1:\(httpPort)", help: httpHelp), hosts, kafka,
            logLevel, config,
        ]
    }

    /// Kafka allows letters, digits, `.`, `_` and `-`, and 249 bytes for a whole name.
    private static func prefixProblem(_ text: String) -> String? {
        let isAllowed = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
        }
        if !isAllowed { return "must have only letters, digits, '.', '_' and '-', as Kafka's topic names" }
        return text.utf8.count > 200 ? "must be at most 200 characters" : nil
    }

    private static func hostsProblem(_ text: String) -> String? {
        let isName = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !":/?#@*[]".utf8.contains($0) }
        return isName ? nil : "must be a name alone, without scheme, port or *, such as dash.example.org"
    }

    private static func brokersProblem(_ text: String) -> String? {
        let isGood = text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { broker in
            !broker.isEmpty && !broker.contains(where: \.isWhitespace)
        }
        return isGood ? nil : "must be HOST:PORT, several separated by commas, such as localhost:9092"
    }
}

/// What the flags of every service say.
package struct CommonConfiguration: Sendable {
    /// Kafka brokers to start from, separated by commas.
    package var brokers: String
    /// What the names of all topics and groups start with.
    package var prefix: String
    /// Partitions of the topics that are missing and made at start.
    package var partitions: Int
    /// Where `/health` and `/metrics` answer.
    package var http: HostPort
    /// Names by which clients call the service, beside those that no stranger can have.
    package var hosts: [String]
    /// librdkafka's properties that somebody wants otherwise.
    package var kafka: [Settings.KeyValue]
    /// How much to log.
    package var logLevel: Log.Level

    package init(_ settings: Settings) {
        brokers = settings[CommonFlags.brokers]
        prefix = settings[CommonFlags.prefix]
        partitions = settings[CommonFlags.partitions]
        http = settings[CommonFlags.http]
        hosts = settings[CommonFlags.hosts]
        kafka = settings[CommonFlags.kafka]
        logLevel = settings[CommonFlags.logLevel]
    }
}
