import KafkaClient
import Storage
import TestSupport
import Testing

@testable import SinkService

@Suite("Where a partition begins")
struct PartitionStartTests {
    private func held(_ next: Int64) -> HeldPartition {
        HeldPartition(cluster: "c", topic: "t", partition: 0, next: next, last: next - 1, newestMs: 5)
    }

    @Test("by what the store holds, what the log still has, and whether it is the same log")
    func rules() {
        func start(_ held: HeldPartition?, _ log: Range<Int64>, other: Bool = false, latest: Bool = false)
            -> PartitionStart
        {
            PartitionStart(held: held, log: log, isOther: other, wantsLatest: latest)
        }
        #expect(start(nil, 3..<9).reason == .unknown)
        #expect(start(nil, 3..<9).offset == KafkaOffset.beginning)
        #expect(start(nil, 3..<9, latest: true).reason == .latest)
        #expect(start(nil, 3..<9, latest: true).offset == 9)
        for next in 3...9 as ClosedRange<Int64> {
            #expect(start(held(next), 3..<9, latest: true).reason == .held)
            #expect(start(held(next), 3..<9).offset == next)
            #expect(start(held(next), 3..<9, other: true).reason == .madeAnew)
        }
        #expect(start(held(1), 3..<9).reason == .skipped(from: 1, to: 3))
        #expect(start(held(1), 3..<9).offset == 3)
        #expect(start(held(10), 3..<9).reason == .madeAnew)
        #expect(start(held(10), 3..<9).offset == 3)
        #expect(start(held(0), 0..<0).reason == .held)
    }

    @Test("what a store holds follows from the positions and the newest of the records before them")
    func progress() {
        var progress = Progress(cluster: "c", held: [held(4)])
        let topics = ["t", "u"]
        func position(_ topic: String, _ offset: Int64) -> PartitionOffset {
            PartitionOffset(topic: topic, partition: 0, offset: offset)
        }
        #expect(progress.changes(at: [position("t", 4)], topics: topics) == [])
        progress.note(topicID: 0, partition: 0, offset: 4, timestampMs: 3)
        progress.note(topicID: 1, partition: 0, offset: 0, timestampMs: 9)
        progress.note(topicID: 1, partition: 0, offset: 1, timestampMs: 8)
        // Behind a record of either there is a transaction's marker.
        let changes = progress.changes(at: [position("t", 6), position("u", 3)], topics: topics)
        #expect(
            changes == [
                HeldPartition(cluster: "c", topic: "t", partition: 0, next: 6, last: 4, newestMs: 5),
                HeldPartition(cluster: "c", topic: "u", partition: 0, next: 3, last: 1, newestMs: 9),
            ])
        progress.remember(changes)
        #expect(progress.changes(at: [position("t", 6), position("u", 3)], topics: topics) == [])
    }
}
