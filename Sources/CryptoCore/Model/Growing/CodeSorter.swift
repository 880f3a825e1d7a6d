/// Sorts some records of a node by their codes. The memory is kept from node to node.
struct CodeSorter: ~Copyable {
    /// The numbers of records; once sorted, codes in the upper half and marks in the lower.
    private var entries: UnsafeMutablePointer<UInt64> = .allocate(capacity: 1)
    private var room = 0
    private(set) var count = 0

    deinit { entries.deallocate() }

    /// Makes it empty, with room for so many records.
    mutating func removeAll(reserving more: Int) {
        count = 0
        guard more > room else { return }
        entries.deallocate()
        room = more
        entries = .allocate(capacity: room + 1)
    }

    /// Appends a record, or does not: it is written behind the others and counted or not, without a branch.
    @inline(__always)
    mutating func append(_ number: Int, isKept: Bool) {
        entries[count] = UInt64(truncatingIfNeeded: number)
        count &+= isKept ? 1 : 0
    }

    /// Sorts the records that were appended, of those that begin at `first`.
    mutating func sort<Record>(_ first: UnsafePointer<Record>, _ field: CodeField) {
        for at in 0..<count {
            let record = UnsafeRawPointer(first + Int(entries[at]))
            entries[at] = UInt64(field.code(record)) << 32 | record.load(as: UInt64.self) & RowMark.mask
        }
        var sorted = UnsafeMutableBufferPointer(start: entries, count: count)
        sorted.sort()
    }

    func code(_ at: Int) -> UInt32 { UInt32(truncatingIfNeeded: entries[at] >> 32) }

    /// A record's mark, with zeros above it.
    func mark(_ at: Int) -> UInt64 { entries[at] & 0xFFFF_FFFF }

    /// How many records have at most this code.
    func countAtMost(_ code: UInt32) -> Int {
        var low = 0, high = count
        while low < high {
            let middle = (low + high) / 2
            if self.code(middle) <= code { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
