internal import CryptoCore

/// What the newest records say of one series: a line of the page's first view.
struct LiveRow: Sendable {
    let series: Series
    /// The number of the event that told of it last.
    var number: UInt64 = 0
    /// What changed since it was told.
    var changed: RowPart = []

    private(set) var tick: LiveTick?
    private var arrivals = ArrivalPace()
    private var decimals = PriceDecimals()
    private var day = DayFigures()
    private var hour = HourCloses()
    private var score = PooledScore()
    private var scoreSum: PooledScore.Sum?
    private var defaultModel: String?
    private(set) var firing = 0
    private(set) var gap: Gap?

    // As on the topics, and the time by which a newer one is known.
    private var live: Newest?
    private var final: Newest?
    private var trend: Newest?
    private var indicators: Newest?
    private var prediction: Newest?

    /// A stretch of time in which ticks are missing. *Units*: ms.
    struct Gap: Equatable, Sendable {
        let from: Int64
        let to: Int64
        let reason: String
    }

    private struct Newest: Sendable {
        let time: Int64
        let json: [UInt8]
    }

    init(_ series: Series) { self.series = series }

    // MARK: Records

    /// Takes a tick that was read when the clock showed `now`; one that is older than the newest counts only for the pace.
    mutating func add(_ tick: LiveTick, now: Int64) {
        arrivals.add(at: now)
        guard tick.time >= self.tick?.time ?? .min else { return }
        decimals.add(tick.price)
        day.move(to: tick.time)
        self.tick = tick
        changed.formUnion([.price, .day])
    }

    mutating func add(_ gap: Gap) {
        guard gap.to >= self.gap?.to ?? .min else { return }
        self.gap = gap
        changed.insert(.gap)
    }

    /// Takes a window as it stands on its topic.
    mutating func add(_ window: WindowAggregate, _ json: [UInt8]) {
        if window.isFinal {
            addMinute(Candle(window))
            guard LiveRow.put(json, window.windowStart, &final) else { return }
            changed.insert(.final)
            if let live, live.time <= window.windowStart {
                self.live = nil
                changed.insert(.live)
            }
        } else if window.windowStart > final?.time ?? .min, LiveRow.put(json, window.windowStart, &live) {
            changed.insert(.live)
        }
    }

    /// Takes a final minute for the figures of the day and the last hour.
    mutating func addMinute(_ minute: Candle) {
        guard minute.isMinute else { return }
        day.add(minute)
        hour.add(minute)
        changed.formUnion([.day, .spark])
    }

    mutating func add(_ trend: Trend, _ json: [UInt8]) {
        if LiveRow.put(json, trend.asOf, &self.trend) { changed.insert(.trend) }
    }

    mutating func add(_ indicators: Indicators, _ json: [UInt8]) {
        if LiveRow.put(json, indicators.asOf, &self.indicators) { changed.insert(.indicators) }
    }

    mutating func add(_ prediction: Prediction, _ json: [UInt8]) {
        guard prediction.isDefault, !prediction.isShadow else { return }
        defaultModel = prediction.model
        if LiveRow.put(json, prediction.eventTime, &self.prediction) { changed.insert(.prediction) }
    }

    /// Takes a score of the default model, whose name its predictions tell.
    mutating func add(_ score: Score) {
        guard score.model == defaultModel else { return }
        self.score.add(score)
        scoreSum = self.score.sum
        changed.insert(.score)
    }

    mutating func setFiring(_ count: Int) {
        guard count != firing else { return }
        firing = count
        changed.insert(.firing)
    }

    private static func put(_ json: [UInt8], _ time: Int64, _ newest: inout Newest?) -> Bool {
        guard time >= newest?.time ?? .min else { return false }
        newest = Newest(time: time, json: json)
        return true
    }

    // MARK: Reading

    /// After so long without a tick the price is stale: by the pace in which ticks come. *Units*: ms.
    var staleAfterMs: Int64 { arrivals.patienceMs(isQuote: tick?.kind == .quote) }

