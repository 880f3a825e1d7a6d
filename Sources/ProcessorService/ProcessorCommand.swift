package import CryptoCore
package import ServiceKit

/// The command line of the processor.
package enum ProcessorCommand {
    /// What `processor --help` describes.
    package static let spec = CommandSpec(
        name: "processor",
        summary: "Turns ticks into one-minute windows and six-minute trends, exactly once.",
        flags: ownFlags + CommonFlags.all(httpPort: 9102),
        examples: [
            "processor",
            "processor --brokers kafka-1:9092,kafka-2:9092 --instance processor-0",
            "processor --console --minutes 10",
            "processor --lateness 2s --slide 5s --idle-timeout 0",
        ],
        validate: { settings in
            let slide = settings.durationMs("slide")
            guard WindowConfiguration.windowLength % slide != 0 else { return [] }
            return ["--slide \(Durations.text(milliseconds: slide)): must divide a minute, such as 1s, 5s or 10s"]
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

    /// The rules of event time that the settings choose.
    package static func windows(_ settings: Settings) -> WindowConfiguration {
        let idle = settings.optionalDurationMs("idle-timeout")
        return WindowConfiguration(
            lateness: settings.durationMs("lateness"), slide: settings.durationMs("slide"),
            idleAfterTrade: idle ?? 10_000, idleAfterQuote: idle ?? 180_000)
    }
}
