/// What a node's rows have in one column: each distinct code, ascending, with its tally.
///
/// Codes are counted in a table with a cell for each bin. A bit a bin says which cells are in use, so that a small node costs its rows
/// and a look at these bits, 64 bins at once. Values that share a bin are told apart where the node has at most `exactRows` rows, and
/// in larger ones on demand.
final class NodeColumn<Cell: TallyCell> {
    /// Nodes of more rows are split between bins, where these part them at all.
    static var exactRows: Int { 65_536 }

    private(set) var codes: UnsafeMutablePointer<UInt32>
    private(set) var tallies: UnsafeMutablePointer<Cell>
    private(set) var count = 0
    /// The tally of the rows that do not know their value.
    private(set) var missing = RowTally()

    private let cells: UnsafeMutablePointer<Cell>
    private let used: UnsafeMutablePointer<UInt64>
    private let starts: UnsafeMutablePointer<UInt32>
    private var entries: [UInt32] = []
    /// How many codes there is room for.
    private var capacity = NodeColumn.bins
    /// Whether all values of the loaded column were told apart.
    private(set) var isExact = true

    private static var bins: Int { 65_536 }

    init() {
        let bins = NodeColumn.bins
        codes = .allocate(capacity: bins)
        tallies = .allocate(capacity: bins)
        cells = .allocate(capacity: bins)
        cells.initialize(repeating: .zero, count: bins)
        used = .allocate(capacity: bins / 64)
        used.initialize(repeating: 0, count: bins / 64)
        starts = .allocate(capacity: bins)
        starts.initialize(repeating: 0, count: bins)
    }

    deinit {
        codes.deallocate()
        tallies.deallocate()
        cells.deallocate()
        used.deallocate()
        starts.deallocate()
    }

    /// Counts a column of the records in `rows`.
    /// - Parameters:
    ///   - lane: of the column's bin.
    ///   - isExact: whether to tell all values apart, however many rows there are.
    func load<Record>(
        _ rows: UnsafeMutableBufferPointer<Record>, lane: Int, _ binning: ColumnBinning, isExact wantsAll: Bool = false
    ) {
        precondition(lane * 2 + 2 <= MemoryLayout<Record>.stride, "a lane lies in its record")
        countBins(rows, lane)
        missing = RowTally()
        if binning.hasMissing, used[1_023] >> 63 == 1 {
            missing = cells[65_535].tally
            cells[65_535] = .zero
            used[1_023] &= ~(1 << 63)
        }
        isExact = wantsAll || binning.isExact || rows.count <= Self.exactRows
        if binning.isExact || !isExact {
            takeBins(binning)
        } else {
            takeValues(rows, lane, binning)
        }
    }

    private func countBins<Record>(_ rows: UnsafeMutableBufferPointer<Record>, _ lane: Int) {
        guard var at = UnsafeRawPointer(rows.baseAddress) else { return }
        for _ in 0..<rows.count {
            let bin = Int(at.load(fromByteOffset: lane * 2, as: UInt16.self))
            cells[bin] = cells[bin] &+ Cell(at.load(as: UInt16.self))
            used[bin >> 6] |= 1 << UInt64(bin & 63)
            at += MemoryLayout<Record>.stride
        }
    }

    /// Goes through the first `bins` bins, ascending, as far as they are in use, and leaves the table empty.
    private func drain(bins: Int, _ body: (Int, Cell) -> Void) {
        for word in 0..<(bins + 63) / 64 {
            var bits = used[word]
            used[word] = 0
            while bits != 0 {
                let bin = word << 6 | bits.trailingZeroBitCount
                bits &= bits &- 1
                body(bin, cells[bin])
                cells[bin] = .zero
            }
        }
    }

    private func takeBins(_ binning: ColumnBinning) {
        count = 0
        let isExact = binning.isExact
        drain(bins: binning.binCount) { bin, cell in
            codes[count] = isExact ? UInt32(bin) : UInt32(bin) << 16 | 0xFFFF
            tallies[count] = cell
            count += 1
        }
    }

    /// Sorts the rows: by bin, as counted, and inside each bin by place.
    private func takeValues<Record>(
        _ rows: UnsafeMutableBufferPointer<Record>, _ lane: Int, _ binning: ColumnBinning
    ) {
        var bins: [(bin: Int, start: Int)] = [], total = 0
        drain(bins: binning.binCount) { bin, cell in
            starts[bin] = UInt32(total)
            bins.append((bin, total))
            total += RowMark.mostRecords(of: cell.tally)
        }
        reserve(total)
        entries.withUnsafeMutableBufferPointer { entries in
            place(rows, lane, into: entries)
            count = 0
            // Where the last entry of a bin was put, the next one would have been.
            for (bin, start) in bins {
                takeBin(UInt32(bin), UnsafeMutableBufferPointer(rebasing: entries[start..<Int(starts[bin])]))
            }
        }
    }

    /// Makes room for as many entries, and codes.
    private func reserve(_ total: Int) {
        if entries.count < total { entries = [UInt32](repeating: 0, count: max(total, Self.exactRows)) }
        guard capacity < total else { return }
        codes.deallocate()
        tallies.deallocate()
        codes = .allocate(capacity: total)
        tallies = .allocate(capacity: total)
        capacity = total
    }

    /// Puts the place and the mark of each row that knows its value where its bin starts.
    private func place<Record>(
        _ rows: UnsafeMutableBufferPointer<Record>, _ lane: Int, into entries: UnsafeMutableBufferPointer<UInt32>
    ) {
        guard var at = UnsafeRawPointer(rows.baseAddress) else { return }
        for _ in 0..<rows.count {
            let bin = Int(at.load(fromByteOffset: lane * 2, as: UInt16.self))
            if bin != 65_535 {
                let inside = UInt32(at.load(fromByteOffset: lane * 2 + 2, as: UInt16.self))
                entries[Int(starts[bin])] = inside << 16 | UInt32(at.load(as: UInt16.self))
                starts[bin] &+= 1
            }
            at += MemoryLayout<Record>.stride
        }
    }

    private func takeBin(_ bin: UInt32, _ entries: UnsafeMutableBufferPointer<UInt32>) {
        var entries = entries
        if entries.count > 1 { entries.sort() }
        var last = UInt32.max
        for entry in entries {
            let code = bin << 16 | entry >> 16
            let cell = Cell(UInt16(truncatingIfNeeded: entry))
            if code == last {
                tallies[count - 1] = tallies[count - 1] &+ cell
            } else {
                codes[count] = code
                tallies[count] = cell
                count += 1
                last = code
            }
        }
    }
}
