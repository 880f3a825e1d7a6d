/// Grows one tree from the records that were drawn for it.
///
/// Records are parted in place at each split, in their order, so that a node's records lie side by side and are read from first to
/// last. Columns are drawn as scikit-learn does: `tried` of them, and more while all drawn so far have one value in the node.
struct TreeGrower<Record: BitwiseCopyable & Sendable, Cell: TallyCell> {
    private let layout: RecordLayout
    private let settings: ForestSettings
    private var random: SeededRandom
    private let records: UnsafeMutableBufferPointer<Record>
    private let spare: UnsafeMutableBufferPointer<Record>
    private let column = NodeColumn<Cell>()
    private var order: [Int]
    private var nodes: [TreeNode] = []
    private var gains: [Double]

    /// Grows a tree.
    /// - Parameter drawn: used up.
    static func grow(
        _ drawn: consuming [Record], _ layout: RecordLayout, _ settings: ForestSettings, _ random: SeededRandom
    ) -> GrownTree {
        var records = drawn
        return withUnsafeTemporaryAllocation(of: Record.self, capacity: records.count) { spare in
            records.withUnsafeMutableBufferPointer { records in
                var grower = TreeGrower(records, spare, layout, settings, random)
                return grower.grow()
            }
        }
    }

    private init(
        _ records: UnsafeMutableBufferPointer<Record>, _ spare: UnsafeMutableBufferPointer<Record>,
        _ layout: RecordLayout, _ settings: ForestSettings, _ random: SeededRandom
    ) {
        self.records = records
        self.spare = spare
        self.layout = layout
        self.settings = settings
        self.random = random
        order = Array(layout.lanes.indices)
        gains = [Double](repeating: 0, count: layout.lanes.count)
    }

    private mutating func grow() -> GrownTree {
        var all = Cell.zero
        for record in records {
            all = all &+ Cell(withUnsafeBytes(of: record) { $0.load(as: UInt16.self) })
        }
        nodes = [.leaf(all.tally.probability)]
        grow(0, 0..<records.count, all.tally, depth: 0, constant: 0)
        let sum = gains.reduce(0, +)
        return GrownTree(nodes: nodes, gains: sum > 0 ? gains.map { $0 / sum } : gains)
    }

    /// Splits a node, and those below it.
    /// - Parameter constant: a bit for each column that is known to have one value among these rows.
    private mutating func grow(_ node: Int, _ rows: Range<Int>, _ tally: RowTally, depth: Int, constant: UInt64) {
        guard depth < settings.depth, tally.rows >= 2 * settings.minLeaf, !tally.isPure else { return }
        var constant = constant
        guard let split = bestSplit(rows, tally, &constant) else { return }
        gains[split.column] += split.score.gain(drawn: tally.drawn)
        let right = tally - split.left
        let left = nodes.count
        nodes[node] = TreeNode(
            threshold: split.threshold, probability: 0, feature: Int32(split.column), left: Int32(left),
            isMissingLeft: split.isMissingLeft)
        nodes.append(.leaf(split.left.probability))
        nodes.append(.leaf(right.probability))
        let middle = part(rows, split)
        grow(left, rows.lowerBound..<middle, split.left, depth: depth + 1, constant: constant)
        grow(left + 1, middle..<rows.upperBound, right, depth: depth + 1, constant: constant)
    }

    private mutating func bestSplit(_ rows: Range<Int>, _ tally: RowTally, _ constant: inout UInt64) -> Split? {
        var best = Split()
        var searched = 0
        let tried = settings.tried(of: order.count)
        for visited in order.indices {
            guard visited < tried || searched == 0 else { break }
            order.swapAt(visited, visited + random.index(below: order.count - visited))
            let index = order[visited]
            guard constant >> UInt64(index) & 1 == 0 else { continue }
            let split = bestSplit(rows, tally, column: index)
            if column.isConstant {
                constant |= 1 << UInt64(index)
                continue
            }
            searched += 1
            if split.score.isBetter(than: best.score) { best = split }
        }
        return best.isFound ? best : nil
    }

    /// The best split by one column: between bins in a large node, and between any two values where bins leave none.
    private func bestSplit(_ rows: Range<Int>, _ tally: RowTally, column index: Int) -> Split {
        let rows = UnsafeMutableBufferPointer(rebasing: records[rows])
        let lane = layout.lanes[index], binning = layout.binning[index]
        column.load(rows, lane: lane, binning)
        var split = column.bestSplit(of: tally, minLeaf: settings.minLeaf, binning)
        if !split.isFound, !column.isExact {
            column.load(rows, lane: lane, binning, isExact: true)
            split = column.bestSplit(of: tally, minLeaf: settings.minLeaf, binning)
        }
        split.column = index
        return split
    }

    /// Puts the rows that go left before the others, each side in its order.
    /// - Returns: where the right side begins.
    private func part(_ rows: Range<Int>, _ split: Split) -> Int {
        let lane = layout.lanes[split.column] * 2
        // One is added to both sides, so that the code of missing values, which is all ones, becomes the smallest.
        if layout.binning[split.column].isExact {
            let up: UInt16 = split.isMissingLeft ? 1 : 0, limit = UInt16(split.code) &+ up
            return part(rows) { $0.load(fromByteOffset: lane, as: UInt16.self) &+ up <= limit }
        }
        let up: UInt32 = split.isMissingLeft ? 1 : 0, limit = split.code &+ up
        return part(rows) {
            let bin = UInt32($0.load(fromByteOffset: lane, as: UInt16.self))
            return (bin << 16 | UInt32($0.load(fromByteOffset: lane + 2, as: UInt16.self))) &+ up <= limit
        }
    }

    @inline(__always)
    private func part(_ rows: Range<Int>, _ isLeft: (UnsafeRawPointer) -> Bool) -> Int {
        guard let records = records.baseAddress, let spare = spare.baseAddress else { return rows.lowerBound }
        var left = rows.lowerBound, right = 0
        // Both are written and one is kept: there is no branch to be guessed wrong.
        for at in rows {
            let record = records[at]
            let goesLeft = isLeft(UnsafeRawPointer(records + at))
            records[left] = record
            spare[right] = record
            left &+= goesLeft ? 1 : 0
            right &+= goesLeft ? 0 : 1
        }
        (records + left).update(from: spare, count: right)
        return left
    }
}
