/// A clock that was put right: every clock reading that is kept moves with it, so that what passed between two of them stays.
extension PartitionWindows {
    /// Tells that the clock of `add`'s `now` was put forward (or back, where negative) by so many ms between two readings.
    ///
    /// Nothing closes by it. All read times are written anew with the next state: whoever restores it reads the clock put right.
    /// *Complexity*: O(series).
    public mutating func clockStepped(byMs step: Int64) {
        if confirmedAt != SeriesWindows.never { confirmedAt &+= step }
        if attention.nextClosing != .min, attention.nextClosing != .max { attention.nextClosing &+= step }
        for i in series.indices where series[i].newest != SeriesWindows.never {
            series[i].clockStepped(byMs: step)
            list(i)
        }
    }
}

extension SeriesWindows {
    fileprivate mutating func clockStepped(byMs step: Int64) {
        newestReadAt &+= step
        lastReadAt &+= step
        journal.headChanged = true
    }

    /// Holds restored read times against the clock of who restores them.
    ///
    /// Who wrote them may have had a wrong clock. None is later than now: the series would wait for that time. None is longer ago
    /// than it takes to close what is open: the rest of a long absence would only make ticks late that are still to come.
    mutating func boundReadTimes(now: Int64, _ configuration: WindowConfiguration) {
        let longest = max(configuration.idleTimeout(after: lastKind), WindowConfiguration.windowLength &+ lateness)
        newestReadAt = min(max(newestReadAt, now &- longest), now)
        lastReadAt = min(max(lastReadAt, now &- longest), now)
    }
}
