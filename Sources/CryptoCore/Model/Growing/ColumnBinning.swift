/// How the values of a column are told apart while trees are grown: by 16-bit bins.
///
/// A column of at most 65,535 distinct values has a bin for each of them. A column of more has bins of neighbouring values with about
/// the same number of rows, or of one value that has more rows. Large nodes are split between bins, small ones (of at most 65,536
/// rows) and those that bins cannot split between any two values.
package struct ColumnBinning: Sendable, Equatable {
    /// The known values, each once, ascending.
    package let values: [Float]
    /// Whether a row does not know its value.
    package let hasMissing: Bool
    /// Where each bin begins among `values`; empty where each value has a bin of its own.
    let starts: [UInt32]

    /// The most bins: one code of 16 bits is left for missing values.
    static var mostBins: Int { 65_535 }

    /// Whether each value has a bin of its own.
    package var isExact: Bool { starts.isEmpty }
    package var binCount: Int { isExact ? values.count : starts.count }

    /// The code of a row that does not know its value; larger than all others.
    var missing: UInt32 { isExact ? 0xFFFF : .max }

    /// The threshold between two neighbouring codes: half-way between the largest value of the lower and the smallest of the upper.
    func threshold(_ lower: UInt32, _ upper: UInt32) -> Double {
        (Double(values[lastPlace(lower)]) + Double(values[firstPlace(upper)])) / 2
    }

    // A code is a bin, or in columns of several values a bin the bin in the upper half and the place inside of it in the lower.

    /// The code of each value, where bins have several.
    private func codes() -> [UInt32] {
        var codes = [UInt32](repeating: 0, count: values.count)
        for bin in starts.indices {
            let first = Int(starts[bin]), code = UInt32(bin) << 16
            for place in first..<end(of: bin) { codes[place] = code | UInt32(place - first) }
        }
        return codes
    }

    /// Where a bin ends among `values`.
    private func end(of bin: Int) -> Int { bin + 1 < starts.count ? Int(starts[bin + 1]) : values.count }

    /// Whether a code stands for a whole bin of several values: its lower half is all ones.
    private func isWholeBin(_ code: UInt32) -> Bool { !isExact && code & 0xFFFF == 0xFFFF }

    private func firstPlace(_ code: UInt32) -> Int {
        guard !isExact else { return Int(code) }
        return Int(starts[Int(code >> 16)]) + (isWholeBin(code) ? 0 : Int(code & 0xFFFF))
    }

    private func lastPlace(_ code: UInt32) -> Int {
        isWholeBin(code) ? end(of: Int(code >> 16)) - 1 : firstPlace(code)
    }
}

extension ColumnBinning {
    /// Sorts a column.
    /// - Returns: its binning, and the code of each row.
    static func make(_ column: [Float]) -> (ColumnBinning, [UInt32]) {
        var values: [Float] = [], rows: [Int] = []
        var places = [UInt32](repeating: .max, count: column.count)
        for entry in sorted(column) {
            let row = Int(entry & 0xFFFF_FFFF), value = column[row]
            if value != values.last {
                values.append(value + 0)  // no -0: it equals 0
                rows.append(0)
            }
            rows[rows.count - 1] += 1
            places[row] = UInt32(values.count - 1)
        }
        let starts = values.count > mostBins ? starts(rows) : []
        let binning = ColumnBinning(values: values, hasMissing: column.contains { $0.isNaN }, starts: starts)
        let missing = binning.missing
        if binning.isExact {
            for row in places.indices where places[row] == .max { places[row] = missing }
        } else {
            let codes = binning.codes()
            for row in places.indices where places[row] != .max { places[row] = codes[Int(places[row])] }
        }
        return (binning, places)
    }

    /// Parts values into at most `mostBins` bins, the largest of which (but for those of one value) has as few rows as can be.
    /// - Parameter rows: how many each value has.
    private static func starts(_ rows: [Int]) -> [UInt32] {
        // Two neighbouring bins have more rows than the limit of one, so that this limit gives few enough of them. It also keeps
        // places inside of a bin below 65,535: a forest takes two billion rows.
        var tooLow = 0, limit = 2 * rows.reduce(0, +) / (mostBins - 1) + 1
        while limit - tooLow > 1 {
            let middle = (tooLow + limit) / 2
            if starts(rows, limit: middle).count <= mostBins { limit = middle } else { tooLow = middle }
        }
        return starts(rows, limit: limit)
    }

    /// Fills bins up to `limit` rows, one after the other; a value of more has its own.
    private static func starts(_ rows: [Int], limit: Int) -> [UInt32] {
        var starts: [UInt32] = [], filled = limit
        for (place, count) in rows.enumerated() {
            if filled + count > limit {
                starts.append(UInt32(place))
                filled = 0
            }
            filled += count
        }
        return starts
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
