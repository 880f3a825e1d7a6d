internal import CryptoCore
internal import Glibc

/// Which ticks are wanted.
struct InputFilter: Sendable, Equatable {
    /// Patterns of series; none: every series.
    var globs: [String] = []
    /// The first time wanted. *Units*: ms since the epoch.
    var from = Int64.min
    /// The first time behind them.
    var to = Int64.max

    /// Whether a series' name matches a pattern, as a shell matches names.
    func takes(_ series: Series) -> Bool {
        globs.isEmpty || globs.contains { fnmatch($0, series.description, 0) == 0 }
    }

    func takes(time: Int64) -> Bool { time >= from && time < to }
}
