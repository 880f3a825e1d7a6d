package import CryptoCore
internal import KafkaClient
internal import ServiceRuntime

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
        _ = takeSkipped()  // the loop has told
    }

    package mutating func takeChanges(at position: StreamPosition, into batch: inout ChangelogBatch) {
        // Behind the last record there may be transactions' markers.
        if let next = position.inputs[0].next { _ = pass(upTo: next) }
        claim()
        takeChanges(into: &batch)
    }

    package mutating func endRestoring(now: Int64?) -> StreamPosition? {
        finishRestoring(now: now)
        return nextOffset.map { StreamPosition([.init(next: $0)]) }
    }
}
