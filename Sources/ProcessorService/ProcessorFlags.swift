package import ServiceKit
internal import ServiceRuntime

/// The flags that only the processor has.
package enum ProcessorFlags {
    static let console = Flag.toggle("console", help: "print a table of each minute that becomes final")
    static let minutes = Flag.integer("minutes", 1...1_000_000, help: "stop after so many final minutes of event time")

    /// In the order of the help; `pipeline` takes them over.
    package static let all: [any AnyFlag] = [
        EventTimeFlags.lateness, EventTimeFlags.slide, EventTimeFlags.idleTimeout, CommonFlags.instance, console,
        minutes,
    ]
}
