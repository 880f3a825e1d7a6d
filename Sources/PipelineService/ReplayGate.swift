internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// Holds replayed and synthetic ticks back while a reader is behind: the embedded broker forgets what it has no room for.
///
/// When a grant is used up a thread compares each topic's end with what its readers have read, and grants so many more ticks.
/// *Thread*: any may ask.
final class ReplayGate: Sendable {
    /// Records that may wait on one partition: 2 MiB of the largest, a sliding window of 700 bytes.
    static let mostWaiting: Int64 = 3_000
    /// Ticks granted at once; they may all be of one partition.
    static let grant = 1_000

    private struct State {
        var granted = 0
        /// All grants together.
        var total = 0
        /// Somebody waits for more.
        var isWanted = false
    }

    private let state = Monitor(State())

    /// Takes one tick's grant; false when it has to wait.
    func take() -> Bool {
        let isGranted = state.withLock { state in
            guard state.granted > 0 else { return false }
            state.granted -= 1
            return true
        }
        if !isGranted { state.change { $0.isWanted = true } }
        return isGranted
    }

    /// Watches until `stop`: `readers` names for each topic the reports of those that read it, `feeds` count the ticks that the broker
    /// took or refused.
    func watch(
        _ context: ServiceContext, readers: [Topic: [ServiceReport]], feeds: [ServiceReport], until stop: StopFlag
    ) throws {
        let admin = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
        let places = readers.keys.flatMap { topic in
            (0..<Int32(context.common.partitions)).map {
                (topic, TopicPartition(topic: context.topic(topic), partition: $0))
            }
        }
        while !stop.isRequested {
            guard let total = state.wait(ms: 100, until: { $0.isWanted ? $0.total : nil }) else { continue }
            // Counted before the ends are asked for: what comes to the broker meanwhile counts twice, and not never.
            let arrived = feeds.map(\.counts).reduce(0) { $0 + $1["ticks", default: 0] + $1["refused", default: 0] }
            let underWay = Int64(total) - Int64(arrived)
            guard let ends = try ReplayGate.ends(of: places.map(\.1), admin) else { continue }
            let waiting = zip(places, ends).map { place, end -> Int64 in
                let reading = readers[place.0, default: []].filter(\.isReading)
                return end - (reading.map { $0.readPosition(of: place.1) ?? 0 }.min() ?? end)
            }
            if (waiting.max() ?? 0) + max(0, underWay) < ReplayGate.mostWaiting {
                state.change { $0 = State(granted: ReplayGate.grant, total: $0.total + ReplayGate.grant) }
            } else {
                _ = stop.wait(ms: 10)
            }
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
