import CryptoCore

/// The window rules a second time, as plainly as they can be said: every counted tick is kept, and a window is made of a list.
///
/// Whole cents and millionths make its sums exact in integers.
struct PlainWindows {
    struct Counted {
        var tick: Tick
        /// Its series' watermark before and after it.
        var before: Int64
        var after: Int64
        var price: Double
        var trade: Tick.Trade?
    }

    private struct State {
        var watermark = Int64.min
        /// Trade id → the end of the last window that holds its event time.
        var ids: [String: Int64] = [:]
        var counted: [Counted] = []
        /// Gaps, and how many ticks were counted before them.
        var gaps: [(gap: Tick.Gap, counted: Int)] = []
    }

    let lateness: Int64
    let slide: Int64
    private var states: [Series: State] = [:]
    private(set) var counts = TickCounts()
    private(set) var late: [LateTick] = []

    init(lateness: Int64, slide: Int64) {
        self.lateness = lateness
        self.slide = slide
    }

    /// The last multiple of `step` at or before `time`.
    private func floor(_ time: Int64, _ step: Int64) -> Int64 {
        time >= 0 ? time / step * step : -((-time + step - 1) / step * step)
    }

    mutating func add(_ record: StreamRecord) {
        counts.read += 1
        guard let tick = record.tick else {
            counts.deadLetters += 1
            return
        }
        var state = states[tick.series] ?? State()
        defer { states[tick.series] = state }
        var price = 0.0
        var trade: Tick.Trade?
        switch tick.kind {
        case .gap(let gap):
            counts.gaps += 1
            state.gaps.append((gap, state.counted.count))
            return
        case .trade(let known):
            trade = known
            price = known.price
        case .quote(let quote): price = quote.price
        }
        if trade?.isBlockTrade == true {
            counts.blockTrades += 1
            return
        }
        if let id = trade?.tradeID, let end = state.ids[id], end > state.watermark {
            counts.duplicates += 1
            return
        }
        let lastEnd = floor(tick.eventTime, slide) + 60_000
        if lastEnd <= state.watermark {
            counts.late += 1
            late.append(LateTick(tick: tick, lateBy: state.watermark - lastEnd))
            return
        }
        counts.counted += 1
        let before = state.watermark
        state.watermark = max(before, tick.eventTime - lateness)
        if let id = trade?.tradeID { state.ids[id] = lastEnd }
        state.counted.append(
            Counted(tick: tick, before: before, after: state.watermark, price: price, trade: trade))
    }

    /// The ticks of each final window of `series`, by the window's end; and whether a gap marks it.
    func windows(of series: Series, every step: Int64) -> [(end: Int64, ticks: [Counted], isIncomplete: Bool)] {
        guard let state = states[series] else { return [] }
        var members: [Int64: [Counted]] = [:]
        for counted in state.counted {
            var end = floor(counted.tick.eventTime, step) + step
            while end - 60_000 <= counted.tick.eventTime {
                if end > counted.before { members[end, default: []].append(counted) }
                end += step
            }
        }
        return members.filter { $0.key <= state.watermark }.sorted { $0.key < $1.key }.map { end, ticks in
            let closer = state.counted.firstIndex { $0.after >= end } ?? 0
            let isIncomplete = state.gaps.contains {
                $0.counted <= closer && $0.gap.from < end && $0.gap.to > end - 60_000
            }
            return (end, ticks, isIncomplete)
        }
    }
}
