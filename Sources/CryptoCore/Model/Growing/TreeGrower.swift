/// Grows one tree from the records that were drawn for it.
///
/// A node's records lie side by side and are read from first to last. At each split they are parted into the same places of another
/// buffer, from where the nodes below part them back. Columns are drawn as scikit-learn does: `tried` of them, and more while all drawn
/// so far have one value in the node.
struct TreeGrower<Record: BitwiseCopyable & Sendable, Cell: TallyCell>: ~Copyable {
    private let layout: RecordLayout
    private let settings: ForestSettings
    private var random: SeededRandom
    /// Nodes of an even depth have their records in the first buffer, others in the second.
    private let buffers: (UnsafeMutableBufferPointer<Record>, UnsafeMutableBufferPointer<Record>)
    private var column = NodeColumn<Cell>()
    private var order: [Int]
    /// What holds the codes of each column in the node at hand.
    private var ranges: [ClosedRange<UInt32>]
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
                var grower = TreeGrower((records, spare), layout, settings, random)
                return grower.grow()
            }
        }
    }

    private init(
        _ buffers: (UnsafeMutableBufferPointer<Record>, UnsafeMutableBufferPointer<Record>), _ layout: RecordLayout,
        _ settings: ForestSettings, _ random: SeededRandom
    ) {
        self.buffers = buffers
        self.layout = layout
        self.settings = settings
        self.random = random
        order = Array(layout.columns.indices)
        ranges = layout.columns.map { 0...$0.last }
        gains = [Double](repeating: 0, count: layout.columns.count)
    }

    private mutating func grow() -> GrownTree {
        var all = Cell.zero
        for record in buffers.0 {
            all = all &+ Cell(withUnsafeBytes(of: record) { $0.load(as: UInt64.self) })
        }
        nodes = [.leaf(all.tally.probability)]
        grow(Node(rows: 0..<buffers.0.count, tally: all.tally))
        let sum = gains.reduce(0, +)
        return GrownTree(nodes: nodes, gains: sum > 0 ? gains.map { $0 / sum } : gains)
    }

    /// A node that may be split.
    private struct Node {
        /// Its place in the tree.
        var place = 0
        var rows: Range<Int>
        var tally: RowTally
        var depth = 0
        /// A bit for each column that is known to have one value among these rows.
        var constant: UInt64 = 0
    }

    /// Splits a node, and those below it.
    private mutating func grow(_ node: Node) {
        guard canSplit(node.tally, node.depth) else { return }
        var constant = node.constant
        guard let split = bestSplit(node, &constant) else { return }
        let column = split.column, codes = layout.columns[column], range = ranges[column]
        let lower = codes.place(split.codes.lower), upper = codes.place(split.codes.upper)
        gains[column] += split.score.gain(drawn: node.tally.drawn)
        let right = node.tally - split.left, left = nodes.count, depth = node.depth + 1
        nodes[node.place] = TreeNode(
            threshold: split.kind == .missingAlone ? .infinity : codes.threshold(lower, upper), probability: 0,
            feature: Int32(column), left: Int32(left), isMissingLeft: split.isMissingLeft)
        nodes.append(.leaf(split.left.probability))
        nodes.append(.leaf(right.probability))
        guard canSplit(split.left, depth) || canSplit(right, depth) else { return }
        let middle = part(node, column, upTo: codes.codes[lower], isMissingLeft: split.isMissingLeft)
        func child(_ place: Int, _ rows: Range<Int>, _ tally: RowTally) -> Node {
            Node(place: place, rows: rows, tally: tally, depth: depth, constant: constant)
        }
        ranges[column] = range.lowerBound...codes.codes[lower]
        grow(child(left, node.rows.lowerBound..<middle, split.left))
        ranges[column] = min(codes.codes[upper], range.upperBound)...range.upperBound
        grow(child(left + 1, middle..<node.rows.upperBound, right))
        ranges[column] = range
    }

    private func canSplit(_ tally: RowTally, _ depth: Int) -> Bool {
        depth < settings.depth && tally.rows >= 2 * settings.minLeaf && !tally.isPure
    }

    private mutating func bestSplit(_ node: Node, _ constant: inout UInt64) -> Split? {
        let rows = UnsafeMutableBufferPointer(rebasing: (node.depth & 1 == 0 ? buffers.0 : buffers.1)[node.rows])
        var best = Split()
        var searched = 0
        let tried = settings.tried(of: order.count)
        for visited in order.indices {
            guard visited < tried || searched == 0 else { break }
            order.swapAt(visited, visited + random.index(below: order.count - visited))
            let index = order[visited]
            guard constant >> UInt64(index) & 1 == 0 else { continue }
            let scale = CellScale(layout.columns[index], layout.fields[index], ranges[index], rows: rows.count)
            guard var split = column.bestSplit(rows, scale, node.tally, minLeaf: settings.minLeaf) else {
                constant |= 1 << UInt64(index)
                continue
            }
            searched += 1
            split.column = index
            if split.isFound, split.score.isBetter(than: best.score) { best = split }
        }
        return best.isFound ? best : nil
    }

    /// Puts the rows that go left first in the other buffer, and the others behind them.
    /// - Returns: where the right side begins.
    private func part(_ node: Node, _ column: Int, upTo last: UInt32, isMissingLeft: Bool) -> Int {
        let field = layout.fields[column], columns = layout.columns[column], last = Int(last)
        guard columns.hasMissing, isMissingLeft else {
            // The sign of the difference, so that there is no branch.
            return part(node) { (last &- Int(field.code($0))) &>> 63 &+ 1 }
        }
        let missing = columns.missing
        return part(node) {
            let code = field.code($0)
            return code == missing || Int(code) <= last ? 1 : 0
        }
    }

    /// - Parameter isLeft: 1 for a record that goes left, else 0.
    @inline(__always)
    private func part(_ node: Node, _ isLeft: (UnsafeRawPointer) -> Int) -> Int {
        let (from, to) = node.depth & 1 == 0 ? buffers : (buffers.1, buffers.0)
        guard let from = from.baseAddress, let to = to.baseAddress else { return node.rows.lowerBound }
        // Each record is written to both sides and stays on one: there is no branch to be guessed wrong.
        var left = node.rows.lowerBound, at = left, right = to + (node.rows.upperBound - 1 - left)
        while at < node.rows.upperBound {
            let record = from[at]
            to[left] = record
            right[left] = record
            left &+= isLeft(UnsafeRawPointer(from + at))
            at &+= 1
            right -= 1
        }
        return left
    }
}
