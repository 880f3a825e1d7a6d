internal import CryptoCore

/// What a live feed knew of a series when its connection stood for the first time: from there its replay goes on as it did.
package struct RecordedSeries: Sendable, Equatable {
    package var source: String
    /// Nil where the venue chooses the symbols.
    package var symbol: String?
    /// Up to where the series was on record. *Units*: ms since the epoch, event time.
    package var lastMs: Int64?
    /// The newest trade on record, where trades are numbered, and its event time. *Units*: ms since the epoch.
    package var lastID: Int64?
    package var lastTradeMs: Int64?
    /// The newest trade on record, where trades are not numbered; its time is `lastTradeMs`.
    package var lastTrade: KnownTrade?
    /// Trades since then were wanted too. *Units*: ms since the epoch.
    package var historyMs: Int64?
    /// So much of the past was wanted of prices. *Units*: ms.
    package var backfillMs: Int64?
    /// How many markets were wanted, where the venue chooses them.
    package var top: Int?
    /// Whether the first tick ended a gap.
    package var beginsWithGap = false

    package init(source: String, symbol: String?) {
        self.source = source
        self.symbol = symbol
    }
}

extension TickWriter {
    /// What is known of each series.
    package var seriesOnRecord: [RecordedSeries] {
        (0..<series.count).map { index in
            let id = SeriesID(index: Int32(index))
            var known = RecordedSeries(source: series[id].source, symbol: series[id].symbol)
            known.lastMs = gaps.lastEventTime(id)
            known.beginsWithGap = gaps.isOpen(id)
            if let state = numbered(id) {
                known.lastID = state.numbers.last?.id
                known.lastTradeMs = state.numbers.last?.timeMs
                known.historyMs = state.historyFromMs
            }
            if index < recalled.count, let trade = recalled[index].known {
                known.lastTrade = trade
                known.lastTradeMs = trade.timeMs
            }
            return known
        }
    }

    /// The opposite: goes on from what is known of a series.
    mutating func resume(_ known: RecordedSeries, _ series: Series, nowMs: Int64) {
        let id = self.series.intern(series)
        gaps.resume(id, after: known.lastMs)
        if known.beginsWithGap { gaps.open(id, .start) }
        guard backfillPolicy != nil else { return }
        guard numbersSeries else {
            _ = recall(id, after: known.beginsWithGap ? nil : known.lastTrade, nowMs: nowMs)
            return
        }
        let last = known.lastID.flatMap { id in known.lastTradeMs.map { (id: id, timeMs: $0) } }
        follow(id, after: last, historyFromMs: known.historyMs, nowMs: nowMs)
    }

    /// Takes over what another writer has written and counted. Its times are moved and its ids marked as this one's are.
    ///
    /// - Parameter places: the series of the other writer as they are called here, as far as is known.
    mutating func absorb(_ other: inout TickWriter, places: inout [SeriesID]) {
        while places.count < other.series.count { places.append(series.intern(other.series.all[places.count])) }
        let isMoved = shiftMs != 0 || !idSuffix.isEmpty || !series.sourcePrefix.isEmpty
        for entry in other.batch.entries {
            let id = places[Int(entry.series.index)]
            if isMoved {
                if let tick = try? other.batch.tick(entry) { add(tick, of: id) }
            } else {
                other.batch.withBytes(of: entry) { json in
                    json.withUnsafeBytes { batch.append(id, entry.kind, eventTime: entry.eventTime, copying: $0) }
                }
            }
        }
        other.batch.removeAll()
        let new = other.takeCounters()
        if !isMoved {
            counters.ticks += new.ticks
            counters.gaps += new.gaps
        }
        counters.repeated += new.repeated
        counters.malformed += new.malformed
        counters.backfilled += new.backfilled
    }

    /// The run is at its end: nothing is known any more but where the series end.
    mutating func forget() {
        let ends = seriesOnRecord
        gaps = GapTracker()
        for (index, end) in ends.enumerated() { gaps.resume(SeriesID(index: Int32(index)), after: end.lastMs) }
        recalled = []
        isRecalling = false
    }

    private mutating func takeCounters() -> Counters {
        defer { counters = Counters() }
        return counters
    }
}
