package import CryptoCore
package import ServiceKit

/// What the processor runs with.
package struct ProcessorConfiguration: Sendable {
    /// The rules of event time.
    package var windows: WindowConfiguration
    /// Its name as a static member of the group; nil: it is none.
    package var instance: String?
    /// Whether each final minute is printed.
    package var printsMinutes: Bool
    /// After so many final minutes it stops; nil: never.
    package var minutes: Int?

    /// - Throws: what in the settings does not fit together.
    package init(_ settings: Settings) throws(UsageError) {
        let slideMs = settings[ProcessorFlags.slide]
        guard WindowConfiguration.windowLength % slideMs == 0 else {
            let text = Durations.text(milliseconds: slideMs)
            throw UsageError("--slide \(text): must divide a minute, such as 1s, 5s or 10s")
        }
        let idleMs = settings[ProcessorFlags.idleTimeout]
        windows = WindowConfiguration(
            lateness: settings[ProcessorFlags.lateness], slide: slideMs, idleAfterTrade: idleMs ?? 10_000,
            idleAfterQuote: idleMs ?? 180_000)
        instance = settings[CommonFlags.instance]
        printsMinutes = settings[ProcessorFlags.console]
        minutes = settings[ProcessorFlags.minutes]
    }
}
