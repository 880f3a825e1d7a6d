/// One trade that happened at an exchange, whether or not somebody heard of it.
public struct MarketTrade: BitwiseCopyable, Equatable, Sendable {
    /// Rises by one from trade to trade of a symbol.
    public var id: Int64
    /// *Units*: hundredths of the quote currency.
    public var cents: Int64
    /// *Units*: 10⁻⁸ of the base currency.
    public var grains: Int64
    /// The taker's side.
    public var isBuy: Bool
    /// What the venue says when it was. *Units*: µs since the epoch.
    public var timeUs: Int64
    /// When it was: another time only where the venue's clock is wrong. *Units*: µs since the epoch.
    public var happenedUs: Int64

    public init(id: Int64, cents: Int64, grains: Int64, isBuy: Bool, timeUs: Int64, happenedUs: Int64? = nil) {
        self.id = id
        self.cents = cents
        self.grains = grains
        self.isBuy = isBuy
        self.timeUs = timeUs
        self.happenedUs = happenedUs ?? timeUs
    }

    /// Both divisors and both dividends are exact, so these are the doubles nearest to the decimal texts.
    public var price: Double { Double(cents) / 100 }
    public var quantity: Double { Double(grains) / 100_000_000 }
    public var timeMs: Int64 { timeUs / 1000 }
}
