/// Brings columns to mean 0 and standard deviation 1 of the rows that teach.
///
/// Values further than five deviations from the mean stand at five, a value that is unknown at the mean, and a column that is
/// constant teaches nothing: it is 0.
package struct Standardisation: Equatable, Sendable {
    private static let mostDeviations = 5.0

    /// *Shape*: columns; of the known values.
    package let means: [Double]
    package let deviations: [Double]

    package init(_ columns: [[Float]]) {
        var means: [Double] = []
        var deviations: [Double] = []
        for column in columns {
            var count = 0.0
            var mean = 0.0
            var squares = 0.0
            for value in column where value.isFinite {
                count += 1
                let distance = Double(value) - mean
                mean += distance / count
                squares += distance * (Double(value) - mean)
            }
            means.append(mean)
            deviations.append(count > 0 ? (squares / count).squareRoot() : 0)
        }
        self.means = means
        self.deviations = deviations
    }

    /// The value of column `column` in deviations from the mean.
    func value(_ raw: Float, _ column: Int) -> Double {
        let deviation = deviations[column]
        guard raw == raw, deviation > 0 else { return 0 }
        let most = Standardisation.mostDeviations
        return min(max((Double(raw) - means[column]) / deviation, -most), most)
    }

    /// All rows. *Shape*: rows × columns, row-major.
    func rows(_ columns: [[Float]]) -> [Double] {
        guard let count = columns.first?.count else { return [] }
        var rows = [Double](repeating: 0, count: count * columns.count)
        for (number, column) in columns.enumerated() {
            for i in 0..<count { rows[i * columns.count + number] = value(column[i], number) }
        }
        return rows
    }
}
