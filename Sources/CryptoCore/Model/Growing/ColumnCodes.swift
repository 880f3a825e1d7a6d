/// The values of a column as integers of the same order, by which trees are grown.
///
/// Few values have the codes 0, 1, 2, …, so that a node's table (`NodeColumn`) has a cell for each. Of many, a code is the number of rows
/// with smaller values, rounded up to a power of two that is at most the number of the value's own rows: codes lie as close as rows do.
/// So 2^s codes that begin at a multiple of 2^s have fewer than 2^(s + 1) rows together, or all of them have one value.
package struct ColumnCodes: Sendable, Equatable {
    /// The known values, each once, ascending.
    package let values: [Float]
    /// Whether a row does not know its value.
    package let hasMissing: Bool
    /// The code of each value, ascending.
    let codes: [UInt32]

    /// The most values that are few.
    static var mostFew: Int { 4_096 }

    /// Whether the codes are 0, 1, 2, …, so that each value is counted by itself; of others neighbours are counted together, and told apart
    /// wherever the best split may lie between them.
    package var isFew: Bool { values.count <= ColumnCodes.mostFew }

    private init(values: [Float], rows: [Int], hasMissing: Bool) {
        self.values = values
        self.hasMissing = hasMissing
        guard values.count > ColumnCodes.mostFew else {
            codes = (0..<UInt32(values.count)).map { $0 }
            return
        }
        var end = 0
        codes = rows.map { rows in
            let power = 1 << (Int.bitWidth - 1 - rows.leadingZeroBitCount)
            let code = (end + power - 1) & ~(power - 1)
            end = code + rows
            return UInt32(code)
        }
    }

    /// The largest code of a value; 0 without any.
    var last: UInt32 { codes.last ?? 0 }

    /// The code of rows that do not know their value: a power of two, and larger than all others.
    var missing: UInt32 { 1 << UInt32(UInt32.bitWidth - last.leadingZeroBitCount) }

    /// How many bits a code takes.
    var bits: Int { UInt32.bitWidth - (hasMissing ? missing : last).leadingZeroBitCount }

    /// The threshold between two places among `values`: half-way.
    func threshold(_ lower: Int, _ upper: Int) -> Double { (Double(values[lower]) + Double(values[upper])) / 2 }

    /// The place among `values` of the largest value whose code is at most `code`.
    func place(_ code: UInt32) -> Int {
        var low = 0, high = codes.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if codes[middle] <= code { low = middle } else { high = middle }
        }
        return low
    }
}

extension ColumnCodes {
    /// Sorts a column.
    /// - Returns: its codes, and the code of each row.
    static func make(_ column: [Float]) -> (ColumnCodes, [UInt32]) {
        var values: [Float] = [], rows: [Int] = []
        var ofRows = [UInt32](repeating: .max, count: column.count)
        let sorted = sorted(column)
        for entry in sorted {
            let row = Int(entry & 0xFFFF_FFFF), value = column[row]
            if value != values.last {
                values.append(value + 0)  // no -0: it equals 0
                rows.append(0)
            }
            rows[rows.count - 1] += 1
            ofRows[row] = UInt32(values.count - 1)
        }
        let made = ColumnCodes(values: values, rows: rows, hasMissing: sorted.count < column.count)
        for row in ofRows.indices {
            ofRows[row] = ofRows[row] == .max ? made.missing : made.codes[Int(ofRows[row])]
        }
        return (made, ofRows)
    }

    /// The known rows by value: the value's order in the upper half, the row in the lower.
    private static func sorted(_ column: [Float]) -> [UInt64] {
        var entries: [UInt64] = []
        entries.reserveCapacity(column.count)
        for (row, value) in column.enumerated() where !value.isNaN {
            entries.append(UInt64(FloatOrder.key(value)) << 32 | UInt64(row))
        }
        var other = entries
        for shift in [32, 43, 54] {
            distribute(entries, into: &other, by: shift)
            swap(&entries, &other)
        }
        return entries
    }

    /// One round of a radix sort, by 11 bits.
    private static func distribute(_ from: [UInt64], into to: inout [UInt64], by shift: Int) {
        var starts = [Int](repeating: 0, count: 2_049)
        for entry in from { starts[Int(entry >> shift & 2_047) + 1] += 1 }
        for digit in 1..<2_049 { starts[digit] += starts[digit - 1] }
        for entry in from {
            let digit = Int(entry >> shift & 2_047)
            to[starts[digit]] = entry
            starts[digit] += 1
        }
    }
}
