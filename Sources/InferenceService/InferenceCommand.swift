package import ServiceKit

/// The command line of the inference service.
package enum InferenceCommand {
    /// Where it listens when nobody says.
    package static let httpPort: UInt16 = 8000

    /// What `inference --help` describes.
    package static let spec = CommandSpec.service(
        CommandUsage(
            name: "inference",
            summary: "Answers with what models predict, over HTTP and for each tick of the stream.",
            flags: InferenceFlags.all + CommonFlags.all(httpPort: httpPort),
            examples: [
                "inference --models models",
                "inference --no-stream --http 0.0.0.0:8000",
                "inference --default horizon --stream horizon direction --max-age 30d",
                "inference --shadow horizon:4 --brokers kafka-1:9092 --instance inference-0",
            ]),
        own: { settings throws(UsageError) in try InferenceConfiguration(settings) })
}
