package import CryptoCore
package import ServiceKit
internal import ServiceRuntime

/// The command line of the processor.
package enum ProcessorCommand {
    /// What `processor --help` describes.
    package static let spec = CommandSpec(
        name: "processor",
        summary: "Turns ticks into one-minute windows and six-minute trends, exactly once.",
        flags: ownFlags + resetFlags + CommonFlags.all(httpPort: 9102),
        examples: [
            "processor",
            "processor --brokers kafka-1:9092,kafka-2:9092 --instance processor-0",
            "processor --console --minutes 10",
            "processor --lateness 2s --slide 5s --idle-timeout 0",
            "processor --reset --brokers kafka-1:9092",
        ],
        validate: { settings in
            let slide = settings.durationMs("slide")
            guard WindowConfiguration.windowLength % slide != 0 else { return [] }
            return ["--slide \(Durations.text(milliseconds: slide)): must divide a minute, such as 1s, 5s or 10s"]
        },
        answer: { settings, stop in
            guard settings.isOn("reset") else {
                if settings.isOn("yes") { throw UsageError("--yes: belongs to --reset") }
                return nil
            }
            // What goes wrong is this command's error, with librdkafka's reason in it.
            let log = Log(service: "processor", minimum: .error)
            let context = ServiceContext(service: "processor", settings: settings, stop: stop, log: log)
            return try StateReset(context: context, configuration: windows(settings)).run()
        })

    /// The flags that only the processor has; `pipeline` takes them over.
    package static let ownFlags: [Flag] = [
        Flag(
            "lateness", .duration(minimumMs: 0, allowsZero: true), default: "5s",
            help: "how long a window waits for ticks that come out of order"),
        Flag(
            "slide", .duration(minimumMs: 1, allowsZero: false), default: "10s",
            help: "from one sliding window to the next; must divide a minute"),
        Flag(
            "idle-timeout", .duration(minimumMs: 0, allowsZero: true),
            help: """
                a series without a tick for so long is quiet, and its windows close by the clock; 0 = never \
                (default 10s after a trade, 180s after a quote)
                """),
        Flag(
            "instance", .text, value: "NAME",
            help: "be a static member of the group that keeps its place over a restart"),
        Flag("console", .toggle, help: "print a table of each minute that becomes final"),
        Flag("minutes", .integer(1...1_000_000), help: "stop after so many final minutes of event time"),
    ]

    /// What mends topics, state and offsets that do not fit together; only for a program of its own.
    private static let resetFlags: [Flag] = [
        Flag(
            "reset", .toggle,
            help: """
                add partitions to topics that have fewer than the others, and where state and offsets do not fit delete both, \
                so that the processor starts anew; says what it will do, asks, and ends
                """, isQuestion: true),
        Flag("yes", .toggle, help: "with --reset: do not ask", isQuestion: true),
    ]

    /// The rules of event time that the settings choose.
    package static func windows(_ settings: Settings) -> WindowConfiguration {
        let idle = settings.optionalDurationMs("idle-timeout")
        return WindowConfiguration(
            lateness: settings.durationMs("lateness"), slide: settings.durationMs("slide"),
            idleAfterTrade: idle ?? 10_000, idleAfterQuote: idle ?? 180_000)
    }
}
