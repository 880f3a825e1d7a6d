/// 128 bits that stand for a trade id's text. Two different ids of one minute meet with a chance of about 10⁻²⁵.
struct TradeID: BitwiseCopyable, Hashable, Sendable {
    var high: UInt64
    var low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Two lanes of multiply-and-fold over 8 bytes at a time; the same on every machine and in every run, as ids live in the
    /// changelog too.
    init(_ text: JSONText, in bytes: RawSpan) {
        if text.isEscaped {
            self.init(unescaping: text, in: bytes)
        } else {
            self.init(bytes, from: text.offset, to: text.offset &+ text.count)
        }
    }

    init(unescaping text: JSONText, in bytes: RawSpan) {
        let plain = Array(text.string(in: bytes).utf8)
        self.init(plain.span.bytes, from: 0, to: plain.count)
    }

    init(_ bytes: RawSpan, from start: Int, to end: Int) {
        high = 0x9E37_79B9_7F4A_7C15 ^ UInt64(end &- start)
        low = 0xD1B5_4A32_D192_ED03
        var at = start
        while at &+ 8 <= end {
            mix(bytes.word(at))
            at &+= 8
        }
        var rest: UInt64 = 0
        while at < end {
            rest = rest << 8 | UInt64(bytes.byte(at))
            at &+= 1
        }
        mix(rest)
        mix(0)
    }

    @inline(__always)
    mutating func mix(_ word: UInt64) {
        high = TradeID.fold(high ^ word, 0xA076_1D64_78BD_642F)
        low = TradeID.fold(low ^ word, 0xE703_7ED1_A0B4_28DB) &+ high
    }

    @inline(__always)
    static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low &+ (a &* 0x9E37_79B9_7F4A_7C15)
    }
}

/// The trade ids of a series that are still remembered, each with the slice of its event time.
///
/// Open addressing with linear probing. An entry whose slice is closed counts as free; such entries are swept when the table
/// would have to grow. *Complexity*: O(1) amortised, no allocation unless more ids are alive than ever before.
struct TradeIDSet: Sendable {
    struct Entry: BitwiseCopyable, Sendable {
        var id: TradeID
        /// Start of the slice, ms; `.min` where there is no entry.
        var slice: Int64

        init(id: TradeID, slice: Int64) {
            self.id = id
            self.slice = slice
        }
    }

    static let free = Entry(id: TradeID(high: 0, low: 0), slice: .min)
    var entries: ContiguousArray<Entry> = []
    /// Entries that are not free, those of closed slices included.
    var used = 0
    /// Where a sweep puts the living aside; kept for its memory.
    var alive: ContiguousArray<Entry> = []

    init() {}

    /// Remembers `id` with `slice`; false when it is remembered already.
    /// Entries of slices that start before `oldest` are forgotten.
    mutating func insert(_ id: TradeID, slice: Int64, oldest: Int64) -> Bool {
        if used &* 2 >= entries.count { sweep(oldest: oldest) }
        let mask = entries.count &- 1
        var at = Int(truncatingIfNeeded: id.low) & mask
        var reusable = -1
        while entries[at].slice != .min {
            if entries[at].slice < oldest {
                if reusable < 0 { reusable = at }
            } else if entries[at].id == id {
                return false
            }
            at = (at &+ 1) & mask
        }
        if reusable < 0 {
            used &+= 1
            reusable = at
        }
        entries[reusable] = Entry(id: id, slice: slice)
        return true
    }

    /// Whether `id` is remembered.
    func contains(_ id: TradeID, oldest: Int64) -> Bool {
        if entries.isEmpty { return false }
        let mask = entries.count &- 1
        var at = Int(truncatingIfNeeded: id.low) & mask
        while entries[at].slice != .min {
            if entries[at].slice >= oldest, entries[at].id == id { return true }
            at = (at &+ 1) & mask
        }
        return false
    }

    /// Remembers `id` with `slice`, whatever was known of it before: the order of a changelog is the order of events.
    mutating func restore(_ id: TradeID, slice: Int64, oldest: Int64) {
        if insert(id, slice: slice, oldest: oldest) { return }
        let mask = entries.count - 1
        var at = Int(truncatingIfNeeded: id.low) & mask
        while entries[at].id != id || entries[at].slice < oldest { at = (at + 1) & mask }
        entries[at].slice = slice
    }

    /// Makes room: forgets what is closed, grows when more than a quarter would still be taken.
    mutating func sweep(oldest: Int64) {
        alive.removeAll(keepingCapacity: true)
        for entry in entries where entry.slice != .min && entry.slice >= oldest { alive.append(entry) }
        var capacity = max(64, entries.count)
        while alive.count * 4 > capacity { capacity *= 2 }
        if capacity == entries.count {
            for i in entries.indices { entries[i] = TradeIDSet.free }
        } else {
            entries = ContiguousArray(repeating: TradeIDSet.free, count: capacity)
            alive.reserveCapacity(capacity / 2)
        }
        used = alive.count
        let mask = capacity - 1
        for entry in alive {
            var at = Int(truncatingIfNeeded: entry.id.low) & mask
            while entries[at].slice != .min { at = (at + 1) & mask }
            entries[at] = entry
        }
    }
}
