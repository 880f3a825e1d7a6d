/// The rows of `horizon`: minutes of trades with sides, each known at its end and decided at the end of the next.
///
/// Minutes become final when the series' watermark passes their end, by the processor's rules (`SeriesClock`).
struct HorizonRows: Sendable {
    static let minuteMs = ClockSpan.minute
    /// The target is 1 above and 0 below this distance from the mid (natural logarithm); in between there is none.
    static let band = 1e-4
    /// Minutes that a row looks at: its own and six before.
    private static let span = 7

    /// Not final, sorted by start.
    private var open: [HorizonMinute] = []
    /// The last final ones, oldest first, without a hole between them.
    private var final: [HorizonMinute] = []
    private var lastBuy = Double.nan
    private var lastSell = Double.nan
    private var question: Question?
    /// Starts of minutes that the changelog holds and nothing needs any more.
    private var dropped: [Int64] = []

    private struct Question: Sendable {
        var row: Row
        var mid: Double
    }

    init() {}

    /// Whether a minute or a question is open, which time closes.
    var isOpen: Bool { !open.isEmpty || question != nil }

    /// Takes a trade that counts. It belongs to no minute here without a side, nor where only sliding windows still take it, which to the
    /// processor is not late.
    mutating func add(_ trade: Observation, watermark: Int64) {
        let start = trade.eventTime.aligned(to: HorizonRows.minuteMs)
        guard let side = trade.side, start + HorizonRows.minuteMs > watermark else { return }
        open[index(of: start)].add(trade, side)
    }

    /// When nothing comes any more every minute is final from here on; nil where none is open.
    var lastEnd: Int64? { open.last.map { $0.start + HorizonRows.minuteMs } }

    // MARK: Minutes

    private mutating func index(of start: Int64) -> Int {
        var index = open.count
        while index > 0, open[index - 1].start > start { index -= 1 }
        if index > 0, open[index - 1].start == start { return index - 1 }
        open.insert(HorizonMinute(start: start), at: index)
        return index
    }

    /// The watermark has moved.
    mutating func advance(to time: Int64, into sink: inout some RowSink) {
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
        if let last = final.last, last.start + HorizonRows.minuteMs != minute.start { forget(final.count) }
        if final.count == HorizonRows.span { forget(1) }
        final.append(minute)
        if minute.lastBuy.time != .min { lastBuy = minute.lastBuy.price }
        if minute.lastSell.time != .min { lastSell = minute.lastSell.price }
        let mid = (lastBuy + lastSell) / 2
        guard final.count == HorizonRows.span, mid.isFinite else { return }
        let row = row(mid)
        question = Question(row: row, mid: mid)
        sink.opened(row)
    }

    /// Forgets the first final minutes.
    private mutating func forget(_ count: Int) {
        for minute in final.prefix(count) where minute.isStored { dropped.append(minute.start) }
        final.removeFirst(count)
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

// MARK: State

extension HorizonRows {
    func encode(into writer: inout ChangelogWriter) {
        writer.put(lastBuy)
        writer.put(lastSell)
        writer.put(question?.mid ?? .nan)
        question?.row.encode(into: &writer)
    }

    mutating func restore(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        lastBuy = try reader.double()
        lastSell = try reader.double()
        let mid = try reader.double()
        question = mid.isNaN ? nil : Question(row: try Row(of: .horizon, &reader), mid: mid)
    }

    /// Gives each minute that changed to `put`, and the start of each that is gone to `drop`.
    mutating func takeMinutes(put: (HorizonMinute) -> Void, drop: (Int64) -> Void) {
        for i in final.indices where final[i].isChanged { HorizonRows.take(&final[i], put) }
        for i in open.indices where open[i].isChanged { HorizonRows.take(&open[i], put) }
        for start in dropped { drop(start) }
        dropped.removeAll(keepingCapacity: true)
    }

    private static func take(_ minute: inout HorizonMinute, _ put: (HorizonMinute) -> Void) {
        minute.isChanged = false
        minute.isStored = true
        put(minute)
    }

    mutating func restore(_ minute: HorizonMinute) { open[index(of: minute.start)] = minute }

    mutating func dropRestored(_ start: Int64) { open.removeAll { $0.start == start } }

    /// The starts of all minutes that the changelog holds.
    var stored: [Int64] { dropped + (final + open).filter(\.isStored).map(\.start) }

    /// Puts what was restored in order: minutes that are final, and the rest.
    mutating func finishRestoring(watermark: Int64) {
        let count = open.count { $0.start + HorizonRows.minuteMs <= watermark }
        final = Array(open.prefix(count))
        open.removeFirst(count)
        // What we wrote has no hole; damaged state may.
        let hole = final.indices.dropFirst().last { final[$0 - 1].start + HorizonRows.minuteMs != final[$0].start }
        forget(max(hole ?? 0, final.count - HorizonRows.span))
    }
}