    /// Appends an object with the parts that are asked for; what is not known is absent.
    func encode(_ parts: RowPart, into json: inout JSONWriter) {
        json.beginObject()
        json.field("series", series.description)
        json.field("n", Int64(number))
        if parts.contains(.price), let tick { encode(tick, parts, into: &json) }
        if parts.contains(.day) { encodeDay(parts, into: &json) }
        if parts.contains(.spark), let end = hour.end {
            json.key("spark")
            hour.encode(into: &json)
            json.field("spark_end", end)
        }
        if parts.contains(.live) { encode("live", live, parts, into: &json) }
        if parts.contains(.final) { encode("final", final, parts, into: &json) }
        if parts.contains(.trend) { encode("trend", trend, parts, into: &json) }
        if parts.contains(.indicators) { encode("indicators", indicators, parts, into: &json) }
        if parts.contains(.prediction) { encode("prediction", prediction, parts, into: &json) }
        if parts.contains(.score), let scoreSum {
            json.key("score")
            score.encode(scoreSum, into: &json)
        }
        if parts.contains(.firing) { json.field("firing", Int64(firing)) }
        if parts.contains(.gap), let gap {
            json.key("gap")
            gap.encode(into: &json)
        }
        json.endObject()
    }

    private func encode(_ tick: LiveTick, _ parts: RowPart, into json: inout JSONWriter) {
        tick.encode(parts, into: &json)
        json.field("decimals", Int64(decimals.value))
        json.field("stale_after_ms", staleAfterMs)
    }

    private func encodeDay(_ parts: RowPart, into json: inout JSONWriter) {
        guard let tick else { return }
        let turnover = tick.volume24h ?? (day.turnover.isFinite && day.turnover > 0 ? day.turnover : nil)
        json.field("change_24h_pct", tick.change24hPct ?? day.changePct(to: tick.price), in: parts)
        json.field("turnover_24h", turnover, in: parts)
        json.field("high_24h", day.high, in: parts)
        json.field("low_24h", day.low, in: parts)
        if tick.change24hPct == nil, let since = day.since {
            json.field("since_24h", since)
        } else {
            json.field("since_24h", nil, in: parts)
        }
    }

    /// A part that is gone is told as null, but left out of a whole row.
    private func encode(_ name: StaticString, _ newest: Newest?, _ parts: RowPart, into json: inout JSONWriter) {
        guard let newest else {
            if parts != .all {
                json.key(name)
                json.null()
            }
            return
        }
        json.key(name)
        newest.json.withUnsafeBytes { json.raw($0) }
    }
}

extension LiveRow.Gap {
    func encode(into json: inout JSONWriter) {
        json.beginObject()
        json.field("from", from)
        json.field("to", to)
        json.field("reason", reason)
        json.endObject()
    }
}

extension JSONWriter {
    /// A figure of a row. What is not known, or beyond what a number holds, is left out of a whole row, and told as null where it may have been known before.
    mutating func field(_ name: StaticString, _ number: Double?, in parts: RowPart) {
        if let number, number.isFinite {
            field(name, number)
        } else if parts != .all {
            key(name)
            null()
        }
    }
}

extension Candle {
    /// What happened in a window.
    init(_ window: WindowAggregate) {
        self.init(start: window.windowStart, price: window.open)
        (high, low, close) = (window.high, window.low, window.close)
        (volume, buyVolume, sellVolume) = (window.volume, window.buyVolume, window.sellVolume)
        (amount, count, isIncomplete) = (window.amount, window.count, window.isIncomplete)
    }

    /// Whether it can be a minute of a market: whoever writes to Kafka or the store may have written anything.
    var isMinute: Bool {
        AskedValues.times.contains(start) && start % 60_000 == 0 && amount.isFinite && amount >= 0
            && [open, high, low, close].allSatisfy { $0.isFinite && $0 > 0 }
    }
}
