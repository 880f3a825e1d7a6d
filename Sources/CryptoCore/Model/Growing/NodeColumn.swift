/// Finds the best split of a node by one column.
///
/// Codes are counted in a table, whose cells have one code each or 2^s neighbouring ones. The best split between two cells is found. Where
/// cells have several codes, those are opened inside of which a better split may lie: their records, which are few, are sorted. So the
/// split is the best of all, as if each code had a cell.
struct NodeColumn<Cell: TallyCell>: ~Copyable {
    private let table = CellTable<Cell>()
    private var list = TallyList<Cell>()
    /// The opened cells, ascending: the last code of each, and the known rows of lower cells.
    private var opened: [(code: UInt32, before: RowTally)] = []
    private let isOpened: UnsafeMutablePointer<Bool>
    private var sorter = CodeSorter()

    init() {
        isOpened = .allocate(capacity: CellScale.mostCells + 1)
        isOpened.initialize(repeating: false, count: CellScale.mostCells + 1)
    }

    deinit { isOpened.deallocate() }

    /// The best split by a column of the records in `rows`; none is found where each would leave a side of too few rows.
    /// - Parameter all: the tally of the records.
    /// - Returns: nil if all rows have one value, or none of them knows it.
    mutating func bestSplit<Record>(
        _ rows: UnsafeMutableBufferPointer<Record>, _ scale: CellScale, _ all: RowTally, minLeaf: Int
    ) -> Split? {
        precondition(scale.field.word * 8 + 8 <= MemoryLayout<Record>.stride, "a code lies in its record")
        table.count(rows, scale)
        let search = SplitSearch(all: all, missing: table.takeMissing(scale), minLeaf: minLeaf)
        table.drain(into: &list, scale)
        var isConstant = list.count + (search.missing.rows > 0 ? 1 : 0) < 2
        var (best, place) = search.best(list)
        if scale.shift > 0, let records = open(search, scale, best.score, place) {
            sort(rows, scale, records)
            if place >= 0 { sharpen(&best, scale) }
            improve(&best, search)
            isConstant = isConstant && sorter.code(0) == sorter.code(sorter.count - 1)
        }
        best.isMissingLeft = search.isMissingLeft(best)
        return isConstant ? nil : best
    }

    /// Opens the cells in which a better split may lie, and those on either side of the best one, for its codes.
    /// - Parameter place: where the lower one of these is in the list; negative without such a split.
    /// - Returns: how many records they have at most; nil if none has several codes.
    private mutating func open(_ search: SplitSearch, _ scale: CellScale, _ best: SplitScore, _ place: Int) -> Int? {
        opened.removeAll(keepingCapacity: true)
        var before = Cell.zero, records = 0
        for at in 0..<list.count {
            let cell = list.tallies[at].tally, left = before.tally
            before = before &+ list.tallies[at]
            let isBeside = place >= 0 && (at == place || at == place + 1)
            guard isBeside || cell.rows > 1 && search.isPromising(cell, after: left, best),
                cell.rows < scale.rowsOfOneCode
            else { continue }
            opened.append((list.codes[at], left))
            isOpened[scale.cell(of: list.codes[at])] = true
            records += RowMark.mostRecords(of: cell)
        }
        return opened.isEmpty ? nil : records
    }

    /// Sorts the records of the opened cells.
    private mutating func sort<Record>(
        _ rows: UnsafeMutableBufferPointer<Record>, _ scale: CellScale, _ records: Int
    ) {
        guard let first = rows.baseAddress else { return }
        sorter.removeAll(reserving: records)
        for number in 0..<rows.count {
            sorter.append(number, isKept: isOpened[scale.cell(UnsafeRawPointer(first + number))])
        }
        sorter.sort(first, scale.field)
        for cell in opened { isOpened[scale.cell(of: cell.code)] = false }
    }

    /// Gives a split between two cells the codes next to it.
    private func sharpen(_ split: inout Split, _ scale: CellScale) {
        let below = sorter.countAtMost(split.codes.lower)
        if below > 0, scale.cell(of: sorter.code(below - 1)) == scale.cell(of: split.codes.lower) {
            split.codes.lower = sorter.code(below - 1)
        }
        if below < sorter.count, sorter.code(below) <= split.codes.upper { split.codes.upper = sorter.code(below) }
    }

    /// Looks for better splits inside of the opened cells.
    private func improve(_ best: inout Split, _ search: SplitSearch) {
        var at = 0
        for cell in opened {
            var left = cell.before
            while at < sorter.count, sorter.code(at) <= cell.code {
                left = left + Cell(sorter.mark(at)).tally
                at += 1
                guard at < sorter.count, sorter.code(at) <= cell.code, sorter.code(at) != sorter.code(at - 1) else {
                    continue
                }
                search.improve(&best, (sorter.code(at - 1), sorter.code(at)), left)
            }
        }
    }
}
