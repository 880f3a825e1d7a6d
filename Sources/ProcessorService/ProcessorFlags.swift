package import ServiceKit

/// The flags that only the processor has.
package enum ProcessorFlags {
    static let lateness = Flag.duration(
        "lateness", atLeastMs: 0, orZero: true, default: "5s",
        help: "how long a window waits for ticks that come out of order")
    static let slide = Flag.duration(
        "slide", atLeastMs: 1, default: "10s", help: "from one sliding window to the next; must divide a minute")
    static let idleTimeout = Flag.duration(
        "idle-timeout", atLeastMs: 0, orZero: true,
        help: """
            a series without a tick for so long is quiet, and its windows close by the clock; 0 = never \
            (default 10s after a trade, 180s after a quote)
            """)
    static let console = Flag.toggle("console", help: "print a table of each minute that becomes final")
    static let minutes = Flag.integer("minutes", 1...1_000_000, help: "stop after so many final minutes of event time")

    /// In the order of the help; `pipeline` takes them over.
    package static let all: [any AnyFlag] = [lateness, slide, idleTimeout, CommonFlags.instance, console, minutes]

    // What mends topics, state and offsets that do not fit together; only for a program of its own.
    static let reset = Flag.toggle(
        "reset",
        help: """
            add partitions to topics that have fewer than the others, and where state and offsets do not fit delete both, \
            so that the processor starts anew; says what it will do, asks, and ends
            """
    ).question
    static let yes = Flag.toggle("yes", help: "with --reset: do not ask").question
}
