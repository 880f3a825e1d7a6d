/// One minute of one series' trades, as the rows of `horizon` need it.
struct HorizonMinute: Sendable {
    /// ms since the epoch, a multiple of a minute.
    let start: Int64
    private(set) var count = 0
    private(set) var volume = CompensatedSum()
    private(set) var amount = CompensatedSum()
    private(set) var buyVolume = CompensatedSum()
    private(set) var sellVolume = CompensatedSum()
    private var prices = CompensatedSum()
    private var low = Double.infinity
    private var high = -Double.infinity
    /// The last trade, the last buy and the last sell: by time, of several in one millisecond the one that came last.
    private(set) var last = Last()
    private(set) var lastBuy = Last()
    private(set) var lastSell = Last()

    struct Last: BitwiseCopyable, Sendable {
        var time = Int64.min
        var price = Double.nan
        var isBuy = false

        mutating func meet(_ trade: Observation, isBuy: Bool) {
            guard trade.eventTime >= time else { return }
            self = Last(time: trade.eventTime, price: trade.price, isBuy: isBuy)
        }
    }

    init(start: Int64) { self.start = start }

    mutating func add(_ trade: Observation, _ side: Side) {
        count += 1
        prices.add(trade.price)
        low = min(low, trade.price)
        high = max(high, trade.price)
        volume.add(trade.quantity)
        amount.add(min(trade.price * trade.quantity, .greatestFiniteMagnitude))
        last.meet(trade, isBuy: side == .buy)
        if side == .buy {
            buyVolume.add(trade.quantity)
            lastBuy.meet(trade, isBuy: true)
        } else {
            sellVolume.add(trade.quantity)
            lastSell.meet(trade, isBuy: false)
        }
    }

    /// The mean of the prices; between the lowest and the highest, which rounding alone does not grant.
    var average: Double { min(max(prices.value / Double(count), low), high) }
}
