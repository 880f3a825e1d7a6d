package import ServiceKit
internal import ServiceRuntime

/// The command line of the processor.
package enum ProcessorCommand {
    /// What `processor --help` describes.
    package static let spec = CommandSpec.service(
        usage,
        answering: { settings throws(UsageError) in
            try reset.answer(settings) { settings throws(UsageError) in
                let configuration = try ProcessorConfiguration(settings)
                return { WindowStream($0, configuration) }
            }
        },
        own: { settings throws(UsageError) in try ProcessorConfiguration(settings) })

    private static let reset = ResetQuestion(of: "processor", "so that the processor starts anew")

    private static let usage = CommandUsage(
        name: "processor",
        summary: "Turns ticks into one-minute windows, six-minute trends and technical indicators, exactly once.",
        flags: ProcessorFlags.all + reset.flags + CommonFlags.all(httpPort: 9102),
        examples: [
            "processor",
            "processor --brokers kafka-1:9092,kafka-2:9092 --instance processor-0",
            "processor --console --minutes 10",
            "processor --lateness 2s --slide 5s --idle-timeout 0",
            "processor --reset --brokers kafka-1:9092",
        ])
}
