internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// Runs stages side by side, each on a thread of its own, and stops them in the order of their topics.
///
///     running ── stop requested, a stage ended, or enough was done ──▶ stopping, stage by stage:
///                                        what it reads was read to its end ▶ stop requested ▶ ended
///     running or stopping ── a stage failed ──▶ all are stopped at once, and its error is thrown
///
/// After a stop request each stage has its share of nine seconds. Who is not done then is left behind, which loses nothing on a real
/// Kafka.
struct StageRunner {
    /// Where the topics end now; nil when Kafka does not say.
    typealias Ends = ([Topic]) -> [(place: TopicPartition, end: Int64)]?

    /// How long all stages have to stop. *Units*: ms.
    static let stopMs: Int64 = 9_000
    /// How long a stage has, at most, when nobody waits for it. *Units*: ms.
    private static let (patientReadMs, patientEndMs): (Int64, Int64) = (60_000, 10_000)

    private struct Line {
        let stage: Stage
        let context: ServiceContext
        /// Whether what it reads is written here.
        let follows: Bool
    }

    private struct Running {
        let line: Line
        let thread: Thread
        var name: String { line.stage.name }
    }

    /// What stopped a stage.
    struct Failure: Error, CustomStringConvertible {
        let stage: String
        let error: any Error

        var description: String { "\(stage): \(error)" }
    }

    /// In the order in which they stop.
    private let lines: [Line]
    private let stop: StopFlag
    private let log: Log
    private let ends: Ends
    private let stopMs: Int64

    /// Nothing is started yet, and no stage is ready.
    init(
        _ stages: [Stage], _ context: ServiceContext, stopMs: Int64 = StageRunner.stopMs, ends: @escaping Ends
    ) {
        guard let order = Stage.stopOrder(stages) else {
            preconditionFailure("stages read each other's topics in a circle")
        }
        lines = order.map { stage in
            let own = context.sharing(service: stage.name, stop: StopFlag())
            own.notReady("kafka", because: "no answer yet")
            return Line(stage: stage, context: own, follows: order.contains { stage.follows($0) })
        }
        stop = context.stop
        log = context.log
        self.ends = ends
        self.stopMs = stopMs
    }

    /// Runs until stop is requested, a stage has ended or `isEnough`; then lets every stage come to the end of what it reads.
    /// - Throws: `UsageError` of a stage as it is, any other error of one as a `Failure`.
    func run(until isEnough: () -> Bool = { false }) throws {
        let stages = start()
        do {
            _ = stop.wait(ms: .max / 2, pollMs: 250) { isEnough() || stages.contains { !$0.thread.isRunning } }
            for stage in stages { try check(stage) }
            for (place, stage) in stages.enumerated() { try finish(stage, place, of: stages) }
        } catch {
            for line in lines { line.context.stop.request() }
            _ = Thread.joinAll(stages.map(\.thread), ms: max(0, stopMs - (stop.ageMs ?? 0)))
            throw error
        }
    }

    // MARK: Parts

    /// Readers begin before those that write for them.
    private func start() -> [Running] {
        lines.reversed().map { line in
            let (stage, context) = (line.stage, line.context)
            let thread = Thread(name: stage.name) { try stage.run(context, stage.report) }
            return Running(line: line, thread: thread)
        }.reversed()
    }

    private func hasFailed(_ stage: Running) -> Bool {
        if case .failed = stage.thread.join(ms: 0) { true } else { false }
    }

    private func check(_ stage: Running) throws {
        guard case .failed(let error) = stage.thread.join(ms: 0) else { return }
        throw error is UsageError ? error : Failure(stage: stage.name, error: error)
    }

    /// Stops a stage when it has read what those before it wrote, and waits for its end; no longer when another one fails.
    private func finish(_ stage: Running, _ place: Int, of stages: [Running]) throws {
        let shareMs = stopMs / Int64(lines.count)
        let endMs = shareMs * Int64(place + 1)
        let later = stages[place...]
        if stage.line.follows { waitForReading(of: stage, beside: later, untilMs: endMs - shareMs / 2) }
        for stage in later { try check(stage) }
        stage.line.context.stop.request()
        _ = StopFlag().wait(ms: StageRunner.patientEndMs) {
            !stage.thread.isRunning || later.contains { hasFailed($0) } || isPast(endMs)
        }
        for stage in later { try check(stage) }
        if stage.thread.isRunning { log.warning("a service did not stop in time", ["service": stage.name]) }
    }

    /// Waits until a stage has done everything that is on its topics now, and no longer than so many milliseconds after a stop
    /// request, nor when it has ended or one that comes later has failed.
    private func waitForReading(of stage: Running, beside later: ArraySlice<Running>, untilMs: Int64) {
        guard let ends = ends(stage.line.stage.reads) else { return }
        let report = stage.line.stage.report
        _ = StopFlag().wait(ms: StageRunner.patientReadMs) {
            !stage.thread.isRunning || !report.isReading || later.contains { hasFailed($0) } || isPast(untilMs)
                || ends.allSatisfy { $0.end <= 0 || (report.position(of: $0.place) ?? 0) >= $0.end }
        }
    }

    /// Whether a stop was requested so long ago.
    private func isPast(_ ms: Int64) -> Bool { (stop.ageMs ?? 0) >= ms }
}
