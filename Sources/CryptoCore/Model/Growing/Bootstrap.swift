/// Draws the rows of a tree: as many as there are, with replacement.
struct Bootstrap: Sendable {
    private let count: Int
    /// Walker's alias table (Vose's way to fill it): `keep[i]` of the draws of `i` stay, the others become `alias[i]`. Empty: all
    /// rows weigh the same.
    private let keep: [Double]
    private let alias: [Int32]

    /// - Parameter weights: what a row's chance is proportional to; nil: all the same.
    init(count: Int, weights: [Double]?) {
        self.count = count
        guard let weights else {
            keep = []
            alias = []
            return
        }
        let mean = weights.reduce(0, +) / Double(count)
        var keep = weights.map { $0 / mean }
        var alias = (0..<Int32(count)).map { $0 }
        var small = keep.indices.filter { keep[$0] < 1 }
        var large = keep.indices.filter { keep[$0] >= 1 }
        while let low = small.popLast(), let high = large.last {
            alias[low] = Int32(high)
            keep[high] -= 1 - keep[low]
            if keep[high] < 1 {
                large.removeLast()
                small.append(high)
            }
        }
        // What is left over is 1 but for rounding; rows of no weight are never left over, unless rounding took the last heavy one.
        for row in large { keep[row] = 1 }
        self.keep = keep
        self.alias = alias
    }

    /// How often each row is drawn.
    func counts(_ random: inout SeededRandom) -> [UInt32] {
        var counts = [UInt32](repeating: 0, count: count)
        if keep.isEmpty {
            for _ in 0..<count { counts[random.index(below: count)] += 1 }
        } else {
            for _ in 0..<count {
                let row = random.index(below: count)
                counts[random.unit() < keep[row] ? row : Int(alias[row])] += 1
            }
        }
        return counts
    }
}
