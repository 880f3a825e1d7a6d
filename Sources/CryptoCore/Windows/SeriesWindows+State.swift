extension SeriesWindows {
    /// Writes what changed since the last call and remembers that it is written.
    mutating func takeChanges(into batch: inout ChangelogBatch) {
        guard journal.headChanged || ids.hasUnstored else { return }
        writeIDs(into: &batch)
        for i in slices.indices where slices[i].isChanged {
            slices[i].isChanged = false
            slices[i].isStored = true
            let slice = slices[i]
            batch.put(StateKey.slice(series, slice.start)) { slice.encode(into: &$0) }
        }
        for start in journal.droppedSlices { batch.delete(StateKey.slice(series, start)) }
        journal.droppedSlices.removeAll(keepingCapacity: true)
        journal.ids.takeDropped { batch.delete(StateKey.ids(series, $0)) }
        indicators.takeChanges(of: series, into: &batch)
        batch.put(StateKey.head(series)) { encodeHead(into: &$0) }
        journal.headChanged = false
    }

    /// New ids as chunks of at most `capacity`; with `onlyFull` the rest waits.
    mutating func writeIDs(
        _ capacity: Int = TradeIDJournal.chunkCapacity, onlyFull: Bool = false, into batch: inout ChangelogBatch
    ) {
        let series = series
        let hasWritten = journal.ids.write(&ids, oldest: oldestSlice, of: capacity, onlyFull: onlyFull) {
            number, fill in
            batch.put(StateKey.ids(series, number), fill)
        }
        if hasWritten { journal.headChanged = true }
    }

    private func encodeHead(into writer: inout ChangelogWriter) {
        writer.put(watermark)
        writer.put(newest)
        writer.put(newestReadAt)
        writer.put(lastReadAt)
        writer.put(Int64(lastKind.rawValue))
        writer.put(journal.ids.nextChunk)
        let spans = gaps.all
        writer.put(spans.count)
        for span in spans {
            writer.put(span.from)
            writer.put(span.to)
        }
        writer.put(minutes.count)
        for minute in minutes {
            writer.put(minute.end)
            writer.put(minute.price)
        }
    }

    // MARK: Restoring

    mutating func restoreHead(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        watermark = try reader.timeOrNever()
        nextEnd = watermark == SeriesWindows.never ? SeriesWindows.never : watermark.aligned(to: slide) + slide
        newest = try reader.timeOrNever()
        newestReadAt = try reader.time()
        lastReadAt = try reader.time()
        guard let kind = TickKind(rawValue: UInt8(truncatingIfNeeded: try reader.integer())) else {
            throw ChangelogReader.Malformed()
        }
        lastKind = kind
        journal.ids.nextChunk = try reader.word()
        var spans: [GapSet.Span] = []
        for _ in 0..<(try reader.count(ofSize: 16)) {
            spans.append(GapSet.Span(from: try reader.time(), to: try reader.time()))
        }
        gaps = GapSet(spans)
        minutes = []
        for _ in 0..<(try reader.count(ofSize: 16)) {
            let minute = MinuteAverage(end: try reader.time(), price: try reader.finite())
            guard minute.end <= watermark else { throw ChangelogReader.Malformed() }
            minutes.append(minute)
        }
        try reader.end()
    }

    mutating func restoreSlice(_ start: Int64, _ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        var slice = Slice(start: start)
        try slice.restore(&reader)
        slices[insertedSliceIndex(start)] = slice
    }

    mutating func restoreChunk(_ number: UInt64, _ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        try journal.ids.restore(number, &reader)
    }

    mutating func dropRestoredSlice(_ start: Int64) { slices.removeAll { $0.start == start } }

    mutating func dropRestoredChunk(_ number: UInt64) { journal.ids.dropRestored(number) }

    /// Puts what was read in order, without what the watermark has passed.
    mutating func finishRestoring() {
        journal.ids.finishRestoring(&ids, oldest: oldestSlice)
        indicators.finishRestoring()
        journal.headChanged = false
    }
}

extension Slice {
    func encode(into writer: inout ChangelogWriter) {
        writer.put(count)
        for sum in [volume, amount, buyVolume, sellVolume, prices] {
            writer.put(sum.sum)
            writer.put(sum.correction)
        }
        for value in [mean, squares, open, close, high, low] { writer.put(value) }
        writer.put(firstTime)
        writer.put(lastTime)
    }

    mutating func restore(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        count = try reader.integer()
        guard count > 0, count < 1 << 50, start.magnitude < 1 << 60 else { throw ChangelogReader.Malformed() }
        volume = try Slice.sum(&reader)
        amount = try Slice.sum(&reader)
        buyVolume = try Slice.sum(&reader)
        sellVolume = try Slice.sum(&reader)
        prices = try Slice.sum(&reader)
        mean = try reader.finite()
        squares = try reader.finite()
        open = try reader.finite()
        close = try reader.finite()
        high = try reader.finite()
        low = try reader.finite()
        firstTime = try reader.time()
        lastTime = try reader.time()
        guard squares >= 0 else { throw ChangelogReader.Malformed() }
        try reader.end()
        isChanged = false
        isStored = true
    }

    private static func sum(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) -> CompensatedSum {
        var sum = CompensatedSum()
        sum.sum = try reader.double()
        sum.correction = try reader.double()
        return sum
    }
}
