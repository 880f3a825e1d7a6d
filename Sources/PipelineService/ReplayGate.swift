internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import Synchronization

/// Holds replayed and synthetic ticks back while a reader is behind: the embedded broker forgets what it has no room for.
///
/// A thread compares each topic's end with what its readers have done, and grants so many more ticks. *Thread*: any may ask.
final class ReplayGate: Sendable {
    /// Records that may wait on one partition: 2 MiB of the largest, a sliding window of 700 bytes.
    static let mostWaiting: Int64 = 3_000
    /// Ticks granted at once; they may all be of one partition.
    static let grant = 1_000

    private let granted = Mutex(0)

    /// Takes one tick's grant; false when it has to wait.
    func take() -> Bool {
        granted.withLock { granted in
            guard granted > 0 else { return false }
            granted -= 1
            return true
        }
    }

    /// Watches until `stop`: `readers` names for each topic the reports of those that read it.
    func watch(
        _ context: ServiceContext, readers: [Topic: [ServiceReport]], partitions: Int, until stop: StopFlag
    ) throws {
        let admin = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
        let places = readers.keys.flatMap { topic in
            (0..<Int32(partitions)).map { (topic, TopicPartition(topic: context.topic(topic), partition: $0)) }
        }
        while !stop.isRequested {
            guard let ends = try ReplayGate.ends(of: places.map(\.1), admin) else { continue }
            let waiting =
                zip(places, ends).map { place, end -> Int64 in
                    let done = readers[place.0, default: []].map { $0.position(of: place.1) ?? 0 }.min() ?? end
                    return end - done
                }.max() ?? 0
            let isRoom = waiting < ReplayGate.mostWaiting
            granted.withLock { $0 = isRoom ? ReplayGate.grant : 0 }
            _ = stop.wait(ms: isRoom ? 2 : 10)
        }
    }

    /// Nil when there was no answer in time, on a busy machine: nothing more is granted until there is one.
    private static func ends(of places: [TopicPartition], _ admin: KafkaAdmin) throws -> [Int64]? {
        do { return try admin.endOffsets(of: places, timeoutMs: 2_000) } catch {
            guard case .retriable = error else { throw error }
            return nil
        }
    }
}
