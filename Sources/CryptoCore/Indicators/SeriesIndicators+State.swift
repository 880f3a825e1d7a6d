/// The indicators in the changelog: a record for each place of the ring, and one for the rest.
///
/// So a minute writes one bar and what goes on for ever, about 130 bytes with their keys.
extension SeriesIndicators {
    /// Writes what changed since the last call and remembers that it is written.
    mutating func takeChanges(of series: Series, into batch: inout ChangelogBatch) {
        guard storedBars < head.bars else { return }
        let first = max(storedBars, head.bars - Int64(SeriesIndicators.keptBars)) + 1
        for number in first...head.bars {
            let place = SeriesIndicators.place(of: number)
            batch.put(StateKey.bar(series, UInt8(place))) {
                $0.put(ring[place].close)
                $0.put(ring[place].volume)
            }
        }
        batch.put(StateKey.indicators(series)) { encodeHead(into: &$0) }
        storedBars = head.bars
    }

    private func encodeHead(into writer: inout ChangelogWriter) {
        writer.put(head.asOf)
        writer.put(head.bars)
        writer.put(head.lastIncomplete)
        for average in [head.ema12, head.ema26, head.signal, head.gain, head.loss, head.trueRange] {
            writer.put(average.value)
        }
    }

    // MARK: Restoring

    mutating func restoreHead(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        head.asOf = try reader.time()
        head.bars = try reader.integer()
        head.lastIncomplete = try reader.integer()
        guard (1..<1 << 50).contains(head.bars), head.lastIncomplete <= head.bars,
            head.lastIncomplete >= -SeriesIndicators.incompleteBars
        else { throw ChangelogReader.Malformed() }
        head.ema12.value = try reader.finite()
        head.ema26.value = try reader.finite()
        head.signal.value = try reader.finite()
        head.gain.value = try reader.finite()
        head.loss.value = try reader.finite()
        head.trueRange.value = try reader.finite()
        try reader.end()
    }

    mutating func restoreBar(_ place: UInt8, _ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        let bar = Bar(close: try reader.finite(), volume: try reader.finite())
        guard Int(place) < SeriesIndicators.keptBars, bar.close > 0, bar.volume >= 0 else {
            throw ChangelogReader.Malformed()
        }
        put(bar, at: Int(place))
        try reader.end()
    }

    /// Goes on behind what was read. Without all its bars, which no transaction leaves, it begins anew.
    mutating func finishRestoring() {
        let isWhole = Int64(ring.count) == min(head.bars, Int64(SeriesIndicators.keptBars))
        if !isWhole || ring.contains(where: { $0.close == 0 }) { self = SeriesIndicators() }
        storedBars = head.bars
        rankAll()
    }
}
