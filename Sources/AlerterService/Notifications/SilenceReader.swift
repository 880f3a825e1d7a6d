package import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import Synchronization
internal import System

/// What `crypto.silences` says, for all notifiers and whoever shows it. *Thread*: any.
package final class SilenceBoard: Sendable {
    private struct State {
        var silences = Silences()
        var version = 0
        var isComplete = false
    }

    private let state = Mutex(State())

    package init() {}

    /// All silences, those that are over among them, in the order of their ids; nil before all of them were read.
    package var list: [Silence]? { state.withLock { $0.isComplete ? $0.silences.list : nil } }

    /// The silences where they are others than those of `version`; nil before all of them were read.
    func news(since version: Int) -> (silences: Silences, version: Int)? {
        state.withLock { $0.isComplete && $0.version != version ? ($0.silences, $0.version) : nil }
    }

    func change(_ body: (inout Silences) -> Void) {
        state.withLock { state in
            body(&state.silences)
            state.version += 1
        }
    }

    func complete() {
        state.withLock { state in
            state.isComplete = true
            state.version += 1
        }
    }
}

/// Reads all of `crypto.silences`, and goes on reading. *Thread*: bound to one.
struct SilenceReader {
    private let context: ServiceContext
    private let board: SilenceBoard
    private let malformed = EveryNth()

    init(_ context: ServiceContext, _ board: SilenceBoard) {
        self.context = context
        self.board = board
    }

    /// Runs until stop is requested.
    /// - Throws: what only a restart or a person can mend.
    func run() throws {
        let consumer = try KafkaConsumer(Notifier.kafka(context), group: nil, onLog: context.kafkaLog)
        defer { _ = consumer.close(timeoutMs: 1_000) }
        guard let partitions = try ask({ () throws(KafkaError) in try context.partitions(of: .silences) }) else {
            return
        }
        try consumer.assign(partitions.map { PartitionOffset($0, offset: KafkaOffset.beginning) })
        var waiting = Set(partitions)
        while !context.stop.isRequested {
            let outcome = try ask { () throws(KafkaError) in
                try consumer.poll(limit: 500, waitMs: 100) { add($0) }
            }
            guard let outcome, !waiting.isEmpty else { continue }
            waiting.subtract(outcome.ends)
            if waiting.isEmpty { board.complete() }
        }
    }

    private func ask<Result>(_ body: () throws(KafkaError) -> Result) throws(KafkaError) -> Result? {
        try context.untilKafkaAnswers(
            capMs: 2_000, onAway: { context.log.debug("waiting for Kafka", ["error": "\($0)"]) }, body)
    }

    private func add(_ record: borrowing KafkaRecord) {
        guard let key = record.key else { return }
        let id = String(decoding: key, as: UTF8.self)
        var silence: Silence?
        do throws(DecodeError) {
            if let value = record.value { silence = try Silence(decoding: value.bytes) }
        } catch {
            if malformed.isDue() {
                context.log.warning("a record is no silence", ["id": id, "error": error.description])
            }
            return
        }
        // What decodes has matchers that can be read.
        board.change { try? $0.put(id, silence) }
    }
}
