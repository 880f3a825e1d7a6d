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

    /// Those of them that are read.
    func placesRead(of partition: Int32) -> [TopicPartition] {
        topics.read.map { TopicPartition(topic: context.topic($0), partition: partition) }
    }

    /// Where a partition stands: everything before was added to its core.
    func position(of partition: Int32) -> StreamPosition {
        StreamPosition(
            places(of: partition).enumerated().map { input, place in
                lanes.position(of: Int(partition), input, read: consumer.position(of: place))
            })
    }

    /// Tells of records that retention removed before they were read; their cores know.
    mutating func noteHoles() {
        for hole in lanes.holes {
            schedule.opened(at: clock.monotonicMs())
            content.skipped += Int(hole.count)
            context.log.warning(
                "records were removed before they were read, what is computed without them is marked where it can be",
                [
                    "topic": hole.place.topic, "partition": hole.place.partition, "from": hole.from, "to": hole.to,
                ])
        }
        lanes.holes.removeAll()
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
