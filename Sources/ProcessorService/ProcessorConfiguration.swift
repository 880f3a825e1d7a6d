package import CryptoCore
package import ServiceKit
internal import ServiceRuntime

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
        windows = try EventTimeFlags.windows(settings)
        instance = settings[CommonFlags.instance]
        printsMinutes = settings[ProcessorFlags.console]
        minutes = settings[ProcessorFlags.minutes]
    }
}
