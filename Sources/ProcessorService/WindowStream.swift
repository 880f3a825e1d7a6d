internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime

/// The processor as a stream service: ticks in, windows, trends and indicators out, and what `--console`, `--minutes`, `/windows`,
/// `/indicators` and `/metrics` show of them.
struct WindowStream: StreamService {
    /// Topics that the processor reads and writes.
    static let topics = StreamTopics(
        inputs: [.ticks], outputs: [.tumbling, .sliding, .live, .trends, .indicators, .late], state: .state)

    private let configuration: WindowConfiguration
    private let ticks: String
    private var metrics: ProcessorMetrics
    private var report: StateReport
    private var console: Console
    private let onMinutes: (@Sendable () -> Void)?

    init(
        _ context: ServiceContext, _ configuration: ProcessorConfiguration,
        _ stateQuestions: StateQuestions = StateQuestions(),
        onMinutes: (@Sendable () -> Void)? = nil
    ) {
        self.configuration = configuration.windows
        self.onMinutes = onMinutes
        ticks = context.topic(.ticks)
        metrics = ProcessorMetrics(context)
        report = StateReport(stateQuestions, configuration.windows)
        console = Console(configuration)
    }

    var topics: StreamTopics { WindowStream.topics }

    func core(of partition: Int32) -> PartitionWindows {
        PartitionWindows(configuration: configuration, topic: ticks, partition: partition)
    }

    /// The clock closes windows: a broker that was away just now makes no market quiet.
    var steadyMs: Int64 { configuration.idleAfterTrade }

    var isDone: Bool { console.isDone && onMinutes == nil }

    var isBusy: Bool { report.isBusy }

    mutating func turn(_ cores: [PartitionWindows?], at nowMs: Int64) { report.turn(cores, at: nowMs) }

    mutating func show(_ cores: [PartitionWindows?], unread: Int, at nowMs: Int64) {
        metrics.show(cores, at: nowMs)
        report.note(unread: unread)
    }

    mutating func assigned(_ core: PartitionWindows, partition: Int32) { metrics.assigned(core) }

    mutating func wrote(_ batch: OutputBatch) { console.add(batch) }

    mutating func committed(_ cores: [PartitionWindows?]) {
        metrics.committed(cores)
        console.committed(cores)
        if console.isDone { onMinutes?() }
    }

    mutating func aborted() { console.aborted() }

    mutating func ended() { console.show() }
}
