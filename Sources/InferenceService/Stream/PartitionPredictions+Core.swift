package import CryptoCore
internal import ServiceRuntime

/// The predictions of a partition as `StreamProcessor` runs them. What is not here they do by themselves.
extension PartitionPredictions: StreamCore {
    package mutating func add(
        _ record: RecordStamp, key: RawSpan?, value: RawSpan?, now: Int64, into output: inout OutputBatch
    ) {
        add(key: key, value: value, offset: record.offset, appendTime: record.appendTime, now: now, into: &output)
    }

    package mutating func addHole(in input: Int, _ offsets: Range<Int64>) { pass(upTo: offsets.upperBound) }

    package mutating func takeChanges(at position: StreamPosition, into batch: inout ChangelogBatch) {
        // Behind the last record there may be transactions' markers.
        if let next = position.inputs[0].next { pass(upTo: next) }
        takeChanges(into: &batch)
    }

    package mutating func endRestoring(now: Int64?) -> StreamPosition? {
        let state = finishRestoring(now: now)
        return state.isKnown ? StreamPosition([.init(next: state.next)]) : nil
    }
}
