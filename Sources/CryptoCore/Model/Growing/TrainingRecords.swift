/// Where a record holds a column's code: some bits of one of its words.
struct CodeField: Sendable {
    let word: Int
    let shift: Int
    /// As many ones as the code has bits.
    let mask: UInt64

    @inline(__always)
    func code(_ record: UnsafeRawPointer) -> UInt32 {
        let word = record.load(fromByteOffset: word &* 8, as: UInt64.self)
        return UInt32(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: shift) & mask)
    }
}

/// Where the columns of a training set lie in its records.
///
/// A record is a row as words of 64 bits: how often the row was drawn and its target (`RowMark`), then the code of each column in as many
/// bits as the largest one takes.
struct RecordLayout: Sendable {
    let columns: [ColumnCodes]
    let fields: [CodeField]
    let wordCount: Int

    init(_ columns: [ColumnCodes]) {
        self.columns = columns
        var fields: [CodeField] = [], word = 0, used = RowMark.bits
        for column in columns {
            if used + column.bits > 64 {
                word += 1
                used = 0
            }
            fields.append(CodeField(word: word, shift: used, mask: 1 << UInt64(column.bits) - 1))
            used += column.bits
        }
        self.fields = fields
        wordCount = word + 1
    }
}

/// The lowest bits of a record: whether it is its row's first one, how often the row was drawn, and how many of these draws have target 1.
enum RowMark {
    static var bits: Int { 9 }
    static var mask: UInt64 { 1 << bits - 1 }
    /// The most draws that one record counts; a row of more has several records, of which the first counts as a row.
    static let mostDraws: UInt32 = 15

    static func make(draws: UInt32, target: UInt8, isFirst: Bool) -> UInt64 {
        UInt64(draws) << 1 | UInt64(target) * UInt64(draws) << 5 | (isFirst ? 1 : 0)
    }

    @inline(__always)
    static func isFirst(_ word: UInt64) -> UInt64 { word & 1 }
    @inline(__always)
    static func draws(_ word: UInt64) -> UInt64 { word >> 1 & 15 }
    @inline(__always)
    static func positive(_ word: UInt64) -> UInt64 { word >> 5 & 15 }

    /// How many records rows have at most that were drawn so often: each row one that is not full.
    static func mostRecords(of tally: RowTally) -> Int { tally.rows &+ tally.drawn / Int(mostDraws) }
}

/// All rows of a training set as records, each drawn once.
struct TrainingRecords<Record: BitwiseCopyable & Sendable>: Sendable {
    private let all: [Record]

    /// - Parameter codes: of each column, the code of each row.
    init(_ layout: RecordLayout, codes: [[UInt32]], targets: [UInt8]) {
        let words = MemoryLayout<Record>.stride / 8
        precondition(layout.wordCount <= words, "a record has room for all columns")
        all = [Record](unsafeUninitializedCapacity: targets.count) { buffer, count in
            let memory = UnsafeMutableRawBufferPointer(buffer).bindMemory(to: UInt64.self)
            memory.initialize(repeating: 0)
            for (row, target) in targets.enumerated() {
                memory[row * words] = RowMark.make(draws: 1, target: target, isFirst: true)
            }
            for (field, codes) in zip(layout.fields, codes) {
                for (row, code) in codes.enumerated() {
                    memory[row * words + field.word] |= UInt64(code) << UInt64(field.shift)
                }
            }
            count = targets.count
        }
    }

    /// The rows that were drawn, in their order, with how often they were.
    func drawn(_ counts: [UInt32]) -> [Record] {
        let records = counts.reduce(0) { $0 &+ Int(($1 &+ RowMark.mostDraws &- 1) / RowMark.mostDraws) }
        // Each row is written, and kept if it was drawn: there is no branch to be guessed wrong.
        return [Record](unsafeUninitializedCapacity: records + 1) { buffer, count in
            guard let start = UnsafeMutableRawPointer(buffer.baseAddress) else { return }
            var at = 0
            all.withUnsafeBufferPointer { all in
                for row in counts.indices {
                    var left = counts[row], isLater: UInt64 = 0
                    repeat {
                        let draws = min(left, RowMark.mostDraws)
                        buffer[at] = all[row]
                        let word = start + at &* MemoryLayout<Record>.stride
                        let once = word.load(as: UInt64.self)
                        let mark = once & RowMark.mask & ~1
                        word.storeBytes(of: once &+ mark &* (UInt64(draws) &- 1) &- isLater, as: UInt64.self)
                        at &+= draws > 0 ? 1 : 0
                        left &-= draws
                        isLater = 1
                    } while left > 0
                }
            }
            count = at
        }
    }
}
