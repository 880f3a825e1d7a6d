package import CryptoCore
package import KafkaClient

/// The cores of a member, by partition number, and what they wrote.
package struct StreamLanes<Core: StreamCore> {
    /// Nil where another member has the partition.
    package var cores: [Core?] = []
    /// What the cores wrote, until the loop has taken it.
    package var output = OutputBatch()
    /// Time since the epoch at this turn, ms.
    package var now: Int64 = 0
    /// The offset that comes next in each partition where none is missing; -1: not known.
    package var expected: [Int64] = []

    init() {}

    /// Takes the core of a partition.
    mutating func set(_ core: Core?, partition: Int32, next: Int64?) {
        let index = Int(partition)
        while cores.count <= index {
            cores.append(nil)
            expected.append(-1)
        }
        cores[index] = core
        expected[index] = next ?? -1
    }

    /// Offsets are missing before `offset`: markers of transactions, or records that are gone, which the core has to know.
    @usableFromInline
    package mutating func noteJump(to offset: Int64, in partition: Int, _ consumer: KafkaConsumer) {
        noteHole(upTo: min(offset, consumer.logStart(of: 0, Int32(partition))), in: partition)
    }

    /// Records before `offset` that were not read are gone.
    mutating func noteHole(upTo offset: Int64, in partition: Int) {
        guard expected[partition] >= 0, offset > expected[partition] else { return }
        cores[partition]?.addHole(in: 0, expected[partition]..<offset)
        expected[partition] = offset
    }
}
