import CryptoCore
import Foundation
import TestSupport
import Testing

@testable import CryptoCore

/// Minutes of a market, and what the processor's core makes of them.
struct Bars: Codable, Equatable {
    var close: [Double] = []
    var high: [Double] = []
    var low: [Double] = []
    var volume: [Double] = []

    var count: Int { close.count }

    mutating func append(close: Double, high: Double, low: Double, volume: Double) {
        self.close.append(close)
        self.high.append(high)
        self.low.append(low)
        self.volume.append(volume)
    }

    /// A random walk in logarithms that begins at `price`.
    static func walk(_ count: Int, from price: Double, seed: UInt64) -> Bars {
        var rng = SplitMix64(seed: seed)
        var bars = Bars(), close = price
        for _ in 0..<count {
            close *= 1 + (Double(rng.int(-1_000...1_000)) / 100_000)
            let span = Double(rng.int(0...500)) / 100_000
            let volume = Double(rng.int(1...10_000)) / 7
            bars.append(close: close, high: close * (1 + span), low: close * (1 - span), volume: volume)
        }
        return bars
    }

    /// A market that does not move.
    static func flat(_ count: Int, at price: Double) -> Bars {
        Bars(
            close: Array(repeating: price, count: count), high: Array(repeating: price, count: count),
            low: Array(repeating: price, count: count), volume: Array(repeating: 1, count: count))
    }

    static func + (a: Bars, b: Bars) -> Bars {
        Bars(close: a.close + b.close, high: a.high + b.high, low: a.low + b.low, volume: a.volume + b.volume)
    }

    func minute(_ index: Int) -> Slice {
        var slice = Slice(start: noon)
        slice.close = close[index]
        slice.high = high[index]
        slice.low = low[index]
        slice.volume.add(volume[index])
        return slice
    }

    /// The records of all bars.
    func records() -> [Indicators] {
        var state = SeriesIndicators()
        return (0..<count).compactMap { index in
            state.add(minute(index), end: noon + Int64(index + 1) * 60_000, isIncomplete: false)
            return state.record(of: VirtualPartition.bitcoin)
        }
    }

    /// What the libraries say: library → indicator → a value a bar.
    func libraries() throws -> [String: [String: [Double?]]] {
        let script = SharedData.packageRoot.appendingPathComponent(
            "Tests/CryptoCoreTests/Reference/indicators_reference.py")
        let result = try ChildProcess(
            try #require(Reference.python), [script.path], input: try JSONEncoder().encode(self)
        ).wait(seconds: 120)
        try #require(result.status == 0, "\(result.errors)")
        return try JSONDecoder().decode([String: [String: [Double?]]].self, from: Data(result.output.utf8))
    }
}

extension Indicators {
    /// Its values by the names of its fields.
    var values: [String: Double?] {
        [
            "sma_20": sma20, "ema_12": ema12, "ema_26": ema26, "rsi_14": rsi14, "macd": macd, "macd_signal": macdSignal,
            "macd_histogram": macdHistogram, "bollinger_upper": bollingerUpper, "bollinger_middle": bollingerMiddle,
            "bollinger_lower": bollingerLower, "atr_14": atr14, "volume_z": volumeZ, "return_z": returnZ,
        ]
    }
}
