internal import CryptoCore
internal import ServiceKit

/// A time that somebody typed: `7d` before now, or `2026-01-31T12:00Z`.
enum TimeBound: Equatable, Sendable {
    /// So long before the present. *Units*: ms.
    case before(Int64)
    /// *Units*: ms since the epoch.
    case at(Int64)

    init?(_ text: String) {
        if let ms = UTCTime.ms(text) {
            self = .at(ms)
        } else if text.last?.isLetter == true, let ms = Durations.milliseconds(text) {
            self = .before(ms)
        } else {
            return nil
        }
    }

    static func problem(in text: String) -> String? {
        TimeBound(text) == nil
            ? "must be a length of time before now, such as 7d or 12h, or a time such as 2026-01-31 or 2026-01-31T12:00Z"
            : nil
    }

    /// Whether it is earlier than another one, whatever the present; true where that depends on it.
    func isBefore(_ other: TimeBound) -> Bool {
        switch (self, other) {
        case (.before(let ms), .before(let later)): ms > later
        case (.at(let ms), .at(let later)): ms < later
        default: true
        }
    }

    /// *Units*: ms since the epoch.
    func ms(nowMs: Int64) -> Int64 {
        switch self {
        case .before(let ms): nowMs - ms
        case .at(let ms): ms
        }
    }
}
