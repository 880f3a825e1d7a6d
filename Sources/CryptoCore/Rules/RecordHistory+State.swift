/// What the changelog has of a history: chunks of so many records each.
struct StoredChunks: BitwiseCopyable {
    /// Records of a chunk.
    static let length = 64

    /// Whether there is something to write.
    var isListed = false
    /// The first record that was not written yet.
    fileprivate(set) var next = 0
    /// The first chunk that the changelog may have.
    fileprivate(set) var firstChunk = 0
}

extension RecordHistory {
    /// Writes the chunks that changed since the last call, and deletes those of which no record is left.
    mutating func takeChanges(_ channel: RuleChannel, _ series: Series, into batch: inout ChangelogBatch) {
        let length = StoredChunks.length
        for chunk in stored.firstChunk..<max(stored.firstChunk, first / length) {
            batch.delete(AlertKey.chunk(series, channel.identity, number: UInt64(chunk)))
        }
        stored.firstChunk = max(stored.firstChunk, first / length)
        for chunk in max(stored.next, first) / length...max(next - 1, first) / length {
            let numbers = max(first, chunk * length)..<min(next, (chunk + 1) * length)
            batch.put(AlertKey.chunk(series, channel.identity, number: UInt64(chunk))) {
                encode(numbers, columns: channel.columns, into: &$0)
            }
        }
        stored.next = next
        stored.isListed = false
    }

    /// *Shape*: three words, and of each record its time and values.
    private func encode(_ numbers: Range<Int>, columns: Int, into writer: inout ChangelogWriter) {
        writer.put(first)
        writer.put(forgotten)
        writer.put(numbers.lowerBound)
        for number in numbers {
            writer.put(time(number))
            for column in 0..<columns { writer.put(value(number, column, of: columns)) }
        }
    }

    // MARK: Restoring

    /// A chunk as it was read.
    struct Chunk {
        let first: Int
        let forgotten: Int64
        let start: Int
        /// *Shape*: records × (1 + columns).
        let words: [UInt64]

        init(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
            let numbers: Range<Int64> = 0..<1 << 60
            let (first, forgotten, start) = (try reader.integer(), try reader.timeOrNever(), try reader.integer())
            guard numbers.contains(first), numbers.contains(start) else { throw ChangelogReader.Malformed() }
            (self.first, self.forgotten, self.start) = (Int(first), forgotten, Int(start))
            var words: [UInt64] = []
            while reader.remaining > 0 { words.append(try reader.word()) }
            self.words = words
        }
    }

    /// Makes the history that chunks, in the order of their numbers, tell of.
    /// - Parameter firstNumber: the number of the first one.
    mutating func restore(
        _ chunks: [Chunk], firstNumber: UInt64, of channel: RuleChannel
    ) throws(ChangelogReader.Malformed) {
        guard let last = chunks.last else { return }
        let columns = channel.columns
        begin(at: last.first, forgotten: last.forgotten)
        for chunk in chunks {
            guard chunk.words.count % (columns + 1) == 0 else { throw ChangelogReader.Malformed() }
            for record in 0..<chunk.words.count / (columns + 1) where chunk.start + record >= first {
                let words = chunk.words[(record * (columns + 1))...].prefix(columns + 1)
                let time = Int64(bitPattern: words.first ?? 0)
                let isNext = chunk.start + record == next && (count == 0 || time >= self.time(next - 1))
                guard isNext, time.magnitude < 1 << 60 else { throw ChangelogReader.Malformed() }
                let row = ContiguousArray(words.dropFirst().map { Double(bitPattern: $0) })
                append(time, row, of: channel)
            }
        }
        stored.next = next
        stored.firstChunk = Int(clamping: firstNumber)
    }
}
