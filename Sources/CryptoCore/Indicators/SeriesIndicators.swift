/// The indicators of one series, bar by bar, in constant memory: the last 62 bars, and the averages that look back for ever.
///
/// Averages over a few bars are computed anew from the bars each time: what has left them leaves no trace, and a flat market has a
/// deviation of exactly 0.
struct SeriesIndicators: Sendable {
    /// What is kept of a final minute.
    struct Bar: BitwiseCopyable, Equatable, Sendable {
        /// Above 0.
        var close: Double
        var volume: Double
    }

    /// The newest bar, 60 before it, and one more for the first of their returns.
    static let keptBars = RankedBars.capacity + 2
    /// Bars during which an incomplete window is told: beyond them MACD's signal has begun and forgotten most of it.
    static let incompleteBars: Int64 = 35
    static let averagedBars = 20

    private static let fastEMA = SeededAverage.Kind.exponential(12)
    private static let slowEMA = SeededAverage.Kind.exponential(26)
    private static let signal = SeededAverage.Kind.exponential(9)
    private static let wilder = SeededAverage.Kind.wilder(14)

    /// What goes on for ever, beside the bars.
    struct Head: BitwiseCopyable, Equatable, Sendable {
        /// The end of the newest bar.
        var asOf: Int64 = 0
        /// Bars so far.
        var bars: Int64 = 0
        /// The number of the last bar whose window was incomplete.
        var lastIncomplete = -SeriesIndicators.incompleteBars
        var ema12 = SeededAverage()
        var ema26 = SeededAverage()
        var signal = SeededAverage()
        var gain = SeededAverage()
        var loss = SeededAverage()
        var trueRange = SeededAverage()
    }

    var head = Head()
    /// The last bars; number n (from 1) lies at (n - 1) % `keptBars`.
    var ring: ContiguousArray<Bar> = []
    /// Bars that the changelog has.
    var storedBars: Int64 = 0
    /// The bars before the newest, at most 60, in the order of their volumes.
    private var volumes = RankedBars()
    /// The same in the order of their returns; the first bar of all has none.
    private var returns = RankedBars()

    /// Takes the next bar: the final tumbling window that ends at `end`.
    mutating func add(_ minute: Slice, end: Int64, isIncomplete: Bool) {
        let before = head.bars > 0 ? bar(0).close : nil
        rankNewest()
        head.asOf = end
        head.bars += 1
        if isIncomplete { head.lastIncomplete = head.bars }
        put(Bar(close: minute.close, volume: minute.volume.value), at: SeriesIndicators.place(of: head.bars))
        head.ema12.add(minute.close, number: head.bars, SeriesIndicators.fastEMA)
        head.ema26.add(minute.close, number: head.bars, SeriesIndicators.slowEMA)
        if let line = macd { head.signal.add(line, number: macdLines, SeriesIndicators.signal) }
        guard let before else { return }
        let change = minute.close - before
        let number = head.bars - 1
        head.gain.add(max(change, 0), number: number, SeriesIndicators.wilder)
        head.loss.add(max(-change, 0), number: number, SeriesIndicators.wilder)
        head.trueRange.add(
            max(minute.high, before) - min(minute.low, before), number: number, SeriesIndicators.wilder)
    }

    /// The record of the newest bar; nil before the first.
    func record(of series: Series) -> Indicators? {
        guard head.bars > 0 else { return nil }
        var record = Indicators()
        record.series = series
        record.asOf = head.asOf
        record.close = bar(0).close
        record.ema12 = head.ema12.value(after: head.bars, SeriesIndicators.fastEMA)
        record.ema26 = head.ema26.value(after: head.bars, SeriesIndicators.slowEMA)
        record.rsi14 = rsi
        record.macd = macd
        record.macdSignal = head.signal.value(after: macdLines, SeriesIndicators.signal)
        record.macdHistogram = record.macdSignal.map { (head.ema12.value - head.ema26.value - $0).saturated }
        record.atr14 = head.trueRange.value(after: head.bars - 1, SeriesIndicators.wilder)
        addBands(to: &record)
        record.volumeZ = volumeScore
        record.returnZ = returnScore
        record.bars = head.bars
        record.isIncomplete = head.bars - head.lastIncomplete < SeriesIndicators.incompleteBars
        return record
    }

    // MARK: Bars

    static func place(of number: Int64) -> Int { Int((number - 1) % Int64(keptBars)) }

