import CryptoCore
import Foundation
import TestSupport

/// Records with any values that the contracts allow.
extension SplitMix64 {
    mutating func text(upTo count: Int64 = 12) -> String {
        var text = ""
        for _ in 0..<int(1...count) {
            text += pick([
                "a", "B", "0", "9", "-", ".", "\"", "\\", "/", "é", "線", "🚀", "\u{7F}", "\u{2028}", ":", "\n", "\u{0}",
                " ",
            ])
        }
        return text
    }

    private mutating func name() -> String {
        var text = ""
        for _ in 0..<int(1...8) { text += pick(["A", "b", "7", "_", ".", "é", "線", "🚀", "\"", "\\", "/", "-"]) }
        return text
    }

    mutating func series() -> Series {
        if chance(0.5) { return Series(source: pick(["bybit", "coingecko"]), symbol: pick(["BTC-USD", "ETH-USDT"])) }
        return Series(
            source: name(),
            symbol: name() + (chance(0.1) ? ":" : "") + "-" + name().replacingOccurrences(of: "-", with: "x"))
    }

    mutating func time() -> Int64 {
        let all = TickView.eventTimes
        return chance(0.5) ? int(1_500_000_000_000...1_900_000_000_000) : int(all.lowerBound...all.upperBound - 60_001)
    }

    /// Puts another word, such as a time, in place of one of a state's, and now and then cuts its end off.
    mutating func damage(_ bytes: inout [UInt8], near time: Int64) {
        let at = Int(next() % UInt64(bytes.count / 8)) * 8
        let word = pick([0, .max, 1 << 63, next(), UInt64(bitPattern: time), anyFinite().bitPattern])
        for byte in 0..<8 { bytes[at + byte] = UInt8(truncatingIfNeeded: word >> (8 * UInt64(byte))) }
        if chance(0.1) { bytes.removeLast(Int(int(1...8))) }
    }

    mutating func positive() -> Double {
        if chance(0.7) { return marketNumber() }
        let any = anyFinite().magnitude
        return any > 0 ? any : .leastNonzeroMagnitude
    }

    private mutating func known(_ p: Double = 0.5) -> Double? { chance(p) ? anyFinite() : nil }

    mutating func tickKind() -> Tick.Kind {
        switch next() % 4 {
        case 0:
            return .quote(
                Tick.Quote(
                    price: positive(), bid: known(), ask: known(), change24hPct: known(), volume24h: known(),
                    marketCap: known()))
        case 1:
            let from = time()
            return .gap(Tick.Gap(from: from, to: from + int(1...60_000), reason: text()))
        default:
            return .trade(
                Tick.Trade(
                    tradeID: text(upTo: 40), price: positive(), quantity: positive(), side: pick([.buy, .sell, nil]),
                    isBlockTrade: chance(0.2), isBackfilled: chance(0.2)))
        }
    }

    mutating func tick() -> Tick {
        let time = time()
        let ingest = max(time + int(-60_000...600_000), TickView.eventTimes.lowerBound)
        return Tick(series: series(), kind: tickKind(), eventTime: time, ingestTime: ingest)
    }

    mutating func window() -> WindowAggregate {
        let fields = [
            "volume", "amount", "average_price", "open", "high", "low", "close", "stddev", "buy_volume", "sell_volume",
        ]
        let start = time()
        let series = series()
        var json = JSONWriter()
        json.beginObject()
        json.field("symbol", series.symbol)
        json.field("source", series.source)
        json.field("type", pick(["tumbling", "sliding"]))
        json.field("window_start", start)
        json.field("window_end", start + 60_000)
        json.field("final", chance(0.5))
        json.field("count", int(1...(.max)))
        for name in fields {
            json.key(name as String)
            json.value(anyFinite())
        }
        json.field("vwap", orNull: known())
        json.field("first_time", time())
        json.field("last_time", time())
        json.field("incomplete", chance(0.5))
        json.endObject()
        do {
            return try WindowAggregate(decoding: json.bytes.span.bytes)
        } catch {
            preconditionFailure("\(error) in \(String(decoding: json.bytes, as: UTF8.self))")
        }
    }

    /// Of a name, a version and a hash; the rest is up to chance.
    mutating func prediction() -> Prediction {
        var prediction = Prediction()
        prediction.series = series()
        (prediction.model, prediction.version) = (pick(["direction", "a.b_c-9"]), int(1...(.max)))
        prediction.modelHash = String((0..<16).map { _ in pick(Array("0123456789abcdef")) })
        prediction.kind = pick(Prediction.Kind.allCases)
        prediction.eventTime = time()
        if prediction.kind == .window { prediction.eventTime -= prediction.eventTime % 60_000 }
        if prediction.kind == .trade { prediction.tradeID = text(upTo: 40) }
        prediction.prediction = int(0...1)
        prediction.probability = Double.random(in: 0...1, using: &self)
        prediction.horizonMs = chance(0.5) ? int(1...(.max)) : nil
        (prediction.isExpired, prediction.isDefault, prediction.isShadow) = (chance(0.5), chance(0.5), chance(0.5))
        return prediction
    }

    mutating func score() -> Score {
        var score = Score()
        score.series = series()
        (score.model, score.version, score.asOf) = (pick(["direction", "horizon"]), int(1...(.max)), time())
        (score.spanMs, score.count) = (int(1...(.max)), int(1...(.max)))
        score.decidedUp = int(0...score.count)
        let zeros = score.count - score.decidedUp
        (score.truePositives, score.falsePositives) = (int(0...score.decidedUp), int(0...zeros))
        let few = int(0...zeros)
        score.probabilityBins = [[int(0...500), few, 0], [int(501...1_023), zeros - few, score.decidedUp]]
        (score.accuracy, score.balancedAccuracy, score.brier) = (anyFinite(), anyFinite(), anyFinite())
        (score.logLoss, score.baseRate, score.auc) = (anyFinite(), anyFinite(), known())
        for _ in 0..<int(0...3) {
            score.baselines[text()] = Score.Baseline(accuracy: anyFinite(), logLoss: anyFinite())
            score.psi[text()] = anyFinite()
            score.featureBins[text()] = [[0, int(0...9)], [int(1...9), int(0...(1 << 60))]]
        }
        return score
    }

    mutating func trend() -> Trend {
        Trend(series: series(), asOf: time(), averages: (0..<Trend.minutes).map { _ in chance(0.7) ? positive() : nil })
    }

    mutating func indicators() -> Indicators {
        var record = Indicators()
        record.series = series()
        record.asOf = time()
        record.close = positive()
        for field in [\Indicators.sma20, \.ema12, \.ema26, \.bollingerUpper, \.bollingerMiddle, \.atr14] {
            record[keyPath: field] = chance(0.8) ? positive() : nil
        }
        for field in [
            \Indicators.macd, \.macdSignal, \.macdHistogram, \.bollingerLower, \.volumeZ, \.returnZ,
        ] {
            record[keyPath: field] = known()
        }
        record.rsi14 = chance(0.8) ? Double(int(0...1_000)) / 10 : nil
        record.bars = int(1...(.max))
        record.isIncomplete = chance(0.5)
        return record
    }
}
