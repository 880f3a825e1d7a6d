@testable import CryptoCore

/// One record of each kind and shape, for the golden files.
///
/// Extreme doubles print with exponents, 15 to 17 digits or none; texts hold what JSON must escape and what it need not.
enum GoldenRecords {
    /// File name → the records in it, encoded.
    static let files: [(name: String, lines: [[UInt8]])] = [
        ("tick", ticks.map { $0.encoded() }),
        ("window", windows.map { window in bytes { window.encode(into: &$0) } }),
        ("trend", trends.map { trend in bytes { trend.encode(into: &$0) } }),
        ("indicators", indicators.map { record in bytes { record.encode(into: &$0) } }),
        ("prediction", GoldenPredictions.predictions.map { prediction in bytes { prediction.encode(into: &$0) } }),
        ("score", GoldenPredictions.scores.map { score in bytes { score.encode(into: &$0) } }),
        ("alert", alerts.map { alert in bytes { alert.encode(into: &$0) } }),
        ("silence", silences.map { silence in bytes { silence.encode(into: &$0) } }),
        ("late", lateTicks.map { late in bytes { late.encode(into: &$0) } }),
        ("deadletter", deadLetters.map { letter in bytes { headers(of: letter, into: &$0) } }),
    ]

    static let bitcoin = Series(source: "binance", symbol: "BTC-USDT")
    static let odd = Series(source: "börse-線形", symbol: "₿-\"\\/-€🚀")

    static func tick(_ kind: Tick.Kind, of series: Series = bitcoin, at time: Int64 = 1_723_161_255_342) -> Tick {
        Tick(series: series, kind: kind, eventTime: time, ingestTime: time + 12)
    }

    static func trade(_ price: Double, _ quantity: Double, _ side: Side? = .buy) -> Tick.Kind {
        .trade(.init(tradeID: "3735683259", price: price, quantity: quantity, side: side))
    }

    static let ticks: [Tick] = [
        tick(trade(61_837.63, 0.02, .sell)),
        tick(trade(61_837.63, 0.02, .buy)),
        tick(trade(100, 1, nil)),
        tick(
            .trade(
                .init(
                    tradeID: "0de3f0d8-7f25-5f61-bdb5-75ad36ca187c", price: 65_114.2, quantity: 250, side: .sell,
                    isBlockTrade: true))),
        tick(.trade(.init(tradeID: "7", price: 1e-8, quantity: 1e9, side: nil, isBackfilled: true))),
        tick(
            .trade(
                .init(tradeID: "b", price: 3, quantity: 4, side: .buy, isBlockTrade: true, isBackfilled: true))),
        tick(
            .trade(
                .init(
                    tradeID: "a\"b\\c/d\n\r\t\u{8}\u{C}\u{0}\u{1F}\u{7F}é線🚀\u{2028}", price: 1, quantity: 1, side: nil)),
            of: odd),
        tick(trade(.greatestFiniteMagnitude, .leastNonzeroMagnitude)),
        tick(trade(.leastNormalMagnitude, 0.1 + 0.2)),
        tick(trade(999_999_999_999_999, 1e15)),
        tick(trade(9_007_199_254_740_992, 1e16)),
        tick(trade(123_456_789_012_345_680, 1e22)),
        tick(trade(5e-5, 1e-4)),
        tick(trade(1e23, 4.35)),
        tick(trade(1, 1), at: TickView.eventTimes.lowerBound),
        tick(trade(1, 1), at: TickView.eventTimes.upperBound - 13),
        tick(trade(1, 1), at: -1),
        Tick(series: bitcoin, kind: trade(1, 1), eventTime: 60_000, ingestTime: 0),
        tick(.quote(.init(price: 30.98)), of: Series(source: "coingecko", symbol: "SOL-USD")),
        tick(
            .quote(
                .init(
                    price: 30.98, bid: 30.97, ask: 30.99, change24hPct: 7.567819671750593,
                    volume24h: 476_280_865.7456335,
                    marketCap: 8_474_612_022.806003)), of: Series(source: "coingecko", symbol: "SOL-USD")),
        tick(.quote(.init(price: 1, change24hPct: -0.0))),
        tick(.quote(.init(price: 1, bid: 0, ask: 0, change24hPct: -12, volume24h: 0, marketCap: 0))),
        tick(.gap(.init(from: 1_723_161_240_000, to: 1_723_161_255_342, reason: "start"))),
        tick(.gap(.init(from: -1, to: 0, reason: "socket closed (1006): \"bye\""))),
    ]

