/// The rows of `horizon`: minutes of trades with sides, each known at its end and decided at the end of the next.
///
/// Minutes become final by the processor's rules: a series' watermark follows its largest event time at the distance of the
/// lateness, goes on at the clock's pace while the series is quiet, and what comes behind it is late. Whoever reads the clock tells when
/// it was put right (`clockStepped`), as to the processor.
struct HorizonRows: Sendable {
    static let minuteMs = ClockSpan.minute
    /// The target is 1 above and 0 below this distance from the mid (natural logarithm); in between there is none.
    static let band = 1e-4
    /// Minutes that a row looks at: its own and six before.
    private static let span = 7

    private static let never = Int64.min

    private let time: WindowConfiguration
    /// Not final, sorted by start.
    private var open: [HorizonMinute] = []
    /// The last final ones, oldest first, without a hole between them.
    private var final: [HorizonMinute] = []
    private var lastBuy = Double.nan
    private var lastSell = Double.nan
    private var question: Question?
    private(set) var watermark = HorizonRows.never
    private var newest = HorizonRows.never
    private var newestReadAt: Int64 = 0
    private var lastReadAt: Int64 = 0
    /// Trades that came when all their windows were final.
    private(set) var lateCount = 0

    private struct Question: Sendable {
        var row: Row
        var mid: Double
    }

    init(_ time: WindowConfiguration) { self.time = time }

    mutating func add(_ trade: Observation, now: Int64, into sink: inout some RowSink) {
        guard trade.eventTime.aligned(to: time.slide) + HorizonRows.minuteMs > watermark else {
            lateCount += 1
            return
        }
        // A trade without a side belongs to no minute here, and to the processor one that only sliding windows still take is not
        // late: both are news of the series' time.
        let start = trade.eventTime.aligned(to: HorizonRows.minuteMs)
        if let side = trade.side, start + HorizonRows.minuteMs > watermark { open[index(of: start)].add(trade, side) }
        lastReadAt = now
        guard trade.eventTime > newest else { return }
        newest = trade.eventTime
        newestReadAt = now
        advance(to: newest - time.lateness, into: &sink)
    }

    /// Lets the watermark of a quiet series go on at the clock's pace.
    /// - Parameter confirmedAt: the clock (ms) when a broker that answers last said that there is nothing more.
    mutating func advanceClock(confirmedAt: Int64, into sink: inout some RowSink) {
        guard newest != HorizonRows.never, time.idleAfterTrade > 0, confirmedAt - lastReadAt >= time.idleAfterTrade
        else { return }
        advance(to: newest + (confirmedAt - newestReadAt) - time.lateness, into: &sink)
    }

    /// Tells that the clock of `now` was put forward (or back, where negative) by so many ms between two readings: nothing closes by it.
    mutating func clockStepped(byMs step: Int64) {
        guard newest != HorizonRows.never else { return }
        newestReadAt &+= step
        lastReadAt &+= step
    }

    /// Makes every minute final: nothing comes any more.
    mutating func finish(into sink: inout some RowSink) {
        if let last = open.last { advance(to: last.start + HorizonRows.minuteMs, into: &sink) }
    }

    // MARK: Minutes

    private mutating func index(of start: Int64) -> Int {
        var index = open.count
        while index > 0, open[index - 1].start > start { index -= 1 }
        if index > 0, open[index - 1].start == start { return index - 1 }
        open.insert(HorizonMinute(start: start), at: index)
        return index
    }

    private mutating func advance(to time: Int64, into sink: inout some RowSink) {
        guard time > watermark else { return }
        watermark = time
        while let first = open.first, first.start + HorizonRows.minuteMs <= time {
            open.removeFirst()
            close(first, into: &sink)
        }
        // The minute behind the row's is over, and nobody traded in it.
        if let waiting = question, waiting.row.time + HorizonRows.minuteMs <= time {
            question = nil
            sink.dropped(waiting.row)
        }
    }

    private mutating func close(_ minute: HorizonMinute, into sink: inout some RowSink) {
        decide(by: minute, into: &sink)
        if let last = final.last, last.start + HorizonRows.minuteMs != minute.start { final.removeAll() }
        if final.count == HorizonRows.span { final.removeFirst() }
        final.append(minute)
        if minute.lastBuy.time != .min { lastBuy = minute.lastBuy.price }
        if minute.lastSell.time != .min { lastSell = minute.lastSell.price }
        let mid = (lastBuy + lastSell) / 2
        guard final.count == HorizonRows.span, mid.isFinite else { return }
        let row = row(mid)
        question = Question(row: row, mid: mid)
        sink.opened(row)
    }

    private mutating func decide(by minute: HorizonMinute, into sink: inout some RowSink) {
        guard let waiting = question else { return }
        question = nil
        // A row's time is the end of its minute, which is the start of the next.
        guard waiting.row.time == minute.start else { return sink.dropped(waiting.row) }
        let x = Elementary.log(minute.average / waiting.mid)
        guard abs(x) > HorizonRows.band else { return sink.dropped(waiting.row) }
        sink.decided(waiting.row, RowOutcome(target: x > 0 ? 1 : 0, until: minute.start + HorizonRows.minuteMs))
    }

    /// The row of the last final minute.
    /// - Precondition: `final` is full.
    private func row(_ mid: Double) -> Row {
        let averages = final.map(\.average)
        let minute = final[6]
        let end = minute.start + HorizonRows.minuteMs
        let six = final[1...]
        let volume = six.reduce(0) { $0 + $1.volume.value }
        let vwap = six.reduce(0) { $0 + $1.amount.value } / volume
        let squares = (1...6).reduce(0) { sum, i in
            let step = Elementary.log(averages[i] / averages[i - 1])
            return sum + step * step
        }
        var row = Row(time: end)
        for k in 1...6 { row.append(Elementary.log(averages[6] / averages[6 - k])) }
        row.append(squares.squareRoot())
        row.append((minute.buyVolume.value - minute.sellVolume.value) / minute.volume.value)
        row.append(Elementary.log(mid / vwap))
        row.append(Double(minute.count))
        row.append(Double(six.reduce(0) { $0 + $1.count }))
        row.append(Double((end - end.aligned(to: ClockSpan.day)) / ClockSpan.hour))
        let side = minute.last.isBuy ? 1.0 : -1.0
        row.append(side)
        row.append(ruleSign: side)
        row.append(ruleSign: averages[5] - averages[6])
        row.append(ruleSign: minute.last.price - averages[6])
        return row
    }
}
