/// Tables of what lies there whole, as history.
extension RowTable {
    /// The rows of one series' ticks, in whatever order: history as it happened, not as it was received.
    ///
    /// Of trades with the same id the first stays, trades without a side are left out where a preset needs it, and ticks count in the
    /// order of time, then of trade ids as numbers; ids that are no numbers stay as they came.
    /// *Complexity*: O(n log n); O(n) for sorted ticks. Beside the ticks and the rows some 50 bytes a trade while ids are compared.
    package static func history(_ ticks: [Observation], _ preset: Preset, series: String) -> RowTable {
        var kept = cleaned(ticks, preset)
        func isEarlier(_ a: Int, _ b: Int) -> Bool {
            Observation.isEarlier(ticks[a], ticks[b]) || !Observation.isEarlier(ticks[b], ticks[a]) && a < b
        }
        let isSorted = zip(kept, kept.dropFirst()).allSatisfy { isEarlier(Int($0), Int($1)) }
        if !isSorted { kept.sort { isEarlier(Int($0), Int($1)) } }
        var builder = RowBuilder.history(preset)
        var table = RowTable(preset, series: series)
        table.reserve(preset == .horizon ? 0 : kept.count)
        for place in kept { builder.add(ticks[Int(place)], now: 0, into: &table) }
        builder.finish(into: &table)
        return table
    }

    /// The places of the ticks that count. Places, as a copy of the ticks would take eighteen times as much.
    private static func cleaned(_ ticks: [Observation], _ preset: Preset) -> [UInt32] {
        var ids = TradeIDSet()
        let needsSide = preset.wantsTrades == true
        return (0..<UInt32(ticks.count)).filter { place in
            let tick = ticks[Int(place)]
            if let wantsTrades = preset.wantsTrades, (tick.kind == .trade) != wantsTrades { return false }
            if tick.kind != .trade { return true }
            if needsSide && tick.side == nil { return false }
            return ids.insert(tick.id, slice: 0, oldest: 0)
        }
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

    private mutating func reserve(_ count: Int) {
        for i in columns.indices { columns[i].reserveCapacity(count) }
        for i in rules.indices { rules[i].reserveCapacity(count) }
        targets.reserveCapacity(count)
        times.reserveCapacity(count)
        until.reserveCapacity(count)
        isSameMillisecond.reserveCapacity(count)
        seriesIndex.reserveCapacity(count)
    }
}
