/// The ticks of one series of which a preset's rows are made, as they come: 32 bytes each, and 11 to 22 more for each trade until all are
/// there.
///
/// What makes no row of the preset is left out at once, and so is a trade whose id came before.
package struct TickHistory: Sendable {
    private let preset: Preset
    private var ids = FingerprintSet()
    private var ticks = Chunks<PackedTick>()
    private var isSorted = true

    package init(_ preset: Preset) { self.preset = preset }

    /// The ticks that count.
    package var count: Int { ticks.count }

    /// Takes the next tick, if it counts. *Complexity*: O(1) amortised.
    package mutating func add(_ tick: Observation) {
        if let wantsTrades = preset.wantsTrades, (tick.kind == .trade) != wantsTrades { return }
        if tick.kind == .trade {
            if preset.wantsTrades == true, tick.side == nil { return }
            guard ids.insert(tick.id.high ^ tick.id.low) else { return }
        }
        let packed = PackedTick(tick)
        if let last = ticks.last, PackedTick.isEarlier(packed, last) { isSorted = false }
        ticks.append(packed)
    }

    /// The rows of all that was taken, in the order of time, then of trade ids as numbers; ids that are no numbers stay as they came.
    ///
    /// *Complexity*: O(n log n); O(n) for ticks that came in order, whose memory goes as the rows come.
    package consuming func rows(series: String) -> RowTable {
        ids = FingerprintSet()
        var builder = RowBuilder(preset)
        var table = RowTable(preset, series: series)
        if preset != .horizon { table.reserve(ticks.count) }
        if isSorted {
            while let chunk = ticks.removeFirst() {
                for tick in chunk { builder.addInOrder(tick.observation, into: &table) }
            }
        } else {
            for place in sortedPlaces { builder.addInOrder(ticks[Int(place)].observation, into: &table) }
        }
        builder.finish(into: &table)
        return table
    }

    /// Places, as a sorted copy of the ticks would take eight times as much.
    private var sortedPlaces: [UInt32] {
        var places = Array(0..<UInt32(ticks.count))
        places.sort { a, b in
            let (first, second) = (ticks[Int(a)], ticks[Int(b)])
            return PackedTick.isEarlier(first, second) || !PackedTick.isEarlier(second, first) && a < b
        }
        return places
    }
}

/// A tick in 32 bytes.
private struct PackedTick: BitwiseCopyable, Sendable {
    private static let quote: Int64 = 3

    /// The event time, and in the lowest two bits what it is: a trade of unknown side, a buy, a sell or a quote. Years 1 to 9999 fit.
    private let stamp: Int64
    private let price: Double
    /// A trade's quantity, or a quote's change in 24 hours.
    private let amount: Double
    /// The number that a trade's id is, or the bits of a quote's volume.
    private let rest: UInt64

    init(_ tick: Observation) {
        let mark = tick.kind == .quote ? PackedTick.quote : tick.side == .buy ? 1 : tick.side == .sell ? 2 : 0
        stamp = tick.eventTime << 2 | mark
        price = tick.price
        amount = tick.kind == .quote ? tick.change24hPct : tick.quantity
        rest = tick.kind == .quote ? tick.volume24h.bitPattern : tick.number
    }

    private var isQuote: Bool { stamp & 3 == PackedTick.quote }
    private var number: UInt64 { isQuote ? 0 : rest }

    /// Without the trade's id.
    var observation: Observation {
        let side: Side? = stamp & 3 == 1 ? .buy : stamp & 3 == 2 ? .sell : nil
        return isQuote
            ? Observation(
                packedQuote: price, change24hPct: amount, volume24h: Double(bitPattern: rest), eventTime: stamp >> 2)
            : Observation(packedTrade: price, quantity: amount, side: side, eventTime: stamp >> 2)
    }

    /// The order of history: by time, then by the number of the trade; ticks that are equal in both stay as they came.
    static func isEarlier(_ a: PackedTick, _ b: PackedTick) -> Bool {
        let (first, second) = (a.stamp >> 2, b.stamp >> 2)
        return first != second ? first < second : a.number < b.number
    }
}

/// An array in pieces of a fixed size, so that growing copies nothing and its first elements can be given back while the last are used.
private struct Chunks<Element: BitwiseCopyable & Sendable>: Sendable {
    private static var size: Int { 1 << 15 }

    private var pieces: [[Element]] = []
    private var taken = 0
    private(set) var count = 0

    var last: Element? { pieces.last?.last }

    subscript(_ place: Int) -> Element { pieces[place / Self.size][place % Self.size] }

    mutating func append(_ element: Element) {
        if count % Self.size == 0 {
            pieces.append([])
            pieces[pieces.count - 1].reserveCapacity(Self.size)
        }
        pieces[pieces.count - 1].append(element)
        count += 1
    }

    /// The first elements that were not taken yet; nil when all were. Then places mean nothing any more.
    mutating func removeFirst() -> [Element]? {
        guard taken < pieces.count else { return nil }
        defer { taken += 1 }
        var piece: [Element] = []
        swap(&piece, &pieces[taken])
        return piece
    }
}

/// Which 64-bit hashes were met: open addressing, linear probing, at most three quarters full.
///
/// Among 30 million different trades two have the same hash with a chance of 2 in 100,000.
private struct FingerprintSet: Sendable {
    /// 0: free.
    private var slots: [UInt64] = []
    private var count = 0

    /// False where it was met before. *Complexity*: O(1) amortised.
    mutating func insert(_ hash: UInt64) -> Bool {
        if count * 4 >= slots.count * 3 { grow() }
        // The hash of one id in 2^64 is 0.
        let key = max(1, hash)
        var at = place(of: key)
        while slots[at] != 0 {
            if slots[at] == key { return false }
            at = (at &+ 1) & (slots.count &- 1)
        }
        slots[at] = key
        count += 1
        return true
    }

    private func place(of key: UInt64) -> Int { Int(truncatingIfNeeded: key >> 16) & (slots.count &- 1) }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: max(1 << 10, old.count * 2))
        for key in old where key != 0 {
            var at = place(of: key)
            while slots[at] != 0 { at = (at &+ 1) & (slots.count &- 1) }
            slots[at] = key
        }
    }
}
