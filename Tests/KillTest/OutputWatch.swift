internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import Synchronization
internal import System

/// Reads what the programs write as any reader would (`read_committed`), and remembers when each partition had something new.
final class OutputWatch: Sendable {
    /// When the first record arrived that was written after the mark, by partition; nil where none did.
    private struct State {
        var markMs: Int64 = 0
        var firstMs = [Int64?](repeating: nil, count: Int(TickStream.partitions))
    }

    private let state = Mutex(State())
    private let stop = StopFlag()
    private let threads = Mutex<[Thread]>([])

    /// - Parameter topics: what is written all the time.
    init(prefix: String, topics: [Topic] = [.tumbling, .sliding, .trends, .indicators, .late], at bootstrap: String) {
        let thread = Thread(name: "watch") { [self] in
            let consumer = try KafkaConsumer(
                KafkaConfiguration(brokers: bootstrap), group: nil, onLog: { _, _, _ in })
            try consumer.assign(
                topics.flatMap { topic in
                    (0..<TickStream.partitions).map {
                        PartitionOffset(topic: topic.name(prefix: prefix), partition: $0, offset: 0)
                    }
                })
            while !stop.isRequested {
                var seen: [(partition: Int32, writtenMs: Int64)] = []
                _ = try? consumer.poll(limit: 1_000, waitMs: 50) { seen.append(($0.partition, $0.timestampMs)) }
                note(seen)
            }
        }
        threads.withLock { $0.append(thread) }
    }

    func end() {
        stop.request()
        for thread in threads.withLock({ $0 }) { _ = thread.join(ms: 10_000) }
    }

    /// From here on only what the broker takes after this moment is new.
    func mark() {
        state.withLock {
            $0 = State()
            $0.markMs = SystemClock().wallMs()
        }
    }

    /// How long after the mark the first and the last partition had something new; nil while one has not.
    var delays: (first: Int64, last: Int64)? {
        state.withLock { state in
            let times = state.firstMs.compactMap { $0 }
            guard times.count == state.firstMs.count, let first = times.min(), let last = times.max() else {
                return nil
            }
            return (first - state.markMs, last - state.markMs)
        }
    }

    /// Which partitions had nothing new since the mark.
    var silent: [Int] { state.withLock { state in state.firstMs.indices.filter { state.firstMs[$0] == nil } } }

    private func note(_ seen: [(partition: Int32, writtenMs: Int64)]) {
        guard !seen.isEmpty else { return }
        let now = SystemClock().wallMs()
        state.withLock { state in
            for (partition, writtenMs) in seen where writtenMs > state.markMs && state.firstMs[Int(partition)] == nil {
                state.firstMs[Int(partition)] = now
            }
        }
    }
}
