internal import CryptoCore
internal import Storage

/// Makes candles of any length, of final minutes or of ticks, which come in the order of their time.
///
/// Both ways give the same open, high, low, close and count, and volumes that differ by the rounding of their sums (a relative 2^-53
/// for each number added), with two exceptions that a store cannot tell:
/// - A tick that came after its minute was final is only in candles of ticks.
/// - Trades of one ms are told apart by when they came and then by their ids, shorter ones first, as venues number them. Where ids are
///   no numbers, the first and the last of that ms may be others than those of the windows.
struct CandleFold {
    /// Of windows.
    static let minuteColumns = [
        "window_start", "open", "high", "low", "close", "volume", "buy_volume", "sell_volume", "amount", "count",
        "incomplete",
    ]
    /// Of ticks.
    static let tickColumns = [
        "event_time", "ingest_time", "kind", "price", "quantity", "side", "block_trade", "trade_id",
    ]

    let step: Int64
    private(set) var candles: [Candle] = []
    private(set) var rowsRead = 0
    /// Of the open candle: which tick opened it, and which one closed it.
    private var first = TickRank()
    private var last = TickRank()

    init(step: Int64) { self.step = step }

    /// Adds rows of `minuteColumns`.
    mutating func addMinutes(_ page: borrowing RowPage) {
        rowsRead += page.count
        for row in 0..<page.count {
            guard var minute = Candle(minute: row, of: page) else { continue }
            minute.start = Candle.start(of: minute.start, step: step)
            guard let open = candles.indices.last, candles[open].start == minute.start else {
                candles.append(minute)
                continue
            }
            candles[open].add(minute)
        }
    }

    /// Adds rows of `tickColumns`.
    mutating func addTicks(_ page: borrowing RowPage) {
        rowsRead += page.count
        for row in 0..<page.count {
            let isTrade = page.equals(row, 2, "trade")
            guard isTrade || page.equals(row, 2, "quote"), page.bool(row, 6) != true,
                let time = page.integer(row, 0), let price = page.real(row, 3)
            else { continue }
            add(price, at: time, row, page)
            guard isTrade, let quantity = page.real(row, 4), let open = candles.indices.last else { continue }
            candles[open].volume = sum(candles[open].volume, quantity)
            candles[open].amount = sum(candles[open].amount, min(price * quantity, .greatestFiniteMagnitude))
            if page.equals(row, 5, "buy") { candles[open].buyVolume = sum(candles[open].buyVolume, quantity) }
            if page.equals(row, 5, "sell") { candles[open].sellVolume = sum(candles[open].sellVolume, quantity) }
        }
    }

    private mutating func add(_ price: Double, at time: Int64, _ row: Int, _ page: borrowing RowPage) {
        let start = Candle.start(of: time, step: step)
        if candles.last?.start != start {
            candles.append(Candle(start: start, price: price))
            first.take(row, of: page)
            last.take(row, of: page)
        }
        let open = candles.count - 1
        candles[open].count &+= 1
        candles[open].high = max(candles[open].high, price)
        candles[open].low = min(candles[open].low, price)
        if time == first.time, first.isBehind(row, of: page) {
            candles[open].open = price
            first.take(row, of: page)
        }
        if time > last.time || !last.isBehind(row, of: page) {
            candles[open].close = price
            last.take(row, of: page)
        }
    }

    /// Marks the candles that a gap overlaps.
    mutating func mark(_ gaps: [GapSpan]) {
        for gap in gaps {
            var low = 0
            var high = candles.count
            while low < high {
                let middle = (low + high) / 2
                if candles[middle].start + step > gap.from { high = middle } else { low = middle + 1 }
            }
            while low < candles.count, candles[low].start < gap.to {
                candles[low].isIncomplete = true
                low += 1
            }
        }
    }
}

/// Where a tick stands among those of the same ms: by when it came, then by its id.
private struct TickRank {
    private(set) var time: Int64 = .min
    private var ingestTime: Int64 = 0
    private var id: [UInt8] = []

    mutating func take(_ row: Int, of page: borrowing RowPage) {
        time = page.integer(row, 0) ?? 0
        ingestTime = page.integer(row, 1) ?? 0
        id.removeAll(keepingCapacity: true)
        _ = page.withBytes(row, 7) { bytes in bytes.withUnsafeBytes { id.append(contentsOf: $0) } }
    }

    /// Whether this tick came after that of a row of the same time.
    func isBehind(_ row: Int, of page: borrowing RowPage) -> Bool {
        let other = page.integer(row, 1) ?? 0
        if ingestTime != other { return ingestTime > other }
        return page.withBytes(row, 7) { bytes in
            bytes.withUnsafeBytes { other in
                id.count == other.count ? other.lexicographicallyPrecedes(id) : id.count > other.count
            }
        } ?? false
    }
}

extension Candle {
    /// A row of `CandleFold.minuteColumns`; nil where something is missing.
    init?(minute row: Int, of page: borrowing RowPage) {
        guard let start = page.integer(row, 0), let open = page.real(row, 1), let high = page.real(row, 2),
            let low = page.real(row, 3), let close = page.real(row, 4)
        else { return nil }
        self.init(start: start, price: open)
        (self.high, self.low, self.close) = (high, low, close)
        volume = page.real(row, 5) ?? 0
        buyVolume = page.real(row, 6) ?? 0
        sellVolume = page.real(row, 7) ?? 0
        amount = page.real(row, 8) ?? 0
        count = page.integer(row, 9) ?? 0
        isIncomplete = page.bool(row, 10) ?? false
    }
}
