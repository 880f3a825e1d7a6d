package import ServiceKit
internal import ServiceRuntime

/// The command line of the inference service.
package enum InferenceCommand {
    /// Where it listens when nobody says.
    package static let httpPort: UInt16 = 8000

    private static let reset = ResetQuestion(of: "inference", "so that the stream begins anew")

    /// What `inference --help` describes.
    package static let spec = CommandSpec.service(
        CommandUsage(
            name: "inference",
            summary: "Answers with what models predict, over HTTP and for each tick of the stream.",
            flags: InferenceFlags.all + reset.flags + CommonFlags.all(httpPort: httpPort),
            examples: [
                "inference --models models",
                "inference --no-stream --http 0.0.0.0:8000",
                "inference --default horizon --stream horizon direction --max-age 30d",
                "inference --shadow horizon:4 --brokers kafka-1:9092 --instance inference-0",
                "inference --reset --brokers kafka-1:9092",
            ]),
        answering: { settings throws(UsageError) in
            try reset.answer(settings) { settings throws(UsageError) in
                let configuration = try InferenceConfiguration(settings)
                return { context in
                    let served = ServedModels(context, configuration.choice, follows: false)
                    return PredictionStream(context, configuration, StreamModels(served, configuration))
                }
            }
        },
        own: { settings throws(UsageError) in try InferenceConfiguration(settings) })
}
