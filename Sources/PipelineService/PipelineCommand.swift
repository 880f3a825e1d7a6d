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
        validate: { settings in
            let isChosen = settings.source(of: "source") != .builtIn && !settings.isOn("sample")
            return (isChosen ? ProducerCommand.spec.validate?(settings) ?? [] : [])
                + (ProcessorCommand.spec.validate?(settings) ?? []) + (SinkCommand.spec.validate?(settings) ?? [])
        },
        answer: { try ProducerCommand.answer($0, $1) })

    private static var flags: [Flag] {
        var flags = [
            Flag("sample", .toggle, help: "play the recordings of config/sample in a loop"),
            Flag(
                "brokers", .text, value: "HOST:PORT,...",
                help: "a real Kafka in place of the broker inside", isCommon: true),
            Flag(
                "kafka-port", .integer(0...65_535), value: "PORT", default: "0",
                help: "the port of 127.0.0.1 where other programs find the broker inside; 0: any that is free",
                isCommon: true),
            Flag(
                "partitions", .integer(1...10_000),
                help: "partitions of the topics that are made at start (default: 4 inside, 12 on a real Kafka)",
                isCommon: true),
        ]
        let services =
            ProducerCommand.ownFlags + ProducerCommand.questions + ProcessorCommand.ownFlags + SinkCommand.ownFlags
        for flag in services + CommonFlags.all(httpPort: 9100) where !flags.contains(where: { $0.name == flag.name }) {
            flags.append(flag.name == "store" ? storeFlag(like: flag) : flag)
        }
        return flags
    }

    private static func storeFlag(like flag: Flag) -> Flag {
        Flag(
            flag.name, flag.kind, value: flag.valueName, default: "sqlite:crypto.db", help: flag.help, check: flag.check
        )
    }
}
