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
/// The ids lie one behind the other as they came, which is how the changelog wants them; a table of eight bytes a slot (open
/// addressing, linear probing) says where: most lookups touch nothing but one slot. Ids of closed slices are swept out when
/// five eighths of the table are taken, and it grows when two fifths still are then. *Complexity*: O(1) amortised, no allocation unless more ids are alive than ever before.
struct TradeIDSet: Sendable {
    struct Entry: BitwiseCopyable, Sendable {
        var id: TradeID
        /// Start of the slice, ms.
        var slice: Int64
    }

    /// In the order in which they came; those of closed slices are there until the next sweep.
    private(set) var entries: ContiguousArray<Entry> = []
    /// How many of `entries`, from the first on, the changelog holds.
    private var storedCount = 0
    /// 0, or the upper half of an id's low word over one more than its place in `entries`.
    private var slots: ContiguousArray<UInt64> = []

    init() {}

    /// The ids that the changelog does not hold yet, oldest first.
    var unstored: ArraySlice<Entry> { entries[storedCount...] }
    var hasUnstored: Bool { storedCount < entries.count }

    /// The changelog holds everything before place `end`.
    mutating func markStored(upTo end: Int) { storedCount = end }

    /// Remembers `id` with `slice`; false when it is remembered already.
    /// Entries of slices that start before `oldest` are forgotten.
    mutating func insert(_ id: TradeID, slice: Int64, oldest: Int64) -> Bool {
        if entries.count &* 8 >= slots.count &* 5 { sweep(oldest: oldest) }
        let at = slot(of: id)
        if slots[at] != 0, entries[TradeIDSet.place(slots[at])].slice >= oldest { return false }
        entries.append(Entry(id: id, slice: slice))
        slots[at] = TradeIDSet.slot(id, entries.count)
        return true
    }

    /// Whether `id` is remembered.
    func contains(_ id: TradeID, oldest: Int64) -> Bool {
        if slots.isEmpty { return false }
        let slot = slots[slot(of: id)]
        return slot != 0 && entries[TradeIDSet.place(slot)].slice >= oldest
    }

    /// Remembers `id` with `slice`, whatever was known of it before: the order of a changelog is the order of events.
    mutating func restore(_ id: TradeID, slice: Int64, oldest: Int64) {
        if insert(id, slice: slice, oldest: oldest) { return }
        entries[TradeIDSet.place(slots[slot(of: id)])].slice = slice
    }

    /// Where `id` is, or the free slot where it would be.
    @inline(__always)
    private func slot(of id: TradeID) -> Int {
        let mask = slots.count &- 1
        let tag = id.low & TradeIDSet.tagMask
        var at = Int(truncatingIfNeeded: id.low) & mask
        while slots[at] != 0 {
            if slots[at] & TradeIDSet.tagMask == tag, entries[TradeIDSet.place(slots[at])].id == id { return at }
            at = (at &+ 1) & mask
        }
        return at
    }

    private static let tagMask: UInt64 = 0xFFFF_FFFF_0000_0000

    @inline(__always)
    private static func slot(_ id: TradeID, _ count: Int) -> UInt64 {
        id.low & tagMask | UInt64(UInt32(truncatingIfNeeded: count))
    }

    @inline(__always)
    private static func place(_ slot: UInt64) -> Int { Int(slot & ~tagMask) &- 1 }

    /// Makes room for so many in an empty set.
    mutating func reserve(_ count: Int) {
        precondition(entries.isEmpty, "a set that holds ids grows by itself")
        resize(toKeep: count)
    }

    /// Makes room: forgets what is closed, grows when too much is not.
    mutating func sweep(oldest: Int64) {
        var kept = 0
        var keptStored = 0
        for i in entries.indices where entries[i].slice >= oldest {
            entries[kept] = entries[i]
            kept += 1
            if i < storedCount { keptStored += 1 }
        }
        entries.removeLast(entries.count - kept)
        storedCount = keptStored
        resize(toKeep: kept)
        for i in entries.indices { slots[slot(of: entries[i].id)] = TradeIDSet.slot(entries[i].id, i + 1) }
    }

    /// An empty table that is large enough.
    private mutating func resize(toKeep count: Int) {
        var capacity = max(64, slots.count)
        while count * 5 > capacity * 2 { capacity *= 2 }
        precondition(capacity <= 1 << 31, "a series has at most a billion trades in a minute")
        if capacity == slots.count {
            for i in slots.indices { slots[i] = 0 }
        } else {
            slots = ContiguousArray(repeating: 0, count: capacity)
            entries.reserveCapacity(capacity * 5 / 8)
        }
    }
}