    static let windows: [WindowAggregate] = [
        window(.tumbling, isFinal: true, vwap: 61_837.625),
        window(.sliding, isFinal: true, vwap: 61_837.625, isIncomplete: true),
        window(.tumbling, isFinal: false, vwap: 61_837.625),
        window(.tumbling, isFinal: true, vwap: nil),
        extremeWindow,
    ]

    static func window(
        _ type: WindowType, isFinal: Bool, vwap: Double?, isIncomplete: Bool = false
    ) -> WindowAggregate {
        let start: Int64 = type == .tumbling ? 1_723_161_240_000 : 1_723_161_250_000
        let volume = vwap == nil ? 0 : 4.0
        return WindowAggregate(
            series: bitcoin, type: type, windowStart: start, windowEnd: start + 60_000, isFinal: isFinal, count: 3,
            volume: volume, amount: (vwap ?? 0) * volume, averagePrice: 61_837.4, vwap: vwap, open: 61_837,
            high: 61_838.5,
            low: 61_836.7, close: 61_836.7, stddev: 0.7874007874011811, buyVolume: vwap == nil ? 0 : 1.5,
            sellVolume: vwap == nil ? 0 : 2.25, firstTime: start + 20_000, lastTime: start + 59_999,
            isIncomplete: isIncomplete)
    }

    /// The first minute of the year 1, with numbers at the ends of what a double holds.
    static let extremeWindow: WindowAggregate = {
        let start = TickView.eventTimes.lowerBound
        return WindowAggregate(
            series: odd, type: .tumbling, windowStart: start, windowEnd: start + 60_000, isFinal: true, count: .max,
            volume: .greatestFiniteMagnitude, amount: .leastNonzeroMagnitude, averagePrice: 1e16, vwap: 0,
            open: .leastNormalMagnitude, high: .greatestFiniteMagnitude, low: .leastNonzeroMagnitude, close: 1e-7,
            stddev: 0.1 + 0.2, buyVolume: 1e21, sellVolume: .leastNonzeroMagnitude, firstTime: start,
            lastTime: start + 59_999,
            isIncomplete: false)
    }()

    static let trends: [Trend] = [
        Trend(series: bitcoin, asOf: 1_723_161_300_000, averages: [100, 101, 102, 103, 104, 105]),
        Trend(series: bitcoin, asOf: 1_723_161_300_000, averages: [105, nil, nil, 103.5, nil, 99.25]),
        Trend(series: bitcoin, asOf: 1_723_161_300_000, averages: [100, 100, 100, 100, 100, 100.005]),
        Trend(series: bitcoin, asOf: 1_723_161_300_000, averages: [nil, nil, nil, nil, nil, 61_837.63]),
        Trend(series: bitcoin, asOf: 0, averages: [nil, nil, nil, nil, 100, 100.01]),
        Trend(series: bitcoin, asOf: -60_000, averages: [nil, nil, nil, nil, 100, 99.99]),
        Trend(series: odd, asOf: 60_000, averages: [1e-8, nil, 3e-8, nil, 1e-8, 2e-8]),
        Trend(
            series: odd, asOf: 60_000,
            averages: [.leastNonzeroMagnitude, nil, nil, nil, nil, .greatestFiniteMagnitude]),
        Trend(
            series: odd, asOf: 60_000,
            averages: [.greatestFiniteMagnitude, 1e308, nil, 1e-300, nil, .leastNonzeroMagnitude]),
    ]

