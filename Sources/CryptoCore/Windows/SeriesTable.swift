/// Finds a series' number by its Kafka key without making a string of it. Open addressing, linear probing.
struct SeriesTable: Sendable {
    var slots: ContiguousArray<Int32> = ContiguousArray(repeating: -1, count: 64)
    /// All keys, one behind the other, and where each ends.
    var keys: ContiguousArray<UInt8> = []
    var ends: ContiguousArray<Int> = []

    init() {}

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
        guard ends[index] &- start == key.byteCount else { return false }
        for i in 0..<key.byteCount where keys[start &+ i] != key.byte(i) { return false }
        return true
    }

    static func hash(_ key: RawSpan) -> Int {
        Int(truncatingIfNeeded: TradeID(key, from: 0, to: key.byteCount).low >> 1)
    }
}
