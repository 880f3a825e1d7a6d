internal import Glibc
internal import Synchronization

/// What happens at an exchange: trades of several symbols at a rate, all of them on record.
///
/// Nothing happens by itself: whoever looks says what time it is, and everything up to then has happened. The same seed and the
/// same times give the same trades.
public final class Market: Sendable {
    fileprivate struct Book {
        var trades: [MarketTrade] = []
        var cents: Int64
        var lastUs: Int64 = 0
        /// The next trade's time is wrong by so much.
        var skewUs: Int64 = 0
        /// How many trades there were when somebody subscribed for the first time.
        var heardFrom: Int?
    }

    fileprivate struct State {
        var books: [Book]
        var random: SplitMix64
        var perSecond: Double
        var nextUs: Int64
    }

    /// Such as `BTC-USDT`; their places are what the rest calls a symbol.
    public let symbols: [String]
    /// The id of each symbol's first trade.
    public let firstID: Int64
    private let state: Mutex<State>

    /// - Parameter startMs: when the first trade is due.
    public init(symbols: [String], perSecond: Double, seed: UInt64, startMs: Int64, firstID: Int64 = 1_000_001) {
        self.symbols = symbols
        self.firstID = firstID
        var random = SplitMix64(seed: seed)
        let books = symbols.map { _ in Book(cents: Int64.random(in: 1_000...9_000_000, using: &random)) }
        state = Mutex(State(books: books, random: random, perSecond: perSecond, nextUs: startMs * 1000))
    }

    /// Lets everything happen that is due.
    public func advance(toMs nowMs: Int64) {
        state.withLock { state in
            let nowUs = nowMs * 1000
            guard state.perSecond > 0 else {
                state.nextUs = max(state.nextUs, nowUs)
                return
            }
            while state.nextUs <= nowUs {
                let symbol = Int.random(in: state.books.indices, using: &state.random)
                state.happen(symbol, atUs: state.nextUs, firstID)
                let unit = Double.random(in: 0..<1, using: &state.random)
                state.nextUs += Int64(-log(1 - unit) / state.perSecond * 1_000_000)
            }
        }
    }

    /// Trades a second from now on; 0: nothing happens any more.
    public func setRate(perSecond: Double) { state.withLock { $0.perSecond = perSecond } }

    /// So many trades of a symbol within one moment.
    public func burst(_ count: Int, of symbol: Int, atMs nowMs: Int64) {
        state.withLock { state in
            state.books[symbol].trades.reserveCapacity(state.books[symbol].trades.count + count)
            for index in 0..<count { state.happen(symbol, atUs: nowMs * 1000 + Int64(index), firstID) }
        }
    }

    /// The venue's clock is wrong by so much for the next trade of a symbol.
    public func skewNext(of symbol: Int, byMs skew: Int64) {
        state.withLock { $0.books[symbol].skewUs = skew * 1000 }
    }

    /// How many trades of a symbol there were.
    public func count(of symbol: Int) -> Int { state.withLock { $0.books[symbol].trades.count } }

    /// Trades of a symbol, oldest first, from a place on; empty when there are none yet.
    public func trades(of symbol: Int, from index: Int, limit: Int = .max) -> [MarketTrade] {
        state.withLock { state in
            let trades = state.books[symbol].trades
            guard index < trades.count else { return [] }
            let start = max(0, index)
            return Array(trades[start..<(trades.count - start > limit ? start + limit : trades.count)])
        }
    }

    /// The newest trades of a symbol, oldest first.
    public func newest(_ count: Int, of symbol: Int) -> [MarketTrade] {
        state.withLock { Array($0.books[symbol].trades.suffix(count)) }
    }

    /// Somebody subscribed to a symbol: from here on it hears everything. The place of the next trade.
    public func subscribe(to symbol: Int) -> Int {
        state.withLock { state in
            let next = state.books[symbol].trades.count
            if state.books[symbol].heardFrom == nil { state.books[symbol].heardFrom = next }
            return next
        }
    }

    /// The place of the first trade after the first subscription; nil where nobody ever subscribed.
    public func heardFrom(of symbol: Int) -> Int? { state.withLock { $0.books[symbol].heardFrom } }

    /// The last price of a symbol. *Units*: hundredths.
    public func cents(of symbol: Int) -> Int64 { state.withLock { $0.books[symbol].cents } }
}

extension Market.State {
    fileprivate mutating func happen(_ symbol: Int, atUs timeUs: Int64, _ firstID: Int64) {
        let bits = random.next()
        books[symbol].cents = max(100, books[symbol].cents + Int64(bits & 63) - 31)
        // No two of a symbol at the same time: a page of the past that begins at a time begins at one trade.
        let time = max(timeUs, books[symbol].lastUs + 1)
        books[symbol].lastUs = time
        books[symbol].trades.append(
            MarketTrade(
                id: firstID + Int64(books[symbol].trades.count), cents: books[symbol].cents,
                grains: 1 + Int64((bits >> 8) & 0xFF_FFFF) * (bits & 64 == 0 ? 1 : 1_000), isBuy: bits >> 63 == 0,
                timeUs: time + books[symbol].skewUs, happenedUs: time))
        books[symbol].skewUs = 0
    }
}
