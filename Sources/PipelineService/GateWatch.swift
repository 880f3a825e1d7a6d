internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// The thread that holds feeds that can wait back for the stages that read what comes of them.
struct GateWatch {
    private let stop = StopFlag()
    private let thread: Thread

    /// Watches from now on; when that fails, all stages are stopped.
    init(_ gate: ReplayGate, _ stages: [Stage], _ context: ServiceContext) {
        var readers: [Topic: [ServiceReport]] = [:]
        for stage in stages {
            for topic in stage.reads { readers[topic, default: []].append(stage.report) }
        }
        let feeds = stages.filter { $0.reads.isEmpty }.map(\.report)
        thread = Thread(name: "gate", stopping: context.stop) { [stop, readers] in
            try gate.watch(context, readers: readers, feeds: feeds, until: stop)
        }
    }

    /// - Throws: what stopped it.
    func check() throws {
        if case .failed(let error) = thread.join(ms: 0) { throw StageRunner.Failure(stage: "gate", error: error) }
    }

    /// Ends the thread.
    func close() {
        stop.request()
        _ = thread.join(ms: 1_000)
    }
}
