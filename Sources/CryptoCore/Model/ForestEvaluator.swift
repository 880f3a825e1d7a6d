/// The trees of a forest, laid out for walking.
///
/// A node is one word: the threshold as an integer of the order of float32 (`FloatOrder`) in the upper half, then how many nodes
/// further the left child stands, and the feature. A leaf leads to itself, so that all rows take the same number of steps and no step
/// has a branch; several walks go side by side, each waiting for its own memory only. Levels lie one after the other: the upper ones of
/// all trees share few cache lines. Values that are not known need the trees themselves.
struct ForestEvaluator: Sendable {
    /// How many walks go side by side.
    private static var width: Int { 8 }
    /// How many rows go through a tree before the next tree's turn.
    private static var blockRows: Int { 256 }

    private var words: [UInt64] = []
    /// What a leaf says, at its node's place.
    private var probabilities: [Double] = []
    private var roots: [Int] = []
    private var depths: [Int] = []

    init(_ trees: [GrownTree]) {
        for tree in trees { add(tree) }
    }

    /// Lays a tree out level by level.
    private mutating func add(_ tree: GrownTree) {
        roots.append(words.count)
        var level = [0], depth = 0, place = words.count
        while !level.isEmpty {
            var next: [Int] = []
            let end = words.count + level.count
            for index in level {
                let node = tree.nodes[index]
                if node.isLeaf {
                    words.append(UInt64(UInt32.max) << 32)
                } else {
                    let key = UInt64(FloatOrder.key(atMost: node.threshold))
                    words.append(key << 32 | UInt64(end + next.count - place) << 8 | UInt64(node.feature))
                    next += [Int(node.left), Int(node.left) + 1]
                }
                probabilities.append(node.probability)
                place += 1
            }
            level = next
            depth += next.isEmpty ? 0 : 1
        }
        depths.append(depth)
    }

    /// Adds what the trees say of one row, in their order.
    /// - Parameter keys: the row's features by `FloatOrder`, none of them missing.
    func sum(_ keys: UnsafePointer<UInt32>) -> Double {
        var sum = 0.0, first = 0
        while first < roots.count {
            var at = InlineArray<8, Int>(repeating: roots[first])
            let count = min(Self.width, roots.count - first)
            var depth = 0
            for i in 0..<count {
                at[i] = roots[first + i]
                depth = max(depth, depths[first + i])
            }
            words.withUnsafeBufferPointer { words in
                for _ in 0..<depth {
                    for i in 0..<8 { at[i] = Self.step(words, at[i], keys) }
                }
            }
            for i in 0..<count { sum += probabilities[at[i]] }
            first += count
        }
        return sum
    }

    /// Adds what one tree says of each row to its sum.
    /// - Parameter keys: *shape* `rows × features`, row after row.
    func add(tree: Int, _ keys: UnsafePointer<UInt32>, features: Int, to sums: UnsafeMutableBufferPointer<Double>) {
        let root = roots[tree], depth = depths[tree]
        words.withUnsafeBufferPointer { words in
            probabilities.withUnsafeBufferPointer { probabilities in
                var row = 0
                while row + 8 <= sums.count {
                    let first = keys + row * features
                    var at = InlineArray<8, Int>(repeating: root)
                    for _ in 0..<depth {
                        for i in 0..<8 { at[i] = Self.step(words, at[i], first + i * features) }
                    }
                    for i in 0..<8 { sums[row + i] += probabilities[at[i]] }
                    row += 8
                }
                for row in row..<sums.count {
                    var at = root
                    for _ in 0..<depth { at = Self.step(words, at, keys + row * features) }
                    sums[row] += probabilities[at]
                }
            }
        }
    }

    /// Adds what all trees say of each row, in their order.
    func add(_ keys: UnsafePointer<UInt32>, features: Int, to sums: UnsafeMutableBufferPointer<Double>) {
        var row = 0
        while row < sums.count {
            let end = min(row + Self.blockRows, sums.count)
            let block = UnsafeMutableBufferPointer(rebasing: sums[row..<end])
            for tree in roots.indices { add(tree: tree, keys + row * features, features: features, to: block) }
            row = end
        }
    }

    @inline(__always)
    private static func step(_ words: UnsafeBufferPointer<UInt64>, _ at: Int, _ keys: UnsafePointer<UInt32>) -> Int {
        // `add(_ tree:)` made all places and features of these words.
        let word = words.baseAddress.unsafelyUnwrapped[at]
        let key = keys[Int(truncatingIfNeeded: word & 0xFF)]
        return at &+ Int(truncatingIfNeeded: word >> 8 & 0xFF_FFFF)
            &+ (key > UInt32(truncatingIfNeeded: word >> 32) ? 1 : 0)
    }
}
