/// How the remembered trade ids of a series stand in the changelog: in chunks, one a write or more; a chunk is deleted when the last
/// slice in it is closed.
struct TradeIDJournal: Sendable {
    /// Ids in a chunk: 24 bytes each, less than half of what a Kafka broker takes as one message unless told otherwise (1 MB).
    static let chunkCapacity = 16_384

    struct Chunk: BitwiseCopyable, Equatable, Sendable {
        var number: UInt64
        var newestSlice: Int64
    }

    /// What a chunk held, until all of the changelog is read.
    struct RestoredChunk: Sendable {
        var entries: ContiguousArray<TradeIDSet.Entry> = []
        var newestSlice = Int64.min
    }

    /// The number of the chunk that is written next.
    var nextChunk: UInt64 = 0
    private(set) var chunks: [Chunk] = []
    private var dropped: [UInt64] = []
    /// By number; empty but while restoring.
    private var restored: [UInt64: RestoredChunk] = [:]

    init() {}

    /// Writes new ids as chunks of at most `capacity`; those of slices that start before `oldest` are not written any more. With
    /// `onlyFull` the rest waits.
    /// - Returns: whether a chunk was written.
    mutating func write(
        _ ids: inout TradeIDSet, oldest: Int64, of capacity: Int = TradeIDJournal.chunkCapacity, onlyFull: Bool = false,
        _ put: (UInt64, (inout ChangelogWriter) -> Void) -> Void
    ) -> Bool {
        let new = ids.unstored
        let first = nextChunk
        var next = new.startIndex
        while next < new.endIndex {
            let start = next
            var newest = Int64.min
            var alive = 0
            while next < new.endIndex, alive < capacity {
                let slice = new[next].slice
                if slice >= oldest {
                    alive += 1
                    newest = max(newest, slice)
                }
                next += 1
            }
            if onlyFull, alive < capacity {
                ids.markStored(upTo: start)
                return nextChunk != first
            }
            guard alive > 0 else { break }
            chunks.append(Chunk(number: nextChunk, newestSlice: newest))
            put(nextChunk) { writer in
                for entry in new[start..<next] where entry.slice >= oldest {
                    writer.put(entry.id.high)
                    writer.put(entry.id.low)
                    writer.put(entry.slice)
                }
            }
            nextChunk &+= 1
        }
        ids.markStored(upTo: new.endIndex)
        return nextChunk != first
    }

    /// Marks the chunks whose slices all start before `oldest` for deletion.
    mutating func expire(before oldest: Int64) {
        guard chunks.contains(where: { $0.newestSlice < oldest }) else { return }
        for chunk in chunks where chunk.newestSlice < oldest { dropped.append(chunk.number) }
        chunks.removeAll { $0.newestSlice < oldest }
    }

    /// Gives the numbers of the chunks that are to be deleted, each once.
    mutating func takeDropped(_ body: (UInt64) -> Void) {
        for number in dropped { body(number) }
        dropped.removeAll(keepingCapacity: true)
    }

    // MARK: Restoring

    /// Keeps the chunk aside: most of those in a changelog that was not compacted yet are deleted further on.
    mutating func restore(_ number: UInt64, _ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        var chunk = RestoredChunk()
        chunk.entries.reserveCapacity(reader.remaining / MemoryLayout<TradeIDSet.Entry>.size)
        while reader.remaining > 0 {
            let id = TradeID(high: try reader.word(), low: try reader.word())
            let slice = try reader.time()
            chunk.newestSlice = max(chunk.newestSlice, slice)
            chunk.entries.append(TradeIDSet.Entry(id: id, slice: slice))
        }
        restored[number] = chunk
    }

    mutating func dropRestored(_ number: UInt64) { restored[number] = nil }

    /// Fills `ids` with what was read, without slices that start before `oldest`: the order of chunks is the order of events.
    mutating func finishRestoring(_ ids: inout TradeIDSet, oldest: Int64) {
        let read = restored.sorted { $0.key < $1.key }
        restored = [:]
        chunks = read.map { Chunk(number: $0.key, newestSlice: $0.value.newestSlice) }
        ids.reserve(read.reduce(0) { $0 + $1.value.entries.count { $0.slice >= oldest } })
        for (_, chunk) in read {
            for entry in chunk.entries where entry.slice >= oldest {
                ids.restore(entry.id, slice: entry.slice, oldest: oldest)
            }
        }
        ids.markStored(upTo: ids.entries.count)
    }
}
