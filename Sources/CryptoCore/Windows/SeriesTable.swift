/// Finds a series' number by its Kafka key without making a string of it, and knows how its trades begin. Open addressing,
/// linear probing.
struct SeriesTable: Sendable {
    var slots: ContiguousArray<Int32> = ContiguousArray(repeating: -1, count: 64)
    /// All keys, one behind the other, and where each ends.
    var keys: ContiguousArray<UInt8> = []
    var ends: ContiguousArray<Int> = []
    /// How canonical trades of each series begin, one behind the other, and where each ends.
    private var heads: ContiguousArray<UInt8> = []
    private var headEnds: ContiguousArray<Int> = []

    init() {}

    /// Reads a canonical trade of series `index`, whose key the record has; nil when it is something else.
    @inline(__always)
    func trade(of index: Int, in bytes: RawSpan) -> TickView? {
        let start = index == 0 ? 0 : headEnds[index &- 1]
        let count = headEnds[index] &- start
        guard count <= bytes.byteCount, heads.span.bytes.equals(bytes, from: start, count: count) else { return nil }
        let keyStart = index == 0 ? 0 : ends[index &- 1]
        return TickView(tradeIn: bytes, headCount: count, nameCount: ends[index] &- keyStart &- 1)
    }

    func index(of key: RawSpan) -> Int? {
        let mask = slots.count &- 1
        var at = SeriesTable.hash(key) & mask
        while slots[at] >= 0 {
            let index = Int(slots[at])
            if isKey(index, key) { return index }
            at = (at &+ 1) & mask
        }
        return nil
    }

    /// - Precondition: the key is not there, and `index` is the number of keys.
    mutating func insert(_ key: RawSpan, index: Int) {
        precondition(index == ends.count, "series are numbered in order")
        key.withUnsafeBytes { keys.append(contentsOf: $0) }
        ends.append(keys.count)
        TickView.appendTradeHead(ofSeries: key, to: &heads)
        headEnds.append(heads.count)
        if ends.count * 2 > slots.count {
            slots = ContiguousArray(repeating: -1, count: slots.count * 2)
            for old in 0..<index { place(old, hash: keyBytes(old) { SeriesTable.hash($0) }) }
        }
        place(index, hash: SeriesTable.hash(key))
    }

    private mutating func place(_ index: Int, hash: Int) {
        var at = hash & (slots.count - 1)
        while slots[at] >= 0 { at = (at + 1) & (slots.count - 1) }
        slots[at] = Int32(index)
    }

    private func keyBytes<Result>(_ index: Int, _ body: (RawSpan) -> Result) -> Result {
        body(keys.span.bytes.extracting((index == 0 ? 0 : ends[index - 1])..<ends[index]))
    }

    func isKey(_ index: Int, _ key: RawSpan) -> Bool {
        let start = index == 0 ? 0 : ends[index &- 1]
        return ends[index] &- start == key.byteCount
            && keys.span.bytes.equals(key, from: start, count: key.byteCount)
    }

    static func hash(_ key: RawSpan) -> Int {
        Int(truncatingIfNeeded: TradeID(key, from: 0, to: key.byteCount).low >> 1)
    }
}

extension RawSpan {
    /// Whether the `count` bytes from `start` on are the first ones of `other`; the caller has checked that all are inside.
    @inline(__always)
    func equals(_ other: RawSpan, from start: Int, count: Int) -> Bool {
        guard count >= 8 else {
            for i in 0..<count where byte(start &+ i) != other.byte(i) { return false }
            return true
        }
        var i = 0
        while i &+ 8 <= count {
            if word(start &+ i) != other.word(i) { return false }
            i &+= 8
        }
        // The last word overlaps the one before it.
        return word(start &+ count &- 8) == other.word(count &- 8)
    }
}
