/// A forecast that needs no training: up, down or neither, from what a row knows. A model has to beat it.
package enum Rule: String, Sendable, CaseIterable, CustomStringConvertible {
    /// Up after a buy, down after a sell.
    case sidePersistence = "side persistence"
    /// Down after the price rose, up after it fell.
    case returnReversal = "return reversal"
    /// Up when the minute's close is above its average.
    case closeOverAverage = "close over average"
    /// Up when the price is above the one before.
    case differenceSign = "sign of the difference"
    /// Up when the day's change or its volume is above the threshold.
    case thresholds = "thresholds"

    package var description: String { rawValue }
}

extension FittedRule {
    /// Counts the targets of each value; a value that no row has gets the share of all rows. A rule that is better turned round is
    /// turned round by that.
    /// - Precondition: as many values (-1, 0 or +1) as targets.
    package init(name: String, values: [Int8], targets: [UInt8]) {
        precondition(values.count == targets.count, "a value a row")
        var counts = [0, 0, 0]
        var ups = [0, 0, 0]
        for i in values.indices {
            counts[Int(values[i]) + 1] += 1
            ups[Int(values[i]) + 1] += Int(targets[i])
        }
        let all = targets.isEmpty ? 0.5 : Double(ups.reduce(0, +)) / Double(targets.count)
        self.init(name: name, shares: (0..<3).map { counts[$0] == 0 ? all : Double(ups[$0]) / Double(counts[$0]) })
    }
}
