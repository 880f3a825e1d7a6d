/// Whether series that are met may have lost their first ticks with records that were removed unread.
///
/// Its life: `none`; `met` when records are gone; `until` from the first series on that is met behind them; `none` again with
/// the first one that is met later than that.
enum Hole: Equatable, Sendable {
    case none
    /// No series was met behind it.
    case met
    /// Series are met too soon behind it that the broker took up to this time (ms).
    case until(Int64)

    /// How long (ms) after the first series that is met behind the hole another one may have lost ticks of its first window, by
    /// the broker's clock: the length of a window, for sources that are no slower than the clock.
    static let reach = WindowConfiguration.windowLength

    /// A series is met that the broker took at `appendTime`; whether it may have lost ticks of its first window.
    mutating func reaches(appendTime: Int64?) -> Bool {
        switch self {
        case .none: return false
        case .met:
            // Where the broker tells no time, every series may have lost some.
            if let appendTime { self = .until(appendTime &+ Hole.reach) }
            return true
        case .until(let end):
            guard let appendTime, appendTime > end else { return true }
            self = .none
            return false
        }
    }
}

extension PartitionWindows {
    /// Tells that records before `offset` which were not read are gone: retention removed them. Nothing where none are.
    ///
    /// Every series may have lost ticks among them: its windows are incomplete from its newest event time on, up to its next
    /// tick. So are the first windows of series met within a minute of the first one that is met behind the hole. What came
    /// before an offset was known is no hole: reading begins where the log does.
    /// *Complexity*: O(series).
    public mutating func skip(to offset: Int64) {
        guard let next = nextOffset, offset > next else { return }
        nextOffset = offset
        positionChanged = true
        counts.skipped &+= UInt64(offset &- next)
        hole = .met
        for i in series.indices {
            series[i].missInput()
            list(i)
        }
    }
}
