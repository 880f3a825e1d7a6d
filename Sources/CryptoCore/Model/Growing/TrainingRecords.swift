/// Where the columns of a training set lie in its records.
///
/// A record is a row as lanes of 16 bits: how often the row was drawn and its target (`RowMark`), then for each column its bin and,
/// where a bin has several values, the place inside of it.
struct RecordLayout: Sendable {
    let binning: [ColumnBinning]
    /// The lane of each column's bin.
    let lanes: [Int]
    let laneCount: Int

    init(_ binning: [ColumnBinning]) {
        self.binning = binning
        var lanes: [Int] = [], next = 1
        for column in binning {
            lanes.append(next)
            next += column.isExact ? 1 : 2
        }
        self.lanes = lanes
        laneCount = next
    }
}

/// The first lane of a record: whether it is its row's first one in the highest bit, how often the row was drawn, and its target in the
/// lowest bit.
enum RowMark {
    /// The most draws that one record counts; a row of more has several records, of which the first counts as a row.
    static let mostDraws: UInt32 = 16_383

    static func make(draws: UInt32, target: UInt16, isFirst: Bool) -> UInt16 {
        (isFirst ? 1 << 15 : 0) | UInt16(truncatingIfNeeded: draws) << 1 | target
    }

    static func draws(_ mark: UInt16) -> UInt16 { mark >> 1 & 0x3FFF }

    /// How many records rows have at most that were drawn so often: each row one that is not full.
    static func mostRecords(of tally: RowTally) -> Int { tally.rows &+ tally.drawn / Int(mostDraws) }
}

/// All rows of a training set as records, none of them drawn yet.
struct TrainingRecords<Record: BitwiseCopyable & Sendable>: Sendable {
    private let all: [Record]

    /// - Parameter codes: of each column, the code of each row.
    init(_ layout: RecordLayout, codes: [[UInt32]], targets: [UInt8]) {
        let lanes = MemoryLayout<Record>.stride / 2
        precondition(layout.laneCount <= lanes, "a record has room for all columns")
        all = [Record](unsafeUninitializedCapacity: targets.count) { buffer, count in
            let memory = UnsafeMutableRawBufferPointer(buffer).bindMemory(to: UInt16.self)
            memory.initialize(repeating: 0)
            for (row, target) in targets.enumerated() { memory[row * lanes] = UInt16(target) }
            for (column, lane) in layout.lanes.enumerated() {
                let isExact = layout.binning[column].isExact
                for (row, code) in codes[column].enumerated() {
                    memory[row * lanes + lane] = UInt16(truncatingIfNeeded: isExact ? code : code >> 16)
                    if !isExact { memory[row * lanes + lane + 1] = UInt16(truncatingIfNeeded: code) }
                }
            }
            count = targets.count
        }
    }

    /// The rows that were drawn, in their order, with how often they were.
    func drawn(_ counts: [UInt32]) -> [Record] {
        let records = counts.reduce(0) { $0 + Int(($1 + RowMark.mostDraws - 1) / RowMark.mostDraws) }
        return [Record](unsafeUninitializedCapacity: records) { buffer, count in
            var at = 0
            for row in counts.indices {
                var left = counts[row]
                while left > 0 {
                    let draws = min(left, RowMark.mostDraws)
                    var record = all[row]
                    withUnsafeMutableBytes(of: &record) { bytes in
                        let target = bytes.load(as: UInt16.self)
                        let mark = RowMark.make(draws: draws, target: target, isFirst: left == counts[row])
                        bytes.storeBytes(of: mark, as: UInt16.self)
                    }
                    buffer[at] = record
                    at += 1
                    left -= draws
                }
            }
            count = at
        }
    }
}
