/// Memory that many share, as a number: who wants some is told whether there is any left. *Units*: bytes.
struct SharedBudget {
    let limit: Int
    private(set) var taken = 0

    init(limit: Int) { self.limit = limit }

    /// Takes so much more; false, and nothing is taken, where less than `reserve` would be left.
    mutating func take(_ count: Int, leaving reserve: Int = 0) -> Bool {
        guard count <= limit - taken - reserve else { return false }
        taken += count
        return true
    }

    mutating func giveBack(_ count: Int) { taken -= count }
}