    /// Puts a bar in its place; places before it that have none yet get one that is none.
    mutating func put(_ bar: Bar, at place: Int) {
        while ring.count <= place { ring.append(Bar(close: 0, volume: 0)) }
        ring[place] = bar
    }

    /// The bar so many before the newest.
    private func bar(_ back: Int) -> Bar { ring[SeriesIndicators.place(of: head.bars - Int64(back))] }

    // MARK: Averages that look back for ever

    /// Values of the MACD line so far.
    private var macdLines: Int64 { head.bars - SeriesIndicators.slowEMA.seed + 1 }

    private var macd: Double? { macdLines > 0 ? head.ema12.value - head.ema26.value : nil }

    private var rsi: Double? {
        guard let gain = head.gain.value(after: head.bars - 1, SeriesIndicators.wilder) else { return nil }
        let sum = gain + head.loss.value
        // Nothing moved: 0 and 100 would both be wrong. Halves, where the sum is beyond a double.
        if sum == 0 { return nil }
        return sum.isFinite ? 100 * (gain / sum) : 100 * (gain / 2 / (gain / 2 + head.loss.value / 2))
    }

    // MARK: Looks at the last bars

    private func addBands(to record: inout Indicators) {
        let count = SeriesIndicators.averagedBars
        guard head.bars >= Int64(count) else { return }
        // Differences from one of the closes: equal closes have exactly that mean.
        let origin = record.close
        var mean = 0.0
        for back in 0..<count { mean += (bar(back).close - origin) / Double(count) }
        mean += origin
        var squares = 0.0
        for back in 0..<count {
            let deviation = bar(back).close - mean
            squares += deviation * deviation
        }
        let width = 2 * (squares / Double(count)).squareRoot()
        record.sma20 = mean
        record.bollingerMiddle = mean
        record.bollingerUpper = (mean + width).saturated
        record.bollingerLower = (mean - width).saturated
    }

    /// How many bars before bar `number` are in `volumes`, and in `returns`.
    private static func ranked(before number: Int64) -> (volumes: Int, returns: Int) {
        (min(max(Int(number) - 1, 0), RankedBars.capacity), min(max(Int(number) - 2, 0), RankedBars.capacity))
    }

    /// Has the newest bar among those before the next one, and the oldest of them no more.
    private mutating func rankNewest() {
        let number = head.bars
        guard number > 0 else { return }
        var count = SeriesIndicators.ranked(before: number)
        let oldest = SeriesIndicators.place(of: max(number - Int64(RankedBars.capacity), 1))
        if count.volumes == RankedBars.capacity {
            count.volumes -= 1
            volumes.remove(oldest, among: RankedBars.capacity)
        }
        if count.returns == RankedBars.capacity {
            count.returns -= 1
            returns.remove(oldest, among: RankedBars.capacity)
        }
        rank(number, among: count)
    }

    private mutating func rank(_ number: Int64, among count: (volumes: Int, returns: Int)) {
        let place = SeriesIndicators.place(of: number)
        let ring = ring
        volumes.insert(place, among: count.volumes) { ring[$0].volume }
        if number > 1 { returns.insert(place, among: count.returns) { SeriesIndicators.logReturn($0, ring) } }
    }

    /// Ranks what was restored.
    mutating func rankAll() {
        let first = max(1, head.bars - Int64(RankedBars.capacity))
        for number in first..<max(first, head.bars) {
            rank(number, among: (Int(number - first), Int(number - max(first, 2))))
        }
    }

    private var volumeScore: Double? {
        volumes.robustScore(of: bar(0).volume, among: SeriesIndicators.ranked(before: head.bars).volumes) {
            ring[$0].volume
        }
    }

    private var returnScore: Double? {
        let count = SeriesIndicators.ranked(before: head.bars).returns
        guard count >= RankedBars.fewest else { return nil }
        let newest = SeriesIndicators.logReturn(SeriesIndicators.place(of: head.bars), ring)
        return returns.robustScore(of: newest, among: count) { SeriesIndicators.logReturn($0, ring) }
    }

    /// ln(close / close of the bar before), of the bar at a place.
    private static func logReturn(_ place: Int, _ ring: ContiguousArray<Bar>) -> Double {
        let close = ring[place].close
        let before = ring[place == 0 ? keptBars - 1 : place - 1].close
        let ratio = close / before
        // At both ends of what a double holds the ratio is none.
        guard ratio.isNormal else { return Elementary.log(close) - Elementary.log(before) }
        return Elementary.log(ratio)
    }
}
