package import CryptoCore
package import KafkaClient
internal import System

/// The cores of a member by partition number, what waits to be added to them, and what they wrote.
package struct StreamLanes<Core: StreamCore> {
    /// Nil where another member has the partition.
    package var cores: [Core?] = []
    /// What the cores wrote, until the loop has taken it.
    package var output = OutputBatch()
    /// Time since the epoch at this turn, ms.
    package var now: Int64 = 0
    /// What retention removed before it was read, until the loop has told of it.
    var holes: [SkippedRecords] = []
    /// Of several inputs the records that wait for those of the others, by partition number; empty where there is one input.
    package var merges: [InputMerge?] = []
    /// How many records were given to the cores in this turn, of several inputs.
    package var merged = 0
    private let inputs: [Topic]
    private let names: [String]
    private let quiet: QuietInputs
    private let groups: [Int]?
    private let clock = SystemClock()

    /// - Parameters:
    ///   - names: the inputs' full names.
    ///   - groups: which inputs are put into one order.
    init(_ topics: StreamTopics, names: [String], quiet: QuietInputs, groups: [Int]?) {
        inputs = topics.inputs
        self.names = names
        self.quiet = quiet
        self.groups = groups
    }

    /// Whether records of several inputs are put in order.
    package var isMerging: Bool { inputs.count > 1 }

    /// Takes the core of a partition, which stands at `position`; nil: another member has it.
    mutating func set(_ core: Core?, partition: Int32, at position: StreamPosition?) {
        let index = Int(partition)
        while cores.count <= index {
            cores.append(nil)
            if isMerging { merges.append(nil) }
        }
        cores[index] = core
        if isMerging {
            merges[index] = position.map { InputMerge(topics: names, at: $0, quiet: quiet, groups: groups) }
        }
    }

    /// Where an input stands: everything before was added to the core.
    /// - Parameter read: behind what was read of it.
    func position(of partition: Int, _ input: Int, read: Int64?) -> StreamPosition.Input {
        // Nothing was added where the log begins.
        guard isMerging else { return .init(next: read.flatMap { $0 > 0 ? $0 : nil }) }
        let next = merges[partition]?.firstOffset(of: input) ?? read
        return .init(next: next.flatMap { $0 > 0 ? $0 : nil }, time: merges[partition]?.time(of: input) ?? .min)
    }

    /// Has the core know of records that are gone, before it has the one behind them.
    package mutating func noteHole(_ hole: SkippedRecords) {
        let partition = Int(hole.place.partition)
        guard partition < cores.count, cores[partition] != nil, let input = names.firstIndex(of: hole.place.topic)
        else { return }
        holes.append(hole)
        if isMerging {
            merges[partition]?.addHole(in: input, hole.from..<hole.to, readAt: clock.monotonicMs())
        } else {
            cores[partition]?.addHole(in: input, hole.from..<hole.to)
        }
    }

    // MARK: Several inputs

    /// Lets a record wait for those of the other inputs that belong before it.
    package mutating func wait(_ record: borrowing KafkaRecord) {
        // The consumer counts its topics in the order in which it was told of them: that of the inputs.
        let (partition, input, offset) = (Int(record.partition), record.topicID, record.offset)
        guard partition < merges.count, merges[partition] != nil else { return }
        let appendTime = record.appendTimeMs
        let value = record.value?.bytes
        merges[partition]?.add(
            RecordStamp(input: input, offset: offset, appendTime: appendTime),
            time: inputs[input].time(of: value, appendTime: appendTime), key: record.key?.bytes, value: value,
            readAt: clock.monotonicMs())
    }

    /// Looks which inputs that others wait for were read to their ends.
    package mutating func confirmEnds(_ consumer: KafkaConsumer) {
        for partition in merges.indices where waitingSince(partition) != nil {
            for input in inputs.indices where merges[partition]?.count(of: input) == 0 {
                let place = TopicPartition(topic: names[input], partition: Int32(partition))
                guard let moment = consumer.endConfirmedMs(of: place) else { continue }
                merges[partition]?.confirmEnd(of: input, at: moment)
            }
        }
    }

    /// When the oldest record that waits in a partition was read, CLOCK_MONOTONIC ms; nil while none waits.
    func waitingSince(_ partition: Int) -> Int64? {
        partition < merges.count ? merges[partition]?.waitingSince : nil
    }

    /// How full the room is in which the records of an input's partition wait: 1 or more: nothing more of it should be read now.
    func fullness(of partition: Int, _ input: Int) -> Double {
        guard let merge = merges[partition] else { return 0 }
        return max(
            Double(merge.count(of: input)) / Double(StreamLanes.mostWaiting.records),
            Double(merge.byteCount(of: input)) / Double(StreamLanes.mostWaiting.bytes))
    }

    /// What may wait of an input's partition, beside what one poll brings.
    private static var mostWaiting: (records: Int, bytes: Int) { (4_000, 1 << 20) }
}
