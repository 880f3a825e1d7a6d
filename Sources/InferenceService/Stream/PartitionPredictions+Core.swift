package import CryptoCore
package import KafkaClient
package import ServiceRuntime

/// The predictions of a partition as `StreamProcessor` runs them. What is not here they do by themselves.
extension PartitionPredictions: StreamCore {
    package mutating func add(
        _ record: RecordStamp, key: RawSpan?, value: RawSpan?, now: Int64, into output: inout OutputBatch
    ) {
        add(key: key, value: value, offset: record.offset, appendTime: record.appendTime, now: now, into: &output)
        flush(into: &output)
    }

    package mutating func addHole(in input: Int, _ offsets: Range<Int64>) { skip(to: offsets.upperBound) }

    package mutating func takeChanges(at position: StreamPosition, into batch: inout ChangelogBatch) {
        // Behind the last record there may be transactions' markers.
        if let next = position.inputs[0].next { pass(upTo: next) }
        takeChanges(into: &batch)
    }

    package mutating func endRestoring(now: Int64?) -> StreamPosition? {
        let state = finishRestoring(now: now)
        return state.isKnown ? StreamPosition([.init(next: state.next)]) : nil
    }

    /// The default for one input, written out, so that what one turn reads is predicted together.
    package static func read(
        _ consumer: KafkaConsumer, limit: Int, waitMs: Int32, into lanes: inout StreamLanes<PartitionPredictions>
    ) throws(KafkaError) -> PollOutcome {
        let now = lanes.now
        let outcome = try consumer.poll(limit: limit, waitMs: waitMs, onHole: { lanes.noteHole($0) }) { record in
            let partition = Int(record.partition)
            guard partition < lanes.cores.count else { return }
            lanes.cores[partition]?.add(
                key: record.key?.bytes, value: record.value?.bytes, offset: record.offset,
                appendTime: record.appendTimeMs, now: now, into: &lanes.output)
        }
        for partition in lanes.cores.indices { lanes.cores[partition]?.flush(into: &lanes.output) }
        return outcome
    }
}
