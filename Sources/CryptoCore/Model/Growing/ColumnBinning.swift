/// How the values of a column are told apart while trees are grown: by 16-bit bins.
///
/// A column of at most 65,535 distinct values has a bin for each of them. A column of more has bins of several neighbouring values,
/// the same number in each; large nodes are split between bins, small ones (of at most 65,536 rows) between any two values.
package struct ColumnBinning: Sendable, Equatable {
    /// The known values, each once, ascending.
    package let values: [Float]
    /// Whether a row does not know its value.
    package let hasMissing: Bool
    /// A value's place among `values` without this many low bits is its bin.
    let shift: Int

    /// Whether each value has a bin of its own.
    package var isExact: Bool { shift == 0 }
    package var binCount: Int { values.isEmpty ? 0 : ((values.count - 1) >> shift) + 1 }

    /// The code of a row that does not know its value; larger than all others.
    var missing: UInt32 { isExact ? 0xFFFF : .max }

    /// The threshold between two neighbouring codes: half-way between the largest value of the lower and the smallest of the upper.
    func threshold(_ lower: UInt32, _ upper: UInt32) -> Double {
        (Double(values[lastPlace(lower)]) + Double(values[firstPlace(upper)])) / 2
    }

    // A code is a bin, or in columns of several values a bin the bin in the upper half and the place inside of it in the lower.

    func code(place: Int) -> UInt32 {
        isExact ? UInt32(place) : UInt32(place >> shift) << 16 | UInt32(place & (1 << shift - 1))
    }

    /// Whether a code stands for a whole bin of several values: its lower half is all ones.
    private func isWholeBin(_ code: UInt32) -> Bool { !isExact && code & 0xFFFF == 0xFFFF }

    private func firstPlace(_ code: UInt32) -> Int {
        guard !isExact else { return Int(code) }
        return Int(code >> 16) << shift | (isWholeBin(code) ? 0 : Int(code & 0xFFFF))
    }

    private func lastPlace(_ code: UInt32) -> Int {
        guard isWholeBin(code) else { return firstPlace(code) }
        return min((Int(code >> 16) + 1) << shift, values.count) - 1
    }
}

extension ColumnBinning {
    /// Sorts a column.
    /// - Returns: its binning, and the code of each row.
    static func make(_ column: [Float]) -> (ColumnBinning, [UInt32]) {
        var values: [Float] = []
        var places = [UInt32](repeating: .max, count: column.count)
        for entry in sorted(column) {
            let row = Int(entry & 0xFFFF_FFFF), value = column[row]
            if value != values.last { values.append(value + 0) }  // no -0: it equals 0
            places[row] = UInt32(values.count - 1)
        }
        var shift = 0
        while values.count > 65_535 << shift { shift += 1 }
        let binning = ColumnBinning(values: values, hasMissing: column.contains { $0.isNaN }, shift: shift)
        let missing = binning.missing
        if binning.isExact {
            for row in places.indices where places[row] == .max { places[row] = missing }
        } else {
            for row in places.indices where places[row] != .max { places[row] = binning.code(place: Int(places[row])) }
        }
        return (binning, places)
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
