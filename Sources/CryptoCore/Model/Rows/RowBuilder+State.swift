/// What a builder knows, for the changelog: a head, which is small; remembered ids in chunks; minutes, each by itself.
extension RowBuilder {
    /// Appends all but ids and minutes.
    func encodeHead(into writer: inout ChangelogWriter) {
        clock.encode(into: &writer)
        writer.put(journal.nextChunk)
        switch preset {
        case .direction: direction.encode(into: &writer)
        case .difference: difference.encode(into: &writer)
        case .tickerTrend: break
        case .horizon: horizon.encode(into: &writer)
        }
    }

    /// Reads what `encodeHead` wrote for a builder of the same preset.
    mutating func restoreHead(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        try clock.restore(&reader)
        journal.nextChunk = try reader.word()
        switch preset {
        case .direction: try direction.restore(&reader)
        case .difference: try difference.restore(&reader)
        case .tickerTrend: break
        case .horizon: try horizon.restore(&reader)
        }
    }

    /// Puts what was restored in order.
    /// - Parameter now: the clock; nil where nobody is going to add anything.
    mutating func finishRestoring(now: Int64?) {
        journal.finishRestoring(&ids, oldest: oldestSlice)
        horizon.finishRestoring(watermark: clock.watermark)
        if let now { clock.boundReadTimes(now: now) }
    }
}
