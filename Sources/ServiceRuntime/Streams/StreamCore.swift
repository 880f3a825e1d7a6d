package import CryptoCore
package import KafkaClient

/// What a stream service computes in one partition number of its inputs, such as the windows of all series in it.
///
/// A core is pure: no I/O, no clock of its own. Records and clock readings come in, records for readers and the changes of its
/// state go out, and all that it knows is a function of what came in, in its order. `StreamProcessor` does the rest: it reads,
/// writes, commits state and offsets together, and restores.
package protocol StreamCore: Sendable {
    /// Takes the next record, read when the clock showed `now` (ms since the epoch).
    ///
    /// No record may trap or be refused: what cannot be used goes to `output` as a dead letter. *Complexity*: nothing allocated
    /// for an ordinary record.
    mutating func add(
        _ record: RecordStamp, key: RawSpan?, value: RawSpan?, now: Int64, into output: inout OutputBatch)

    /// Writes everything that the records added so far lead to, where a core waits for more to compute them together. Called behind the
    /// records of each turn.
    mutating func flush(into output: inout OutputBatch)

    /// Takes note that the records of one input at these offsets were removed before they were read. It comes before the record
    /// behind them.
    mutating func addHole(in input: Int, _ offsets: Range<Int64>)

    /// Takes note that no input has anything beyond what was added, by brokers that answered at `confirmedAt` (ms, the clock of
    /// `add`'s `now`). Called ten times a second.
    mutating func partitionEnded(confirmedAt: Int64, into output: inout OutputBatch)

    /// Writes what readers want once a second, however much or little happened.
    mutating func emitLive(into output: inout OutputBatch)

    /// Takes note that the clock was put forward (or back, where negative) by so many ms.
    mutating func clockStepped(byMs step: Int64)

    /// The series of which a first record came since the core was made or restored, each once.
    mutating func takeMet() -> [Series]

    // MARK: State

    /// Whether something changed since `takeChanges`.
    var hasChanges: Bool { get }

    /// Writes changes of which there are many, ahead of `takeChanges`. Called every turn.
    mutating func takeFullChunks(into batch: inout ChangelogBatch)

    /// Writes what changed since the last call, and as the last record where the core stands: `position`. Called once a
    /// transaction, where something changed or the position has moved.
    mutating func takeChanges(at position: StreamPosition, into batch: inout ChangelogBatch)

    /// Takes one record of the changelog, in the order of their offsets.
    mutating func restore(key: RawSpan?, value: RawSpan?, offset: Int64) throws(ChangelogError)

    /// Puts what was restored in order.
    /// - Parameter now: the clock; nil where nobody is going to add anything.
    /// - Returns: the position that the changelog held; nil where there was none.
    /// - Throws: when what was restored does not fit together.
    mutating func endRestoring(now: Int64?) throws(ChangelogError) -> StreamPosition?

    // MARK: The loop's

    /// Reads what waits into the cores; called once a turn. The default serves every core and adds each record through a witness;
    /// a core of one input that takes millions a second writes it out, as `PartitionWindows` does.
    static func read(
        _ consumer: KafkaConsumer, limit: Int, waitMs: Int32, into lanes: inout StreamLanes<Self>
    ) throws(KafkaError) -> PollOutcome
}

/// What only some cores want.
extension StreamCore {
    package mutating func flush(into output: inout OutputBatch) {}
    package mutating func addHole(in input: Int, _ offsets: Range<Int64>) {}
    package mutating func partitionEnded(confirmedAt: Int64, into output: inout OutputBatch) {}
    package mutating func emitLive(into output: inout OutputBatch) {}
    package mutating func clockStepped(byMs step: Int64) {}
    package mutating func takeMet() -> [Series] { [] }
    package mutating func takeFullChunks(into batch: inout ChangelogBatch) {}
}

extension StreamCore {
    package static func read(
        _ consumer: KafkaConsumer, limit: Int, waitMs: Int32, into lanes: inout StreamLanes<Self>
    ) throws(KafkaError) -> PollOutcome {
        if lanes.isMerging { return try readInOrder(consumer, waitMs: waitMs, into: &lanes) }
        let now = lanes.now
        return try consumer.poll(limit: limit, waitMs: waitMs, onHole: { lanes.noteHole($0) }) { record in
            let partition = Int(record.partition)
            guard partition < lanes.cores.count else { return }
            lanes.cores[partition]?.add(
                RecordStamp(input: 0, offset: record.offset, appendTime: record.appendTimeMs), key: record.key?.bytes,
                value: record.value?.bytes, now: now, into: &lanes.output)
        }
    }

    /// The same of several inputs, whose records wait for each other.
    package static func readInOrder(
        _ consumer: KafkaConsumer, waitMs: Int32, into lanes: inout StreamLanes<Self>
    ) throws(KafkaError) -> PollOutcome {
        let now = lanes.now
        lanes.merged = 0
        let outcome = try consumer.poll(
            limit: 2_000, waitMs: waitMs, onHole: { lanes.noteHole($0) }, { lanes.wait($0) })
        lanes.confirmEnds(consumer)
        for partition in lanes.merges.indices {
            guard var merge = lanes.merges[partition] else { continue }
            lanes.merges[partition] = nil  // one owner: what follows copies nothing
            merge.drain { item, key, value in
                lanes.merged += 1
                if let end = item.holeEnd {
                    lanes.cores[partition]?.addHole(in: item.stamp.input, item.stamp.offset..<end)
                } else {
                    lanes.cores[partition]?.add(item.stamp, key: key, value: value, now: now, into: &lanes.output)
                }
            }
            lanes.merges[partition] = merge
        }
        return outcome
    }
}
