/// Which cell of a node's table counts a record: 2^shift neighbouring codes share one.
struct CellScale {
    let field: CodeField
    let shift: UInt32
    /// How many cells there are for known values; the next one counts missing values.
    let count: Int
    private let first: UInt32
    private let down: UInt64
    private let mask: UInt32

    /// The most cells for known values: as many as there are few codes.
    static var mostCells: Int { ColumnCodes.mostFew }
    /// Tables of so many cells are small for any node.
    private static var fewestCells: Int { 64 }

    /// Takes a cell for each code in `range` where the column has few, else no more cells than are worth it for so many rows.
    init(_ codes: ColumnCodes, _ field: CodeField, _ range: ClosedRange<UInt32>, rows: Int) {
        let most =
            codes.isFew
            ? CellScale.mostCells : min(CellScale.mostCells, max(CellScale.fewestCells, 2 * rows))
        var shift: UInt32 = 0
        while Int(range.upperBound >> shift) - Int(range.lowerBound >> shift) >= most { shift += 1 }
        self.field = field
        self.shift = shift
        first = range.lowerBound >> shift
        count = Int(range.upperBound >> shift - first) + 1
        down = UInt64(field.shift) + UInt64(shift)
        mask = UInt32(truncatingIfNeeded: field.mask >> UInt64(shift))
    }

    /// A cell of at least so many rows counts one code; see `ColumnCodes`.
    var rowsOfOneCode: Int { 2 << Int(shift) }

    /// The cell of a record whose value is missing or has a code in the range.
    @inline(__always)
    func cell(_ record: UnsafeRawPointer) -> Int {
        let word = record.load(fromByteOffset: field.word &* 8, as: UInt64.self)
        let cell = (UInt32(truncatingIfNeeded: word &>> down) & mask) &- first
        return min(Int(cell), count)
    }

    func cell(of code: UInt32) -> Int { min(Int((code >> shift) &- first), count) }

    /// The last of the codes that share a cell.
    func lastCode(of cell: Int) -> UInt32 { (UInt32(truncatingIfNeeded: cell) &+ first &+ 1) &<< shift &- 1 }
}

/// Tallies of codes by cell, all of them zero between two nodes.
struct CellTable<Cell: TallyCell>: ~Copyable {
    private let cells: UnsafeMutablePointer<Cell>
    private let memory: UnsafeMutableRawPointer

    /// The cells that are looked at together.
    private typealias Block = SIMD8<UInt64>
    private static var cellsPerBlock: Int { MemoryLayout<Block>.size / MemoryLayout<Cell>.stride }

    init() {
        // One block more, for the cell of missing values.
        let count = CellScale.mostCells + CellTable.cellsPerBlock
        memory = .allocate(byteCount: count * MemoryLayout<Cell>.stride, alignment: MemoryLayout<Block>.alignment)
        cells = memory.bindMemory(to: Cell.self, capacity: count)
        cells.initialize(repeating: .zero, count: count)
    }

    deinit { memory.deallocate() }

    func count<Record>(_ rows: UnsafeMutableBufferPointer<Record>, _ scale: CellScale) {
        guard var record = UnsafeRawPointer(rows.baseAddress) else { return }
        for _ in 0..<rows.count {
            let cell = scale.cell(record)
            cells[cell] = cells[cell] &+ Cell(record.load(as: UInt64.self))
            record += MemoryLayout<Record>.stride
        }
    }

    /// Takes the tally of missing values out of the table.
    func takeMissing(_ scale: CellScale) -> RowTally {
        let tally = cells[scale.count].tally
        cells[scale.count] = .zero
        return tally
    }

    /// Moves the cells in use to a list, each under the last of its codes, and leaves the table empty.
    func drain(into list: inout TallyList<Cell>, _ scale: CellScale) {
        list.removeAll(reserving: scale.count)
        for first in stride(from: 0, to: scale.count, by: CellTable.cellsPerBlock) {
            let block = UnsafeMutableRawPointer(cells + first)
            guard block.load(as: Block.self) != .zero else { continue }
            for cell in first..<first &+ CellTable.cellsPerBlock {
                list.append(scale.lastCode(of: cell), cells[cell], isKept: !cells[cell].isZero)
            }
            block.storeBytes(of: .zero, as: Block.self)
        }
    }
}
