/// Codes, ascending, with their tallies. The memory is kept from node to node.
struct TallyList<Cell: TallyCell>: ~Copyable {
    private(set) var codes: UnsafeMutablePointer<UInt32> = .allocate(capacity: 1)
    private(set) var tallies: UnsafeMutablePointer<Cell> = .allocate(capacity: 1)
    private(set) var count = 0
    private var room = 0

    deinit {
        codes.deallocate()
        tallies.deallocate()
    }

    /// Makes it empty, with room for so many codes.
    mutating func removeAll(reserving more: Int) {
        count = 0
        guard more > room else { return }
        codes.deallocate()
        tallies.deallocate()
        room = more
        codes = .allocate(capacity: room + 1)
        tallies = .allocate(capacity: room + 1)
    }

    /// Appends a code, or does not: it is written behind the others and counted or not, without a branch.
    @inline(__always)
    mutating func append(_ code: UInt32, _ tally: Cell, isKept: Bool) {
        codes[count] = code
        tallies[count] = tally
        count &+= isKept ? 1 : 0
    }
}
