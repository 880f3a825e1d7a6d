internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import System

/// Where the inputs stand: what came, and what did not.
extension StreamSession {
    /// The partitions of the inputs with this number, in the order of the inputs.
    func places(of partition: Int32) -> [TopicPartition] {
        topics.inputs.map { TopicPartition(topic: context.topic($0), partition: partition) }
    }

    /// Where a partition stands: everything before was added to its core.
    func position(of partition: Int32) -> StreamPosition {
        StreamPosition(
            places(of: partition).enumerated().map { input, place in
                lanes.position(of: Int(partition), input, read: consumer.position(of: place))
            })
    }

    /// Tells of records that retention removed before they were read.
    mutating func noteSkipped(_ outcome: PollOutcome) {
        for hole in outcome.skipped {
            let partition = Int(hole.place.partition)
            // A record behind the hole told its core already; where the log is empty there is none.
            if partition < lanes.cores.count, let input = input(of: hole.place) {
                lanes.noteHole(upTo: hole.to, in: partition, of: input)
            }
            schedule.opened(at: clock.monotonicMs())
            content.skipped += Int(hole.count)
            context.log.warning(
                "records were removed before they were read, what is computed without them is marked where it can be",
                [
                    "topic": hole.place.topic, "partition": hole.place.partition, "from": hole.from, "to": hole.to,
                ])
        }
    }

    /// Takes what other programs' transactions leave at the end of a partition, markers and aborted records, for read; whether
    /// there was something. Else the group would seem to be behind for ever.
    mutating func passMarkers(before ends: [TopicPartition]) -> Bool {
        var hasPassed = false
        for end in ends {
            let partition = Int(end.partition)
            guard partition < lanes.cores.count, let input = input(of: end), let next = consumer.position(of: end)
            else { continue }
            let slot = lanes.slot(partition, input)
            if next > max(lanes.expected[slot], 0) { hasPassed = true }
            lanes.expected[slot] = next
        }
        return hasPassed
    }

    /// Which input a partition is of.
    private func input(of place: TopicPartition) -> Int? {
        topics.inputs.firstIndex { context.topic($0) == place.topic }
    }

    /// Reads nothing more of partitions of which many records wait for those of another input, until these have come.
    mutating func holdBack() throws {
        guard lanes.isMerging else { return }
        for partition in lanes.cores.indices where lanes.cores[partition] != nil {
            for (input, place) in places(of: Int32(partition)).enumerated() {
                let fullness = lanes.fullness(of: partition, input)
                if fullness >= 1, held.insert(place).inserted { try consumer.pause([place]) }
                if fullness < 0.5, held.remove(place) != nil { try consumer.resume([place]) }
            }
        }
    }

    mutating func checkPlacement() {
        let topic = topics.inputs[0]
        for partition in lanes.cores.indices {
            for series in lanes.cores[partition]?.takeMet() ?? [] {
                placement?.check(series, in: Int32(partition), of: topic)
            }
        }
    }
}
