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
    /// Whether it changed since the state was last written, and whether the changelog holds a version of it.
    var isChanged = true
    var isStored = false

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
        isChanged = true
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

// MARK: State

extension HorizonMinute {
    func encode(into writer: inout ChangelogWriter) {
        writer.put(count)
        for sum in [volume, amount, buyVolume, sellVolume, prices] {
            writer.put(sum.sum)
            writer.put(sum.correction)
        }
        writer.put(low)
        writer.put(high)
        for last in [last, lastBuy, lastSell] {
            writer.put(last.time)
            writer.put(last.price)
            writer.put(last.isBuy ? 1 : 0)
        }
    }

    init(start: Int64, _ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        self.init(start: start)
        let count = try reader.integer()
        guard count > 0, count < 1 << 50, start.magnitude < 1 << 60, start == start.aligned(to: ClockSpan.minute) else {
            throw ChangelogReader.Malformed()
        }
        self.count = Int(count)
        func sum(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) -> CompensatedSum {
            var sum = CompensatedSum()
            sum.sum = try reader.double()
            sum.correction = try reader.double()
            return sum
        }
        volume = try sum(&reader)
        amount = try sum(&reader)
        buyVolume = try sum(&reader)
        sellVolume = try sum(&reader)
        prices = try sum(&reader)
        low = try reader.finite()
        high = try reader.finite()
        func last(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) -> Last {
            Last(time: try reader.timeOrNever(), price: try reader.double(), isBuy: try reader.integer() == 1)
        }
        self.last = try last(&reader)
        lastBuy = try last(&reader)
        lastSell = try last(&reader)
        isChanged = false
        isStored = true
        guard low <= high else { throw ChangelogReader.Malformed() }
        try reader.end()
    }
}
