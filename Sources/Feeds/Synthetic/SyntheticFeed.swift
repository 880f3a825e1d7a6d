internal import CryptoCore
package import System

/// Invented trades: a random walk for each symbol, the same for the same seed and start, at any rate.
///
/// The n-th trade's event time is the start plus n divided by the rate, whenever it is polled.
package struct SyntheticFeed<Clock: WaitingClock>: Feed, ~Copyable {
    /// What to invent.
    package struct Options: Sendable {
        /// Such as `BTC-USDT`.
        package var symbols: [String]
        /// Trades a second, all symbols together.
        package var rate: Int64
        package var seed: UInt64
        /// Stop after so many trades; nil: never.
        package var count: Int64?

        package init(symbols: [String], rate: Int64 = 100, seed: UInt64 = 1, count: Int64? = nil) {
            precondition(!symbols.isEmpty && rate > 0, "a synthetic feed needs a symbol and a rate")
            self.symbols = symbols
            self.rate = rate
            self.seed = seed
            self.count = count
        }
    }

    /// The source of its series.
    package static var source: String { "synthetic" }

    private let options: Options
    private let clock: Clock
    private let startWallMs: Int64
    private let startMs: Int64
    private var walks: [Walk] = []
    private var random: SeededRandom
    private var made: Int64 = 0
    private var text = TradeText()

    /// A price as a whole number of ticks, so that it is printed as exchanges print it.
    private struct Walk {
        var id: SeriesID?
        var ticks: Int64
        /// Digits behind the point.
        var places: Int
    }

    /// Starts now.
    package init(_ options: Options, clock: Clock) {
        self.options = options
        self.clock = clock
        startWallMs = clock.wallMs()
        startMs = clock.monotonicMs()
        random = SeededRandom(seed: options.seed)
        for symbol in options.symbols {
            let price = SeededRandom.usualPrice(of: symbol)
            let places = price >= 1000 ? 2 : 5
            walks.append(Walk(id: nil, ticks: max(1000, price * (places == 2 ? 100 : 100_000)), places: places))
        }
    }

    /// Trades of so long come together: each poll has its cost, and event times are exact all the same.
    private static var leastWaitMs: Int64 { 10 }
    /// Most trades that one poll adds.
    private static var batchTicks: Int64 { 4000 }

    package mutating func poll(
        waitMs: Int64, into writer: inout TickWriter, events: inout [FeedEvent]
    ) -> FeedState {
        if let count = options.count, made >= count { return .finished }
        var due = dueCount()
        if due <= made {
            // The next trade's time, rounded up.
            let next = ((made + 1) * 1000 + options.rate - 1) / options.rate
            clock.wait(ms: min(waitMs, max(Self.leastWaitMs, next - (clock.monotonicMs() - startMs))))
            due = dueCount()
        }
        let end = min(due, made + Self.batchTicks, options.count ?? .max)
        let nowMs = clock.wallMs()
        while made < end {
            add(into: &writer, nowMs: nowMs)
            made += 1
        }
        return .running
    }

    private func dueCount() -> Int64 {
        let elapsed = max(0, clock.monotonicMs() - startMs)
        // Whole seconds apart, so that no rate overflows within a lifetime.
        return elapsed / 1000 * options.rate + elapsed % 1000 * options.rate / 1000
    }

    private mutating func add(into writer: inout TickWriter, nowMs: Int64) {
        let index = Int(random.next() % UInt64(walks.count))
        if walks[index].id == nil {
            walks[index].id = writer.series.intern(Series(source: Self.source, symbol: options.symbols[index]))
        }
        guard let id = walks[index].id else { return }
        let step = max(1, walks[index].ticks / 5000)
        walks[index].ticks += Int64(random.next() % UInt64(2 * step + 1)) - step
        walks[index].ticks = max(walks[index].ticks, 100)
        let quantity = Int64(random.next() % 200_000) + 1
        let side: Side = random.next() & 1 == 0 ? .buy : .sell
        let eventTime = startWallMs + made / options.rate * 1000 + made % options.rate * 1000 / options.rate
        var fields = text.write(
            id: (startWallMs, made), price: (walks[index].ticks, walks[index].places), quantity: (quantity, 5))
        fields.eventTime = eventTime
        fields.side = side
        _ = writer.add(fields, of: id, ingestTime: max(nowMs, eventTime), text.bytes.span.bytes)
    }
}

/// The texts of one trade, laid out as if they stood in a frame.
private struct TradeText: Sendable {
    private(set) var bytes = [UInt8](repeating: 0, count: 128)

    /// Numbers are a whole number and how many of its digits stand behind the point.
    mutating func write(
        id: (Int64, Int64), price: (Int64, Int), quantity: (Int64, Int)
    ) -> TickWriter.TradeFields {
        var fields = TickWriter.TradeFields()
        bytes.withUnsafeMutableBufferPointer { buffer in
            let base = buffer.baseAddress!  // not nil: 128 bytes
            var at = Digits.write(id.0, to: base)
            base[at] = UInt8(ascii: "-")
            at += 1
            at += Digits.write(id.1, to: base + at)
            fields.id = JSONText(offset: 0, count: at)
            let priceAt = at
            at += TradeText.decimal(price.0, price.1, to: base + at)
            fields.price = JSONText(offset: priceAt, count: at - priceAt)
            let quantityAt = at
            at += TradeText.decimal(quantity.0, quantity.1, to: base + at)
            fields.quantity = JSONText(offset: quantityAt, count: at - quantityAt)
        }
        return fields
    }

    private static func decimal(_ number: Int64, _ places: Int, to target: UnsafeMutablePointer<UInt8>) -> Int {
        var scale: Int64 = 1
        for _ in 0..<places { scale *= 10 }
        var at = Digits.write(number / scale, to: target)
        target[at] = UInt8(ascii: ".")
        var rest = number % scale
        for place in stride(from: places, to: 0, by: -1) {
            target[at + place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        at += 1 + places
        return at
    }
}

extension SeededRandom {
    /// Where a symbol's walk begins, in whole units of the quote: something plausible for the great ones, anything for others.
    static func usualPrice(of symbol: String) -> Int64 {
        let usual: [String: Int64] = ["BTC": 60_000, "ETH": 3000, "SOL": 150, "BNB": 600, "XRP": 2, "DOGE": 1]
        if let price = usual[Series(source: "", symbol: symbol).base] { return price }
        var random = SeededRandom(seed: symbol.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        return Int64(random.next() % 100) + 1
    }
}
