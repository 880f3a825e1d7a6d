/// What happened in one slice of a series: the part of the time line that all its windows share. Windows are merged slices.
struct Slice: BitwiseCopyable, Equatable, Sendable {
    /// ms since the epoch, a multiple of the slide.
    var start: Int64
    var count: Int64 = 0
    var volume = CompensatedSum()
    var amount = CompensatedSum()
    var buyVolume = CompensatedSum()
    var sellVolume = CompensatedSum()
    var prices = CompensatedSum()
    // B. P. Welford's running mean and sum of squared deviations (Technometrics 4, 1962).
    var mean = 0.0
    var squares = 0.0
    var open = 0.0
    var close = 0.0
    var high = 0.0
    var low = 0.0
    var firstTime: Int64 = 0
    var lastTime: Int64 = 0
    /// Whether it changed since the state was last written.
    var isChanged = true
    /// Whether the changelog holds a version of it.
    var isStored = false

    init(start: Int64) { self.start = start }

    /// Counts a trade or a quote.
    @inline(__always)
    mutating func add(_ tick: TickView) {
        let price = tick.price
        isChanged = true
        count &+= 1
        prices.add(price)
        let deviation = price - mean
        mean += deviation / Double(count)
        squares = min(squares + deviation * (price - mean), .greatestFiniteMagnitude)
        if count == 1 {
            open = price
            close = price
            high = price
            low = price
            firstTime = tick.eventTime
            lastTime = tick.eventTime
        } else {
            high = max(high, price)
            low = min(low, price)
            if tick.eventTime < firstTime {
                firstTime = tick.eventTime
                open = price
            }
            if tick.eventTime >= lastTime {
                lastTime = tick.eventTime
                close = price
            }
        }
        guard tick.kind == .trade else { return }
        volume.add(tick.quantity)
        amount.add(min(price * tick.quantity, .greatestFiniteMagnitude))
        switch tick.side {
        case .buy: buyVolume.add(tick.quantity)
        case .sell: sellVolume.add(tick.quantity)
        case nil: break
        }
    }

    /// Adds a later slice of the same series.
    /// - Precondition: `later` starts after everything in this one; neither is empty.
    mutating func merge(_ later: Slice) {
        // T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
        let deviation = later.mean - mean
        let total = Double(count + later.count)
        let share = Double(later.count) / total
        let between = deviation * share * deviation * Double(count)
        squares = min(squares + later.squares + between, .greatestFiniteMagnitude)
        mean += deviation * share
        count += later.count
        volume.add(later.volume)
        amount.add(later.amount)
        buyVolume.add(later.buyVolume)
        sellVolume.add(later.sellVolume)
        prices.add(later.prices)
        close = later.close
        high = max(high, later.high)
        low = min(low, later.low)
        lastTime = later.lastTime
    }

    /// The mean of the prices.
    var averagePrice: Double { betweenPrices(prices.value / Double(count)) }

    /// Σ price · quantity / Σ quantity; nil without volume.
    var vwap: Double? { volume.value > 0 ? betweenPrices(amount.value / volume.value) : nil }

    /// A mean of the prices lies between the lowest and the highest, which rounding (or a sum that saturated) may not grant.
    private func betweenPrices(_ mean: Double) -> Double { min(max(mean.saturated, low), high) }

    /// The record of the window whose merged slices this is.
    func window(
        _ series: Series, _ type: WindowType, end: Int64, isFinal: Bool, isIncomplete: Bool
    ) -> WindowAggregate {
        WindowAggregate(
            series: series, type: type, windowStart: end - WindowConfiguration.windowLength, windowEnd: end,
            isFinal: isFinal, count: count, volume: volume.value, amount: amount.value, averagePrice: averagePrice,
            vwap: vwap, open: open, high: high, low: low, close: close, stddev: (squares / Double(count)).squareRoot(),
            buyVolume: buyVolume.value,
            sellVolume: sellVolume.value, firstTime: firstTime, lastTime: lastTime, isIncomplete: isIncomplete)
    }
}
