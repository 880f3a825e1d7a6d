internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// Reads all of `crypto.silences`, and goes on reading. *Thread*: bound to one.
struct SilenceReader {
    private let context: ServiceContext
    private let board: SilenceBoard
    private let clock = SystemClock()
    private let lasting: Gauge
    private let malformed = EveryNth()

    init(_ context: ServiceContext, _ board: SilenceBoard) {
        self.context = context
        self.board = board
        lasting = context.gauge("silences", "Silences that last now")
    }

    /// Runs until stop is requested.
    /// - Throws: what only a restart or a person can mend.
    func run() throws {
        let consumer = try KafkaConsumer(Notifier.kafka(context), group: nil, onLog: context.kafkaLog)
        defer { _ = consumer.close(timeoutMs: 1_000) }
        let found = try context.untilKafkaAnswers { () throws(KafkaError) in try context.partitions(of: .silences) }
        guard let partitions = found else { return }
        try consumer.assign(partitions.map { PartitionOffset($0, offset: KafkaOffset.beginning) })
        var waiting = Set(partitions)
        while !context.stop.isRequested {
            let outcome = try context.untilKafkaAnswers { () throws(KafkaError) in
                try consumer.poll(limit: 500, waitMs: 100) { add($0) }
            }
            count()
            guard let outcome, !waiting.isEmpty else { continue }
            waiting.subtract(outcome.ends)
            if waiting.isEmpty { board.complete() }
        }
    }

    private func count() {
        let now = clock.wallMs()
        lasting.set(board.silences?.current(at: now).count { $0.from <= now } ?? 0)
    }

    private func add(_ record: borrowing KafkaRecord) {
        var change: SilenceChange?
        do throws(DecodeError) { change = try SilenceChange(record) } catch {
            if malformed.isDue() {
                context.log.warning(
                    "a record is no silence",
                    ["partition": record.partition, "offset": record.offset, "error": error.description])
            }
        }
        // A broker whose clock is ahead of ours must not make what was taken away last on.
        let ms = min(record.timestampMs, clock.wallMs())
        board.note(partition: record.partition, offset: record.offset, change, at: ms)
    }
}
