/// What became of a tick.
public enum TickOutcome: Equatable, Sendable {
    /// It counts in at least one window.
    case counted
    /// A trade away from the book: in no window.
    case blockTrade
    /// Its id counted before.
    case duplicate
    /// All its windows were final, for this many ms.
    case late(by: Int64)
    /// A hole in the feed, remembered.
    case gap
}

/// The windows of one series: slices, watermark, remembered ids and gaps. Pure: time comes in as an argument.
public struct SeriesWindows: Sendable {
    /// Stands for "no time yet".
    static let never = Int64.min

    public let series: Series
    let lateness: Int64
    let slide: Int64
    /// Windows that end at or before this are final.
    public internal(set) var watermark = SeriesWindows.never
    /// The first window end that is still open: a multiple of the slide after the watermark.
    var nextEnd = SeriesWindows.never
    /// The largest event time counted, and the clock when that tick was read.
    var newest = SeriesWindows.never
    var newestReadAt: Int64 = 0
    /// The last counted tick: the clock when it was read, and its kind.
    var lastReadAt: Int64 = 0
    var lastKind = TickKind.trade
    /// Sorted by start; only those that an open window covers.
    var slices: ContiguousArray<Slice> = []
    var ids = TradeIDSet()
    var gaps = GapSet()
    /// Average prices of the last final minutes, oldest first: at most `Trend.minutes`, none older than that.
    var minutes: [MinuteAverage] = []
    /// The final minutes as bars.
    var indicators = SeriesIndicators()
    /// Whether something happened since the last live window.
    var hasNews = false
    /// Whether the partition has it in its list of changed series, and in that of series with news only.
    var isListed = false
    var hasUntakenNews = false
    /// Whether the partition told that a record of it came, since it was restored.
    var isMet = false
    var journal = StateJournal()

    struct MinuteAverage: BitwiseCopyable, Equatable, Sendable {
        var end: Int64
        var price: Double
    }

    init(_ series: Series, _ configuration: WindowConfiguration) {
        self.series = series
        lateness = configuration.lateness
        slide = configuration.slide
    }

    /// Takes one well-formed tick of this series, read at `now`; windows that it closes go to `output`.
    /// *Complexity*: O(1), nothing allocated, but for windows that close.
    mutating func add(
        _ tick: TickView, _ bytes: RawSpan, now: Int64, into output: inout OutputBatch
    ) -> TickOutcome {
        if tick.kind == .gap {
            remember(gapFrom: tick.gapFrom, to: tick.gapTo)
            return .gap
        }
        if tick.kind == .trade && tick.isBlockTrade { return .blockTrade }
        let place = slicePlace(tick.eventTime)
        let lastEnd = place &+ WindowConfiguration.windowLength
        let isLate = lastEnd <= watermark
        if tick.kind == .trade {
            let id = TradeID(tick.tradeID, in: bytes)
            if isLate {
                if ids.contains(id, oldest: oldestSlice) { return .duplicate }
            } else {
                if !ids.insert(id, slice: place, oldest: oldestSlice) { return .duplicate }
            }
        }
        if isLate { return .late(by: watermark &- lastEnd) }
        slices[sliceIndex(place)].add(tick)
        hasNews = true
        journal.headChanged = true
        lastReadAt = now
        lastKind = tick.kind
        if tick.eventTime > newest {
            if gaps.openFrom != nil { gaps.close(at: tick.eventTime) }
            newest = tick.eventTime
            newestReadAt = now
            let time = newest &- lateness
            if time >= nextEnd { advance(to: time, into: &output) }
            watermark = max(watermark, time)
        }
        return .counted
    }

    /// Lets the watermark of a quiet series go on at the clock's pace; whether it passed the end of a window.
    ///
    /// `confirmedAt` is the clock when a broker that answers last said that the partition has nothing more; the caller knows
    /// that every record before it was added.
    @discardableResult
    mutating func advanceClock(
        confirmedAt: Int64, _ configuration: WindowConfiguration, into output: inout OutputBatch
    ) -> Bool {
        guard let time = quietTime(confirmedAt: confirmedAt, configuration) else { return false }
        guard time >= nextEnd else {
            // No window ends here: only how late a late tick is depends on it, which is not worth a changelog record.
            watermark = max(watermark, time)
            return false
        }
        advance(to: time, into: &output)
        journal.headChanged = true
        return true
    }

    /// Where the clock has brought the watermark; nil while the series is not quiet.
    func quietTime(confirmedAt: Int64, _ configuration: WindowConfiguration) -> Int64? {
        guard newest != SeriesWindows.never else { return nil }
        let timeout = configuration.idleTimeout(after: lastKind)
        guard timeout > 0, confirmedAt - lastReadAt >= timeout else { return nil }
        return newest + (confirmedAt - newestReadAt) - lateness
    }

    /// The same, and what the clock will show when it closes the next window, should no tick come; `.max` = never.
    mutating func followClock(
        confirmedAt: Int64, _ configuration: WindowConfiguration, into output: inout OutputBatch
    ) -> (hasClosed: Bool, nextClosing: Int64) {
        // Mutating, and one call for both: a copy of a series would cost more than the rest.
        let hasClosed = advanceClock(confirmedAt: confirmedAt, configuration, into: &output)
        let timeout = configuration.idleTimeout(after: lastKind)
        guard timeout > 0, newest != SeriesWindows.never else { return (hasClosed, .max) }
        return (hasClosed, max(lastReadAt &+ timeout, newestReadAt &+ (nextEnd &- newest &+ lateness)))
    }