    static let indicators: [Indicators] = [
        indicators(bars: 1) { $0.close = 61_837.63 },
        indicators(bars: 20) {
            ($0.close, $0.sma20, $0.ema12) = (100, 100, 99.5)
            ($0.rsi14, $0.atr14) = (100, 0)
            ($0.bollingerUpper, $0.bollingerMiddle, $0.bollingerLower) = (101, 100, 99)
        },
        indicators(bars: 12_345, of: odd) {
            ($0.close, $0.sma20, $0.ema12, $0.ema26) = (1e-8, 1.5e-8, 1.25e-8, 2e-8)
            ($0.macd, $0.macdSignal, $0.macdHistogram) = (-7.5e-9, -.leastNonzeroMagnitude, 0)
            ($0.rsi14, $0.atr14, $0.volumeZ, $0.returnZ) = (33.333333333333336, 1e-9, -0.6744907594765952, 1e21)
            ($0.bollingerUpper, $0.bollingerMiddle, $0.bollingerLower) = (2e-8, 1.5e-8, -1e-9)
            $0.isIncomplete = true
        },
        indicators(bars: 40) {
            ($0.close, $0.sma20, $0.ema12, $0.ema26) = (7, 7, 7, 7)
            ($0.macd, $0.macdSignal, $0.macdHistogram, $0.atr14) = (0, 0, 0, 0)
            ($0.bollingerUpper, $0.bollingerMiddle, $0.bollingerLower) = (7, 7, 7)
        },
    ]

    private static func indicators(
        bars: Int64, of series: Series = bitcoin, _ fill: (inout Indicators) -> Void
    ) -> Indicators {
        var record = Indicators()
        record.series = series
        record.asOf = 1_723_161_300_000
        record.bars = bars
        fill(&record)
        return record
    }

    static let alerts: [Alert] = [
        alert(.firing, at: 1_723_161_300_000) {
            ($0.value, $0.severity) = (-2.25, "warning")
            $0.summary = "BTC-USDT moved -2.25 %"
            $0.labels = ["severity": "warning", "team": "desk"]
        },
        alert(.resolved, at: 1_723_161_600_000) { $0.value = 100 },
        alert(.firing, of: odd, at: 0) {
            ($0.rule, $0.value) = ("é \"🚀\"", Double.leastNonzeroMagnitude)
            $0.annotations = ["runbook": "a\nb", "description": "1e21"]
        },
    ]

    private static func alert(
        _ state: Alert.State, of series: Series = bitcoin, at time: Int64, _ fill: (inout Alert) -> Void
    ) -> Alert {
        var alert = Alert()
        (alert.rule, alert.state, alert.series) = ("PriceMoved", state, series)
        (alert.since, alert.asOf, alert.fingerprint) = (min(time, 1_723_161_300_000), time, "00c0ffee00c0ffee")
        fill(&alert)
        return alert
    }

    static let lateTicks: [LateTick] = [
        LateTick(tick: tick(trade(61_837.63, 0.02, .sell)), lateBy: 0),
        LateTick(tick: tick(.quote(.init(price: 30.98, bid: 30.97))), lateBy: 1_355_000),
        LateTick(
            tick: tick(
                .trade(.init(tradeID: "ü\"", price: 2, quantity: 3, side: nil, isBackfilled: true)), of: odd),
            lateBy: .max),
    ]

    static let silences: [Silence] = [
        Silence(
            id: "4f2c", matchers: #"symbol="BTC-USDT", alertname=~"Price.*""#, from: 1_723_161_240_000,
            until: 1_723_168_440_000, by: "ana"),
        Silence(id: "ü\"", matchers: #"{symbol=~"₿-.*", team!="\n"}"#, from: -1, until: 0, by: "the page\t"),
    ]

    static let deadLetters: [DeadLetter] = [
        DeadLetter(
            originTopic: "crypto.ticks", originPartition: 3, originOffset: 118_745_850,
            error: "field price must be greater than 0, byte 0", service: "processor"),
        DeadLetter(
            originTopic: "crypto.ticks", originPartition: 0, originOffset: 0, error: "key is not \"binance:BTC-USDT\"",
            service: "sink"),
        DeadLetter(originTopic: "x", originPartition: .max, originOffset: .max, error: "", service: "processor"),
    ]

    private static func bytes(_ encode: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter()
        encode(&json)
        return json.bytes
    }

    /// A dead letter's bytes are somebody else's; what is ours are its headers.
    private static func headers(of letter: DeadLetter, into json: inout JSONWriter) {
        json.beginObject()
        for header in letter.headers {
            json.key(header.name)
            json.value(header.value)
        }
        json.endObject()
    }
}
