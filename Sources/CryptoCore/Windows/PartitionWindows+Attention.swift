/// Which series of a partition want something, so that thousands of others cost nothing: not a turn, not a commit.
struct SeriesAttention: Sendable {
    /// Series in which something may have changed since the state was taken, each once: those with `isListed`.
    var changed: ContiguousArray<Int32> = []
    /// Series whose state was taken and whose live window was not, each once: those with `hasUntakenNews`.
    var news: ContiguousArray<Int32> = []
    /// Series of which a first record came since the partition was made or restored, each once, until they are taken.
    var met: ContiguousArray<Int32> = []
    /// No series closes a window by the clock before the clock shows this.
    var nextClosing = Int64.min

    init() {}
}

extension PartitionWindows {
    /// Tells that the partition has nothing beyond what was added, by a broker that answered at `confirmedAt` (ms, the clock of
    /// `add`'s `now`); windows of quiet series close.
    ///
    /// *Complexity*: O(1) while no window is due, and at least an idle timeout lies between two looks at all series.
    public mutating func partitionEnded(confirmedAt: Int64, into output: inout OutputBatch) {
        self.confirmedAt = max(self.confirmedAt, confirmedAt)
        let now = self.confirmedAt
        guard now >= attention.nextClosing else { return }
        // Ticks that come after this were read after `now`: their series are quiet a timeout later, not before.
        var next = configuration.shortestIdle.map { now &+ $0 } ?? .max
        for i in series.indices where series[i].hasOpenWindows {
            let (hasClosed, nextClosing) = series[i].followClock(confirmedAt: now, configuration, into: &output)
            if hasClosed { list(i) }
            next = min(next, nextClosing)
        }
        attention.nextClosing = next
    }

    /// Writes the open minute of every series in which something happened since the last call.
    /// *Complexity*: O(series in which something happened).
    public mutating func emitLive(into output: inout OutputBatch) {
        for i in attention.news {
            series[Int(i)].hasUntakenNews = false
            series[Int(i)].emitLive(into: &output)
        }
        attention.news.removeAll(keepingCapacity: true)
        for i in attention.changed { series[Int(i)].emitLive(into: &output) }
    }

    /// Up to where the windows of a series are final, the clock of a quiet one included; nil before its first tick.
    public func watermark(ofSeries index: Int) -> Int64? {
        let known = series[index].watermark
        guard known != SeriesWindows.never else { return nil }
        guard confirmedAt > series[index].lastReadAt else { return known }
        return max(known, series[index].quietTime(confirmedAt: confirmedAt, configuration) ?? known)
    }

    /// The series of which a record came for the first time since this partition was made or restored, each once.
    /// *Complexity*: O(1) while there is none.
    public mutating func takeMet() -> [Series] {
        guard !attention.met.isEmpty else { return [] }
        defer { attention.met.removeAll(keepingCapacity: true) }
        return attention.met.map { series[Int($0)].series }
    }

    /// A record of a series came that is not in the list of changed ones.
    mutating func note(_ index: Int) {
        list(index)
        guard !series[index].isMet else { return }
        series[index].isMet = true
        attention.met.append(Int32(index))
    }

    /// Something may have changed in a series.
    mutating func list(_ index: Int) {
        guard !series[index].isListed else { return }
        series[index].isListed = true
        attention.changed.append(Int32(index))
    }

    /// Gives each series in which something may have changed to `body`, and starts anew.
    mutating func forEachChanged(_ body: (inout SeriesWindows) -> Void) {
        for i in attention.changed {
            let index = Int(i)
            body(&series[index])
            series[index].isListed = false
            guard series[index].hasNews, !series[index].hasUntakenNews else { continue }
            series[index].hasUntakenNews = true
            attention.news.append(i)
        }
        attention.changed.removeAll(keepingCapacity: true)
    }
}