    /// Whether ticks are held of a minute that ended at or before `end` and is not final.
    func hasOpenMinute(endingAtOrBefore end: Int64) -> Bool {
        slices.contains { slice in
            let minuteEnd = slice.start.aligned(to: WindowConfiguration.windowLength) + WindowConfiguration.windowLength
            return minuteEnd <= end && minuteEnd > watermark
        }
    }

    /// Whether a window is open that the clock could close.
    var hasOpenWindows: Bool { !slices.isEmpty }

    /// The newest open minute, when something happened in the series since the last call.
    mutating func emitLive(into output: inout OutputBatch) {
        guard hasNews else { return }
        hasNews = false
        guard let last = slices.last else { return }
        let end = last.start.aligned(to: WindowConfiguration.windowLength) + WindowConfiguration.windowLength
        guard end > watermark, let merged = merged(endingAt: end) else { return }
        output.append(
            .live,
            merged.window(
                series, .tumbling, end: end, isFinal: false,
                isIncomplete: gaps.overlaps(end - WindowConfiguration.windowLength, end)))
    }

    // MARK: Slices

    /// The start of the oldest slice that an open window can cover.
    var oldestSlice: Int64 {
        watermark == SeriesWindows.never ? SeriesWindows.never &+ 1 : watermark &- WindowConfiguration.windowLength &+ 1
    }

    /// The start of the slice that holds `time`.
    @inline(__always)
    func slicePlace(_ time: Int64) -> Int64 {
        // Most ticks fall into the newest slice: that spares a division.
        if let last = slices.last, time >= last.start, time &- last.start < slide { return last.start }
        return time.aligned(to: slide)
    }

    @inline(__always)
    mutating func sliceIndex(_ start: Int64) -> Int {
        if let last = slices.last, last.start == start { return slices.count &- 1 }
        return insertedSliceIndex(start)
    }

    mutating func insertedSliceIndex(_ start: Int64) -> Int {
        var index = slices.count
        while index > 0, slices[index - 1].start > start { index -= 1 }
        if index > 0, slices[index - 1].start == start { return index - 1 }
        slices.insert(Slice(start: start), at: index)
        return index
    }

    mutating func remember(gapFrom from: Int64, to: Int64) {
        gaps.insert(from: from, to: to)
        hasNews = true
        if watermark != SeriesWindows.never { _ = gaps.expire(watermark: watermark, slide: slide) }
        journal.headChanged = true
    }

    /// Input of the partition was lost: what came after the newest tick may be missing up to the next one, be it this series' or
    /// not. A series without ticks may have lost its first ones.
    mutating func missInput() {
        gaps.open(from: newest == SeriesWindows.never ? TickView.eventTimes.lowerBound : newest)
        hasNews = true
        journal.headChanged = true
    }

    // MARK: Closing

    /// Emits every window that ends after the watermark and not after `time`, then forgets what no window needs.
    mutating func advance(to time: Int64, into output: inout OutputBatch) {
        var end = firstEnd(after: watermark)
        while let next = end, next <= time {
            close(next, into: &output)
            end = firstEnd(after: next)
        }
        watermark = max(watermark, time)
        nextEnd = watermark.aligned(to: slide) + slide
        var closed = 0
        while closed < slices.count, slices[closed].start + WindowConfiguration.windowLength <= watermark {
            if slices[closed].isStored { journal.droppedSlices.append(slices[closed].start) }
            closed += 1
        }
        slices.removeFirst(closed)
        _ = gaps.expire(watermark: watermark, slide: slide)
        journal.ids.expire(before: oldestSlice)
    }

    /// The first end after `time` of a window that has ticks; nil when there is none.
    private func firstEnd(after time: Int64) -> Int64? {
        guard let first = slices.first(where: { $0.start + WindowConfiguration.windowLength > time }) else {
            return nil
        }
        let afterFirst = first.start + slide
        return time == SeriesWindows.never ? afterFirst : max(afterFirst, time.aligned(to: slide) + slide)
    }

    /// The slices of the window that ends there as one; nil without ticks.
    func merged(endingAt end: Int64) -> Slice? {
        var result: Slice?
        for slice in slices where slice.start >= end - WindowConfiguration.windowLength && slice.start < end {
            if result == nil { result = slice } else { result?.merge(slice) }
        }
        return result
    }

    private mutating func close(_ end: Int64, into output: inout OutputBatch) {
        guard let merged = merged(endingAt: end) else { return }
        let isIncomplete = gaps.overlaps(end - WindowConfiguration.windowLength, end)
        if end % WindowConfiguration.windowLength == 0 {
            output.append(
                .tumbling, merged.window(series, .tumbling, end: end, isFinal: true, isIncomplete: isIncomplete))
            output.append(.trends, trend(after: MinuteAverage(end: end, price: merged.averagePrice)))
            indicators.add(merged, end: end, isIncomplete: isIncomplete)
            if let record = indicators.record(of: series) { output.append(.indicators, record) }
        }
        output.append(.sliding, merged.window(series, .sliding, end: end, isFinal: true, isIncomplete: isIncomplete))
    }

    private mutating func trend(after minute: MinuteAverage) -> Trend {
        let length = WindowConfiguration.windowLength
        minutes.removeAll { $0.end <= minute.end - Int64(Trend.minutes) * length }
        minutes.append(minute)
        var averages = [Double?](repeating: nil, count: Trend.minutes)
        for known in minutes { averages[Trend.minutes - 1 - Int((minute.end - known.end) / length)] = known.price }
        return Trend(series: series, asOf: minute.end, averages: averages)
    }
}
