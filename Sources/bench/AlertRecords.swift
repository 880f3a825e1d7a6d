import CryptoCore

/// A few minutes of what an alerter reads, as bytes, which can be moved to the minutes that follow in place.
///
/// In each minute each series has a trade a second, and then its window, its trend and its indicators.
struct AlertRecords {
    /// Records that came one behind the other.
    struct Run {
        let records: Range<Int>
        let isMinute: Bool
        /// Of its newest record. *Units*: ms.
        var time: Int64
    }

    private static let minutes = 4
    private static let ticksAMinute = 60
    private static let start: Int64 = 1_763_719_200_000

    private var bytes: [UInt8] = []
    /// Of equal length, one behind the other.
    private var keys: [UInt8] = []
    private var keyBytes = 0
    private var starts: [Int] = [0]
    private var kinds: [RecordKind] = []
    private var keyOf: [Int32] = []
    /// Where times stand: 13 digits each.
    private var times: [Int] = []
    private(set) var runs: [Run] = []

    var count: Int { kinds.count }
    var byteCount: Int { bytes.count }

    init(series count: Int) {
        let series = (0..<count).map { Series(source: "bybit", symbol: "C\(100_000 + $0)-USDT") }
        for one in series { keys += one.description.utf8 }
        keyBytes = keys.count / count
        var json = JSONWriter(reservingBytes: AlertRecords.minutes * count * 63 * 260)
        var maker = Maker()
        for minute in 0..<Int64(AlertRecords.minutes) {
            let time = AlertRecords.start + minute * 60_000
            addTicks(of: series, from: time, &maker, &json)
            addMinute(of: series, endingAt: time + 60_000, &maker, &json)
        }
        bytes = json.bytes
        locateTimes()
    }

    func withRecord(_ number: Int, _ body: (RecordKind, _ key: RawSpan, _ value: RawSpan) -> Void) {
        let key = Int(keyOf[number]) * keyBytes
        body(
            kinds[number], keys.span.bytes.extracting(key..<key + keyBytes),
            bytes.span.bytes.extracting(starts[number]..<starts[number + 1]))
    }

    /// All times later by the length of a lap.
    mutating func shift() {
        let span = Int64(AlertRecords.minutes) * 60_000
        for index in runs.indices { runs[index].time += span }
        for place in times {
            var time: Int64 = 0
            for digit in bytes[place..<place + 13] { time = time * 10 + Int64(digit - UInt8(ascii: "0")) }
            time += span
            for at in (place..<place + 13).reversed() {
                bytes[at] = UInt8(ascii: "0") + UInt8(time % 10)
                time /= 10
            }
        }
    }

    // MARK: Making

    private mutating func addTicks(
        of series: [Series], from start: Int64, _ maker: inout Maker, _ json: inout JSONWriter
    ) {
        let first = count
        for second in 0..<Int64(AlertRecords.ticksAMinute) {
            for (number, one) in series.enumerated() {
                let time = start + second * 1_000 + Int64(number % 1_000)
                json.beginDocument()
                maker.tick(one, time).encode(into: &json)
                end(.tick, number, json)
            }
        }
        runs.append(Run(records: first..<count, isMinute: false, time: start + 59_999))
    }

    private mutating func addMinute(
        of series: [Series], endingAt end: Int64, _ maker: inout Maker, _ json: inout JSONWriter
    ) {
        let first = count
        for (number, one) in series.enumerated() {
            json.beginDocument()
            maker.window(one, end).encode(into: &json)
            self.end(.window, number, json)
            json.beginDocument()
            maker.trend(one, end).encode(into: &json)
            self.end(.trend, number, json)
            json.beginDocument()
            maker.indicators(one, end).encode(into: &json)
            self.end(.indicators, number, json)
        }
        runs.append(Run(records: first..<count, isMinute: true, time: end))
    }

    /// Takes note of a record that was written.
    private mutating func end(_ kind: RecordKind, _ number: Int, _ json: JSONWriter) {
        kinds.append(kind)
        keyOf.append(Int32(number))
        starts.append(json.bytes.count)
    }

    private mutating func locateTimes() {
        var digits = 0
        for at in bytes.indices {
            let isDigit = bytes[at] >= UInt8(ascii: "0") && bytes[at] <= UInt8(ascii: "9")
            if !isDigit, digits == 13, bytes[at - 14] == UInt8(ascii: ":") { times.append(at - 13) }
            digits = isDigit ? digits + 1 : 0
        }
    }
}

/// Seeded records of plausible numbers.
private struct Maker {
    private var random = SeededRandom(seed: 7)
    private var nextID = 2_280_000_001_000_000_000

    private mutating func price() -> Double { 65_000 + Double(random.index(below: 20_000)) / 100 }

    /// From `-size` to `size`, with all of a double's digits.
    private mutating func around(_ size: Double) -> Double { (random.unit() * 2 - 1) * size }

    mutating func tick(_ series: Series, _ time: Int64) -> Tick {
        nextID += 1
        let quantity = Double(1 + random.index(below: 1_000_000)) / 1_000_000
        let trade = Tick.Trade(
            tradeID: String(nextID), price: price(), quantity: quantity, side: random.unit() < 0.5 ? .buy : .sell)
        return Tick(series: series, kind: .trade(trade), eventTime: time, ingestTime: time + 37)
    }

    mutating func window(_ series: Series, _ end: Int64) -> WindowAggregate {
        var window = WindowAggregate()
        window.series = series
        (window.windowStart, window.windowEnd, window.isFinal) = (end - 60_000, end, true)
        (window.firstTime, window.lastTime) = (end - 59_990, end - 10)
        (window.count, window.volume) = (60, 30 + around(20))
        window.buyVolume = window.volume * random.unit()
        window.sellVolume = window.volume - window.buyVolume
        (window.open, window.close, window.low, window.high) = (price(), price(), 65_000, 65_200)
        window.averagePrice = 65_100 + around(10)
        window.vwap = 65_100 + around(10)
        window.amount = window.volume * 65_100
        window.stddev = 50 + around(10)
        return window
    }

    mutating func trend(_ series: Series, _ end: Int64) -> Trend {
        var trend = Trend()
        (trend.series, trend.asOf) = (series, end)
        trend.averages = (0..<Trend.minutes).map { _ in 65_100 + around(10) }
        (trend.slopePerMinute, trend.changePct, trend.direction) = (around(5), around(1.01), .up)
        return trend
    }

    mutating func indicators(_ series: Series, _ end: Int64) -> Indicators {
        var record = Indicators()
        (record.series, record.asOf, record.bars) = (series, end, 400)
        record.close = 65_100 + around(101)
        (record.sma20, record.bollingerMiddle) = (65_100 + around(10), 65_100 + around(10))
        (record.ema12, record.ema26) = (65_100 + around(10), 65_100 + around(10))
        (record.bollingerUpper, record.bollingerLower) = (65_200 + around(1), 65_000 + around(1))
        record.rsi14 = 50 + around(21)
        (record.macd, record.macdSignal, record.macdHistogram) = (around(2), around(10), around(10))
        (record.atr14, record.volumeZ, record.returnZ) = (20 + around(5), around(3), around(3))
        return record
    }
}
