internal import CryptoCore

// Trades that wait until their venue has told what came before them, and the order in which they go.
extension TickWriter {
    /// The oldest trade that waits; it lies in `scratch`, and stays where it is.
    mutating func firstWaiting(
        _ trades: DiskBuffer
    ) -> (entry: TickBatch.Entry, trade: KnownTrade)? {
        scratch.removeAll()
        _ = trades.peek(limit: 1, bytes: 0, into: &scratch)
        guard let entry = scratch.entries.first else { return nil }
        let trade = scratch.withBytes(of: entry) { json in
            (try? TickView(decoding: json)).flatMap { KnownTrade($0, in: json) }
        }
        return trade.map { (entry, $0) }
    }

    /// Takes out what waits, in the order of the venue's trades and the newer ones behind them: old ones may have come late.
    /// The ticks lie in `waiting` then.
    mutating func takeWaiting(
        _ trades: DiskBuffer, _ id: SeriesID, _ places: [String: Int], after start: Int, _ oldestMs: Int64
    ) -> [(place: Int, entry: TickBatch.Entry)] {
        var found: [(place: Int, entry: TickBatch.Entry)] = []
        waiting.removeAll()
        let unreadable = trades.unreadable
        // Behind what the disk has lost nothing is put in order: a gap has to come where it was.
        while found.count < TickWriter.orderedTrades, trades.unreadable == unreadable,
            let (entry, trade) = firstWaiting(trades), trades.unreadable == unreadable
        {
            trades.removeFirst(1)
            if let place = places[trade.id], place < start, recalled[Int(id.index)].newest.isEmpty {
                counters.repeated += 1  // on record from an earlier run
                continue
            }
            // What the venue does not tell is newer than all that it told; or older, then it comes from an earlier gap.
            let place = places[trade.id] ?? (trade.timeMs < oldestMs ? -1 : places.count)
            waiting.append(entry, of: scratch)
            found.append((place, waiting.entries[waiting.count - 1]))
        }
        found.sort { ($0.place, $0.entry.offset) < ($1.place, $1.entry.offset) }
        return found
    }

    /// So many of the trades that waited are put in order; the venue tells fewer.
    private static var orderedTrades: Int { 4096 }
}
