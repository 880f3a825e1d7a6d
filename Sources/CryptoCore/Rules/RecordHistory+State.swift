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
    /// - Parameters:
    ///   - subject: the number of whose history it is.
    ///   - fields: what its columns are.
    mutating func takeChanges(
        _ channel: RuleChannel, _ subject: Int, _ fields: [UInt64], into batch: inout ChangelogBatch
    ) {
        let length = StoredChunks.length
        for chunk in stored.firstChunk..<max(stored.firstChunk, first / length) {
            batch.delete(AlertKey.chunk(subject, channel.identity, number: UInt64(chunk)))
        }
        stored.firstChunk = max(stored.firstChunk, first / length)
        for chunk in max(stored.next, first) / length...max(next - 1, first) / length {
            let numbers = max(first, chunk * length)..<min(next, (chunk + 1) * length)
            batch.put(AlertKey.chunk(subject, channel.identity, number: UInt64(chunk))) {
                encode(numbers, fields, into: &$0)
            }
        }
        stored.next = next
        stored.isListed = false
    }

    /// *Shape*: three words, how many fields there are, what they are, and of each record its time and values.
    private func encode(_ numbers: Range<Int>, _ fields: [UInt64], into writer: inout ChangelogWriter) {
        writer.put(first)
        writer.put(forgotten)
        writer.put(numbers.lowerBound)
        writer.put(fields.count)
        for field in fields { writer.put(field) }
        for number in numbers {
            writer.put(time(number))
            for column in fields.indices { writer.put(value(number, column, of: fields.count)) }
        }
    }

    // MARK: Restoring

    /// A chunk as it was read.
    struct Chunk {
        let first: Int
        let forgotten: Int64
        let start: Int
        /// The fields of a record, in their order.
        let fields: [UInt64]
        /// *Shape*: records × (1 + fields).
        private let words: [UInt64]

        init(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
            let numbers: Range<Int64> = 0..<1 << 60
            let (first, forgotten, start) = (try reader.integer(), try reader.timeOrNever(), try reader.integer())
            guard numbers.contains(first), numbers.contains(start) else { throw ChangelogReader.Malformed() }
            (self.first, self.forgotten, self.start) = (Int(first), forgotten, Int(start))
            var words: [UInt64] = []
            let count = try reader.count(ofSize: 8)
            while reader.remaining > 0 { words.append(try reader.word()) }
            fields = Array(words.prefix(count))
            self.words = Array(words.dropFirst(count))
            guard self.words.count % (count + 1) == 0 else { throw ChangelogReader.Malformed() }
        }

        var records: Int { words.count / (fields.count + 1) }

        func time(_ record: Int) -> Int64 { Int64(bitPattern: words[record * (fields.count + 1)]) }

        /// A record's value of a field; NaN where the chunk does not have it.
        func value(_ record: Int, _ field: UInt64) -> Double {
            guard let place = fields.firstIndex(of: field) else { return .nan }
            return Double(bitPattern: words[record * (fields.count + 1) + 1 + place])
        }
    }

    /// Makes the history that chunks, in the order of their numbers, tell of. Fields that they do not have are null in it.
    /// - Parameters:
    ///   - firstNumber: the number of the first one.
    ///   - fields: what the history's columns are.
    /// - Returns: whether the chunks have other fields, so that all of them are to be written anew.
    mutating func restore(
        _ chunks: [Chunk], firstNumber: UInt64, of channel: RuleChannel, _ fields: [UInt64]
    ) throws(ChangelogReader.Malformed) -> Bool {
        guard let last = chunks.last else { return false }
        begin(at: last.first, forgotten: last.forgotten)
        for chunk in chunks {
            for record in 0..<chunk.records where chunk.start + record >= first {
                let time = chunk.time(record)
                let isNext = chunk.start + record == next && (count == 0 || time >= self.time(next - 1))
                guard isNext, time.magnitude < 1 << 60 else { throw ChangelogReader.Malformed() }
                append(time, ContiguousArray(fields.map { chunk.value(record, $0) }), of: channel)
            }
        }
        let isOfOthers = chunks.contains { $0.fields != fields }
        stored.next = isOfOthers ? first : next
        stored.firstChunk = Int(clamping: firstNumber)
        return isOfOthers && count > 0
    }
}
