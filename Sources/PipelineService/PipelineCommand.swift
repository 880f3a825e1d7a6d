internal import ProducerService
package import ServiceKit
internal import SinkService

/// The command line of the pipeline.
package enum PipelineCommand {
    /// What `pipeline --help` describes.
    package static let spec = CommandSpec.service(
        usage, settle: { settle(&$0) },
        answering: { settings throws(UsageError) in ProducerCommand.answer(settings) },
        own: { settings throws(UsageError) in try PipelineConfiguration(settings) })

    private static let usage = CommandUsage(
        name: "pipeline",
        summary: "Runs producer, processor, inference and sink in one process, with a broker inside, into SQLite.",
        flags: PipelineFlags.all,
        examples: [
            "pipeline",
            "pipeline --sample --minutes 2 --store sqlite:x.db",
            "pipeline --source bybit --symbols BTC ETH SOL --console",
            "pipeline --source bybit --symbols BTC --models models",
            "pipeline --rules config/alerts.json --webhook https://example.com/hook",
            "pipeline --brokers localhost:9092 --store mongodb://localhost/crypto",
        ])

    /// Defaults that follow from other settings: the sample has a database of its own, the broker inside few partitions.
    private static func settle(_ settings: inout Settings) {
        if settings[ProducerFlags.sample], settings.source(of: SinkFlags.store) == .builtIn {
            settings.settle(SinkFlags.store, to: PipelineConfiguration.sampleStore)
        }
        if settings[PipelineFlags.partitions] == nil {
            let count = settings[PipelineFlags.brokers] == nil ? EmbeddedKafka.usualPartitions : 12
            settings.settle(PipelineFlags.partitions, to: "\(count)")
        }
    }
}
