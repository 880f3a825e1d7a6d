internal import ProcessorService
internal import ProducerService
package import ServiceKit
internal import SinkService

/// The command line of the pipeline: the flags of all services, with what fits one machine as defaults.
package enum PipelineCommand {
    /// What `pipeline --help` describes.
    package static let spec = CommandSpec(
        name: "pipeline",
        summary: "Runs producer, processor and sink in one process, with a broker inside, into SQLite.",
        flags: flags,
        examples: [
            "pipeline",
            "pipeline --sample --minutes 2 --store sqlite:x.db",
            "pipeline --source bybit --symbols BTC ETH SOL --console",
            "pipeline --brokers localhost:9092 --store mongodb://localhost/crypto",
        ],
        settle: { settle($0) },
        validate: { settings in
            (ProducerCommand.spec.validate?(settings) ?? [])
                + (ProcessorCommand.spec.validate?(settings) ?? []) + (SinkCommand.spec.validate?(settings) ?? [])
        },
        answer: { try ProducerCommand.answer($0, $1) })

    /// Defaults that follow from other settings: the sample has a database of its own, the broker inside few partitions.
    static func settle(_ settings: Settings) -> Settings {
        var settings = settings
        if settings.isOn("sample"), settings.source(of: "store") == .builtIn {
            settings = settings.replacing("store", with: ["sqlite:crypto-sample.db"])
        }
        if !settings.has("partitions") {
            let count = settings.has("brokers") ? 12 : EmbeddedKafka.usualPartitions
            settings = settings.replacing("partitions", with: ["\(count)"])
        }
        return settings
    }

    /// Flags that mean something else here than in the service that has them.
    private static let ownFlags = [
        Flag(
            "brokers", .text, value: "HOST:PORT,...",
            help: "a real Kafka in place of the broker inside", isCommon: true),
        Flag(
            "partitions", .integer(1...10_000),
            help: "partitions of the topics that are made at start (default: 4 inside, 12 on a real Kafka)",
            isCommon: true),
    ]

    private static var flags: [Flag] {
        var flags = [
            Flag(
                "kafka-port", .integer(0...65_535), value: "PORT", default: "0",
                help: "the port of 127.0.0.1 where other programs find the broker inside; 0: any that is free",
                isCommon: true)
        ]
        let services =
            ProducerCommand.ownFlags + ProducerCommand.questions + ProcessorCommand.ownFlags + SinkCommand.ownFlags
        for flag in services + CommonFlags.all(httpPort: 9100) where !flags.contains(where: { $0.name == flag.name }) {
            flags.append(ownFlags.first { $0.name == flag.name } ?? adapted(flag))
        }
        return flags
    }

    private static func adapted(_ flag: Flag) -> Flag {
        switch flag.name {
        case "source":
            flag.with(
                default: "bybit",
                help: """
                    \(flag.help); when none of --source, --symbols, --endpoint, --backfill, --record, --brokers and --store \
                    is given and bybit cannot be reached at the start, --sample; what was asked for is waited for
                    """)
        case "store":
            flag.with(default: "sqlite:crypto.db", help: "\(flag.help); of --sample: sqlite:crypto-sample.db")
        default: flag
        }
    }
}
