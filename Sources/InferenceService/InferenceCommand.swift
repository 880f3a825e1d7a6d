package import ServiceKit
internal import ServiceRuntime

/// The command line of the inference service.
package enum InferenceCommand {
    /// Where it listens when nobody says.
    package static let httpPort: UInt16 = 8000

    /// What `inference --help` describes.
    package static let spec = CommandSpec.service(
        CommandUsage(
            name: "inference",
            summary: "Answers with what models predict, over HTTP and for each tick of the stream.",
            flags: InferenceFlags.all + [InferenceFlags.reset, InferenceFlags.yes]
                + CommonFlags.all(httpPort: httpPort),
            examples: [
                "inference --models models",
                "inference --no-stream --http 0.0.0.0:8000",
                "inference --default horizon --stream horizon direction --max-age 30d",
                "inference --shadow horizon:4 --brokers kafka-1:9092 --instance inference-0",
                "inference --reset --brokers kafka-1:9092",
            ]),
        answering: { settings throws(UsageError) in try answer(settings) },
        own: { settings throws(UsageError) in try InferenceConfiguration(settings) })

    private static func answer(_ settings: Settings) throws(UsageError) -> Answer? {
        guard settings[InferenceFlags.reset] else {
            if settings[InferenceFlags.yes] { throw UsageError("--yes: belongs to --reset") }
            return nil
        }
        let common = CommonConfiguration(settings)
        let asks = !settings[InferenceFlags.yes]
        let configuration = try InferenceConfiguration(settings)
        return { stop in
            // What goes wrong is this command's error, with librdkafka's reason in it.
            let log = Log(service: "inference", minimum: .error)
            let context = ServiceContext(service: "inference", common, stop: stop, log: log)
            let models = StreamModels(ServedModels(context, configuration.choice, follows: false), configuration)
            return try StateReset(context, PredictionStream(context, configuration, models), asks: asks).run()
        }
    }
}
