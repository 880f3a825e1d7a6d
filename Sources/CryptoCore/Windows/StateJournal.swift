/// What changed in a series since its state was last written.
///
/// Remembered ids go to the changelog in chunks, one a write or more; a chunk is deleted when the last slice in it is closed.
struct StateJournal: Sendable {
    /// Ids in a chunk: 24 bytes each, less than half of what a Kafka broker takes as one message unless told otherwise (1 MB).
    static let chunkCapacity = 16_384

    struct Chunk: BitwiseCopyable, Equatable, Sendable {
        var number: UInt64
        var newestSlice: Int64
    }

    /// What a chunk held, until all of the changelog is read.
    struct RestoredChunk: Sendable {
        var entries: ContiguousArray<TradeIDSet.Entry> = []
        var newestSlice = SeriesWindows.never
    }

    var headChanged = false
    var droppedSlices: [Int64] = []
    var chunks: [Chunk] = []
    var droppedChunks: [UInt64] = []
    var nextChunk: UInt64 = 0
    /// By number; empty but while restoring.
    var restored: [UInt64: RestoredChunk] = [:]

    init() {}

    /// Marks the chunks whose slices all start before `oldest` for deletion.
    mutating func expireIDs(before oldest: Int64) {
        guard chunks.contains(where: { $0.newestSlice < oldest }) else { return }
        for chunk in chunks where chunk.newestSlice < oldest { droppedChunks.append(chunk.number) }
        chunks.removeAll { $0.newestSlice < oldest }
    }
}
