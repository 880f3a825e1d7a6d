/// The flags that every service has.
package enum CommonFlags {
    /// Brokers, prefix, partitions, HTTP address, Kafka properties, log level, configuration file.
    package static func all(httpPort: UInt16) -> [Flag] {
        [
            Flag(
                "brokers", .text, value: "HOST:PORT,...", default: "localhost:9092",
                help: "Kafka brokers to start from, separated by commas", isCommon: true, check: brokersProblem),
            Flag(
                "prefix", .text, value: "PREFIX", default: "crypto",
                help: "what the names of all topics and groups start with", isCommon: true, check: prefixProblem),
            Flag(
                "partitions", .integer(1...10_000), default: "12",
                help: "partitions of the topics that are missing and made at start", isCommon: true),
            Flag(
                "http", .hostPort, default: "127.0.0.1:\(httpPort)",
                help: "where /health/live, /health/ready and /metrics answer; port 0 takes any free one and prints it",
                isCommon: true),
            Flag(
                "kafka-config", .keyValues,
                help: "any librdkafka property (TLS, SASL, ...); may be repeated", isCommon: true),
            Flag(
                "log-level", .choice(Log.Level.allCases.map(\.name), several: false), default: "info",
                help: "how much to log to stderr", isCommon: true),
            Flag(
                "config", .text, value: "FILE",
                help: "JSON object of settings whose keys are flag names", isCommon: true),
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

    private static func brokersProblem(_ text: String) -> String? {
        let isGood = text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { broker in
            !broker.isEmpty && !broker.contains(where: \.isWhitespace)
        }
        return isGood ? nil : "must be HOST:PORT, several separated by commas, such as localhost:9092"
    }
}
