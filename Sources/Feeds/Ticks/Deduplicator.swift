internal import CryptoCore

/// Knows a trade that came before by its id, where ids are no numbers: the newest ids by a 64-bit fingerprint of series and id, in
/// bounded memory.
///
/// Two generations: when the newer one is full it becomes the older one and the older one is forgotten, so at least the last
/// `capacity` ids are known. A false match has a chance of `2 · capacity / 2^64` a trade.
struct Deduplicator: Sendable {
    private let capacity: Int
    private let mask: Int
    private var newer: [UInt64]
    private var older: [UInt64]
    private var newerCount = 0

    /// *Units*: ids; memory is 32 to 64 bytes an id.
    init(capacity: Int = 1 << 16) {
        precondition(capacity > 0, "a deduplicator must remember at least one id")
        self.capacity = capacity
        var slots = 16
        while slots < capacity * 2 { slots *= 2 }
        mask = slots - 1
        newer = [UInt64](repeating: 0, count: slots)
        older = [UInt64](repeating: 0, count: slots)
    }

    /// Remembers an id; false when it is known already.
    @inline(__always)
    mutating func insert(_ id: JSONText, _ bytes: RawSpan, _ series: SeriesID) -> Bool {
        insert(Deduplicator.fingerprint(id, bytes, series))
    }

    mutating func insert(_ fingerprint: UInt64) -> Bool {
        if Deduplicator.contains(older, fingerprint, mask) { return false }
        var slot = Int(truncatingIfNeeded: fingerprint) & mask
        while newer[slot] != 0 {
            if newer[slot] == fingerprint { return false }
            slot = (slot &+ 1) & mask
        }
        newer[slot] = fingerprint
        newerCount &+= 1
        if newerCount >= capacity { turn() }
        return true
    }

    private mutating func turn() {
        swap(&newer, &older)
        for i in newer.indices { newer[i] = 0 }
        newerCount = 0
    }

    @inline(__always)
    private static func contains(_ table: [UInt64], _ fingerprint: UInt64, _ mask: Int) -> Bool {
        var slot = Int(truncatingIfNeeded: fingerprint) & mask
        while table[slot] != 0 {
            if table[slot] == fingerprint { return true }
            slot = (slot &+ 1) & mask
        }
        return false
    }

    /// Never 0, which marks an empty slot.
    @inline(__always)
    static func fingerprint(_ id: JSONText, _ bytes: RawSpan, _ series: SeriesID) -> UInt64 {
        let seed = 0x9E37_79B9_7F4A_7C15 ^ UInt64(UInt32(bitPattern: series.index)) &* 0xD6E8_FEB8_6659_FD93
        let hash = WordHash.of(bytes, from: id.offset, count: id.count, seed: seed)
        return hash == 0 ? 1 : hash
    }
}
