package import ServiceKit
internal import ServiceRuntime

/// The command line of the processor.
package enum ProcessorCommand {
    /// What `processor --help` describes.
    package static let spec = CommandSpec.service(
        usage, answering: { settings throws(UsageError) in try answer(settings) },
        own: { settings throws(UsageError) in try ProcessorConfiguration(settings) })

    private static let usage = CommandUsage(
        name: "processor",
        summary: "Turns ticks into one-minute windows and six-minute trends, exactly once.",
        flags: ProcessorFlags.all + [ProcessorFlags.reset, ProcessorFlags.yes] + CommonFlags.all(httpPort: 9102),
        examples: [
            "processor",
            "processor --brokers kafka-1:9092,kafka-2:9092 --instance processor-0",
            "processor --console --minutes 10",
            "processor --lateness 2s --slide 5s --idle-timeout 0",
            "processor --reset --brokers kafka-1:9092",
        ])

    private static func answer(_ settings: Settings) throws(UsageError) -> Answer? {
        guard settings[ProcessorFlags.reset] else {
            if settings[ProcessorFlags.yes] { throw UsageError("--yes: belongs to --reset") }
            return nil
        }
        let common = CommonConfiguration(settings)
        let asks = !settings[ProcessorFlags.yes]
        let configuration = try ProcessorConfiguration(settings)
        return { stop in
            // What goes wrong is this command's error, with librdkafka's reason in it.
            let log = Log(service: "processor", minimum: .error)
            let context = ServiceContext(service: "processor", common, stop: stop, log: log)
            return try StateReset(context, WindowStream(context, configuration), asks: asks).run()
        }
    }
}
