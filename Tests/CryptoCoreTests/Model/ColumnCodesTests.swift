import TestSupport
import Testing

@testable import CryptoCore

@Suite("Codes have the order of values")
struct ColumnCodesTests {
    /// Mostly distinct values, some of which many rows have.
    private func heavy(_ seed: UInt64) -> [Float] {
        var random = SplitMix64(seed: seed)
        var values = (0..<12_000).map { _ in Float.random(in: -5..<5, using: &random) }
        for power in 1...12 {
            let value = Float.random(in: -5..<5, using: &random)
            values += [Float](repeating: value, count: (1 << power) + Int.random(in: -1...1, using: &random))
        }
        return values.shuffled(using: &random)
    }

    @Test("and differ where values do", arguments: UInt64(0)..<8)
    func order(seed: UInt64) {
        let values = heavy(seed) + [.nan]
        let (made, codes) = ColumnCodes.make(values)
        #expect(!made.isFew && made.hasMissing && codes.last == made.missing)
        let rows = values.indices.dropLast().sorted { values[$0] < values[$1] }
        // One expectation for all of them: each costs more than what it looks at.
        #expect(
            zip(rows, rows.dropFirst()).allSatisfy { a, b in
                values[a] == values[b] ? codes[a] == codes[b] : codes[a] < codes[b]
            })
        #expect(rows.allSatisfy { made.values[made.place(codes[$0])] == values[$0] })
        #expect(made.missing > made.last && made.missing.nonzeroBitCount == 1)
        #expect(Int(made.last) < 2 * values.count)
    }

    @Test("so that neighbours of a power of two have few rows, or one value", arguments: UInt64(0)..<8)
    func neighbours(seed: UInt64) {
        let (made, codes) = ColumnCodes.make(heavy(seed))
        for shift in UInt32(0)..<16 {
            var rows = [Int](repeating: 0, count: Int(made.last >> shift) + 1), values = rows
            for code in codes { rows[Int(code >> shift)] += 1 }
            for code in made.codes { values[Int(code >> shift)] += 1 }
            #expect(zip(rows, values).allSatisfy { $0 < 2 << Int(shift) || $1 == 1 })
        }
    }

    @Test("and are 0, 1, 2, … for up to 4,096 values", arguments: [1, 4_096, 4_097])
    func few(distinct: Int) {
        let values = (0..<distinct).map { Float($0) } + [.nan]
        let (made, codes) = ColumnCodes.make(values.reversed())
        #expect(made.isFew == (distinct <= 4_096))
        #expect(made.values == values.dropLast())
        #expect(codes == [made.missing] + (0..<UInt32(distinct)).reversed())
    }

    @Test("0 and -0 are one value")
    func zeros() {
        let (made, codes) = ColumnCodes.make([0, -0.0, 1, -1])
        #expect(made.values == [-1, 0, 1] && codes == [1, 1, 2, 0])
        #expect(made.values[1].sign == .plus && !made.hasMissing)
    }

    @Test("A threshold is half-way between two values")
    func threshold() {
        let (made, _) = ColumnCodes.make([1, 2, 4, 8])
        #expect(made.threshold(1, 2) == 3 && made.threshold(0, 3) == 4.5)
    }

    @Test("Records hold the codes of all columns, and how often their rows were drawn", arguments: UInt64(0)..<4)
    func records(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let count = 5_000
        let columns = (0..<63).map { _ in
            let distinct = Int.random(in: 1...count, using: &random)
            return (0..<count).map { _ -> Float in
                Int.random(in: 0..<9, using: &random) == 0 ? .nan : Float(Int.random(in: 0..<distinct, using: &random))
            }
        }
        let made = columns.map { ColumnCodes.make($0) }, layout = RecordLayout(made.map(\.0)), codes = made.map(\.1)
        let targets = (0..<count).map { _ in UInt8.random(in: 0...1, using: &random) }
        let all = TrainingRecords<SIMD32<UInt64>>(layout, codes: codes, targets: targets)
        let counts = (0..<count).map { _ in UInt32.random(in: 0...40, using: &random) / 2 }
        var records = all.drawn(counts)[...]
        for row in 0..<count {
            var left = counts[row], isFirst = true
            while left > 0 {
                let draws = min(left, RowMark.mostDraws)
                guard let record = records.popFirst() else { break }
                withUnsafeBytes(of: record) { bytes in
                    guard let start = bytes.baseAddress else { return }
                    let mark = RowMark.make(draws: draws, target: targets[row], isFirst: isFirst)
                    #expect(start.load(as: UInt64.self) & RowMark.mask == mark)
                    #expect(zip(layout.fields, codes).allSatisfy { $0.code(start) == $1[row] })
                }
                left -= draws
                isFirst = false
            }
        }
        #expect(records.isEmpty)
    }
}
