/// What happened in a stretch of a series: a bar of a chart.
///
/// *Units*: ms since the epoch, prices and `amount` in the quote currency, volumes in base units.
package struct Candle: BitwiseCopyable, Equatable, Sendable {
    package internal(set) var start: Int64
    package internal(set) var open: Double
    package internal(set) var high: Double
    package internal(set) var low: Double
    package internal(set) var close: Double
    package internal(set) var volume = 0.0
    package internal(set) var buyVolume = 0.0
    package internal(set) var sellVolume = 0.0
    /// Σ price · quantity.
    package internal(set) var amount = 0.0
    /// Trades and quotes.
    package internal(set) var count: Int64 = 0
    /// A gap overlaps it.
    package internal(set) var isIncomplete = false

    init(start: Int64, price: Double) {
        self.start = start
        (open, high, low, close) = (price, price, price, price)
    }

    /// Adds what came behind it within the same stretch.
    mutating func add(_ later: Candle) {
        high = max(high, later.high)
        low = min(low, later.low)
        close = later.close
        volume = sum(volume, later.volume)
        buyVolume = sum(buyVolume, later.buyVolume)
        sellVolume = sum(sellVolume, later.sellVolume)
        amount = sum(amount, later.amount)
        count &+= later.count
        isIncomplete = isIncomplete || later.isIncomplete
    }

    /// The start of the stretch of that length, a multiple of it, that holds a time.
    static func start(of time: Int64, step: Int64) -> Int64 {
        let rest = time % step
        return time - (rest < 0 ? rest + step : rest)
    }
}

/// Sums end at the largest number, as those of the windows do.
func sum(_ a: Double, _ b: Double) -> Double { min(a + b, .greatestFiniteMagnitude) }
