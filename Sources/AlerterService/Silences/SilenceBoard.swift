internal import CryptoCore
internal import KafkaClient
internal import Synchronization

/// What `crypto.silences` says, for all notifiers and whoever shows it. *Thread*: any.
final class SilenceBoard: Sendable {
    private struct State {
        var silences = Silences()
        var version = 0
        var isComplete = false
        /// Behind what was read of each partition.
        var read: [Int32: Int64] = [:]
    }

    private let state = Mutex(State())

    /// What there is; nil before all of it was read.
    var silences: Silences? { state.withLock { $0.isComplete ? $0.silences : nil } }

    /// The newest of each id, those that are over among them; nil before all of it was read.
    var list: [Silence]? { silences?.list }

    /// The silences where they are others than those of `version`; nil before all of them were read.
    func news(since version: Int) -> (silences: Silences, version: Int)? {
        state.withLock { $0.isComplete && $0.version != version ? ($0.silences, $0.version) : nil }
    }

    /// Takes what a record says, or that it says nothing.
    func note(partition: Int32, offset: Int64, _ change: SilenceChange?, at ms: Int64) {
        state.withLock { state in
            state.read[partition] = offset + 1
            guard let change else { return }
            // What decodes has matchers that can be read.
            try? state.silences.put(change.id, change.silence, at: ms)
            state.version += 1
        }
    }

    func complete() {
        state.withLock { state in
            state.isComplete = true
            state.version += 1
        }
    }

    /// Whether these records were read.
    func hasRead(_ places: [PartitionOffset]) -> Bool {
        state.withLock { state in places.allSatisfy { state.read[$0.partition] ?? -1 > $0.offset } }
    }
}
