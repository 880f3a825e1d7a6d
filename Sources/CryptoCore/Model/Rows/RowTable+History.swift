/// Tables of what lies there whole, as history.
extension RowTable {
    /// The rows of one series' ticks, in whatever order: history as it happened, not as it was received.
    ///
    /// Of trades with the same id the first stays, trades without a side are left out where a preset needs it, and ticks count in the
    /// order of time, then of trade ids as numbers; ids that are no numbers stay as they came.
    package static func history(_ ticks: [Observation], _ preset: Preset, series: String) -> RowTable {
        var history = TickHistory(preset)
        for tick in ticks { history.add(tick) }
        return history.rows(series: series)
    }

    /// Rows of `direction` that somebody made elsewhere: no times, only an order.
    ///
    /// Return reversal goes by the row before, as if the rows were one series.
    /// - Precondition: all of one length; targets are 0 or 1.
    package static func direction(
        prices: [Double], quantities: [Double], isBuy: [Bool], targets: [UInt8], series: String
    ) -> RowTable {
        precondition(
            prices.count == quantities.count && prices.count == isBuy.count && prices.count == targets.count,
            "a value a row")
        var table = RowTable(.direction, series: series)
        table.hasTimes = false
        table.reserve(prices.count)
        var before = prices.first ?? 0
        for i in prices.indices {
            var row = Row(time: 0)
            row.append(prices[i])
            row.append(quantities[i])
            row.append(isBuy[i] ? 1 : 0)
            row.append(ruleSign: isBuy[i] ? 1 : -1)
            row.append(ruleSign: before - prices[i])
            before = prices[i]
            table.decided(row, RowOutcome(target: targets[i], until: 0))
        }
        return table
    }

    mutating func reserve(_ count: Int) {
        for i in columns.indices { columns[i].reserveCapacity(count) }
        for i in rules.indices { rules[i].reserveCapacity(count) }
        targets.reserveCapacity(count)
        times.reserveCapacity(count)
        until.reserveCapacity(count)
        isSameMillisecond.reserveCapacity(count)
        seriesIndex.reserveCapacity(count)
    }
}
