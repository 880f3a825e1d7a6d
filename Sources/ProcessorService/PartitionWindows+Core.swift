package import CryptoCore
package import KafkaClient
package import ServiceRuntime

/// The windows of a partition as `StreamProcessor` runs them. What is not here they do by themselves.
extension PartitionWindows: StreamCore {
    package mutating func add(
        _ record: RecordStamp, key: RawSpan?, value: RawSpan?, now: Int64, into output: inout OutputBatch
    ) {
        add(
            key: key, value: value, offset: record.offset, appendTime: record.appendTime, now: now, into: &output)
    }

    package mutating func addHole(in input: Int, _ offsets: Range<Int64>) {
        skip(to: offsets.upperBound)
    }

    package mutating func takeChanges(at position: StreamPosition, into batch: inout ChangelogBatch) {
        // Behind the last record there may be transactions' markers.
        if let next = position.inputs[0].next { pass(upTo: next) }
        claim()
        takeChanges(into: &batch)
    }

    package mutating func endRestoring(now: Int64?) -> StreamPosition? {
        finishRestoring(now: now)
        return nextOffset.map { StreamPosition([.init(next: $0)]) }
    }

    /// The default for one input, written out: the compiler makes no copy of it for this core (seen in the release build), and each
    /// tick would be added through a witness.
    package static func read(
        _ consumer: KafkaConsumer, limit: Int, waitMs: Int32, into lanes: inout StreamLanes<PartitionWindows>
    ) throws(KafkaError) -> PollOutcome {
        let now = lanes.now
        return try consumer.poll(limit: limit, waitMs: waitMs, onHole: { lanes.noteHole($0) }) { record in
            let partition = Int(record.partition)
            guard partition < lanes.cores.count else { return }
            lanes.cores[partition]?.add(
                key: record.key?.bytes, value: record.value?.bytes, offset: record.offset,
                appendTime: record.appendTimeMs, now: now, into: &lanes.output)
        }
    }
}
