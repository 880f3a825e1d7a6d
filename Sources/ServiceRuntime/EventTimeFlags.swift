package import CryptoCore
package import ServiceKit

/// The flags of services that close minutes by event time.
package enum EventTimeFlags {
    package static let lateness = Flag.duration(
        "lateness", atLeastMs: 0, orZero: true, default: "5s",
        help: "how long a window waits for ticks that come out of order")
    package static let slide = Flag.duration(
        "slide", atLeastMs: 1, default: "10s", help: "from one sliding window to the next; must divide a minute")
    package static let idleTimeout = Flag.duration(
        "idle-timeout", atLeastMs: 0, orZero: true,
        help: """
            a series without a tick for so long is quiet, and its windows close by the clock; 0 = never \
            (default 10s after a trade, 180s after a quote)
            """)

    /// The rules of event time that the settings ask for.
    /// - Throws: the slide does not divide a minute.
    package static func windows(_ settings: Settings) throws(UsageError) -> WindowConfiguration {
        let slideMs = settings[slide]
        guard WindowConfiguration.windowLength % slideMs == 0 else {
            let text = Durations.text(milliseconds: slideMs)
            throw UsageError("--slide \(text): must divide a minute, such as 1s, 5s or 10s")
        }
        let idleMs = settings[idleTimeout]
        return WindowConfiguration(
            lateness: settings[lateness], slide: slideMs, idleAfterTrade: idleMs ?? 10_000,
            idleAfterQuote: idleMs ?? 180_000)
    }
}
