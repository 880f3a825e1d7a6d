internal import CryptoCore
internal import ServiceKit
internal import Storage
internal import System

/// Why there is nothing to learn from, and how to mend it.
enum InputError: Error, Equatable, CustomStringConvertible {
    /// A file cannot be read.
    case unreadable(path: String, reason: String)
    /// A file holds something else than it should; line 0: the whole of it.
    case malformed(path: String, line: Int, wanted: String)
    /// The store does not answer, or holds nothing.
    case store(location: String, reason: String)
    /// No series is called so.
    case noSeries(globs: [String], known: [String])
    /// No time lies between the bounds. *Units*: ms since the epoch.
    case noTime(from: Int64, to: Int64)
    /// The rows have no times, so nothing is fresh.
    case noTimes
    /// Stop was requested first.
    case stopped

    var description: String {
        switch self {
        case .unreadable(let path, let reason): return "\(path): \(reason)"
        case .malformed(let path, let line, let wanted): return "\(path)\(line > 0 ? ", line \(line)" : ""): \(wanted)"
        case .store(let location, let reason): return "\(location): \(reason)"
        case .noSeries(let globs, let known):
            if known.isEmpty { return "there is not a single tick" }
            let shown = known.sorted().prefix(10).joined(separator: ", ") + (known.count > 10 ? ", ..." : "")
            return "no series is called \(globs.joined(separator: " or ")): there are \(shown)"
        case .noTime(let from, let to):
            return
                "no time lies between \(UTCTime.text(ms: from)) and \(UTCTime.text(ms: to)): --since must be before --until and now"
        case .noTimes: return "rows without times cannot be watched: --watch takes ticks"
        case .stopped: return "stopped before everything was read"
        }
    }
}
