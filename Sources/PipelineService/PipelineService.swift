internal import CryptoCore
internal import Glibc
internal import KafkaClient
internal import ProcessorService
internal import ProducerService
package import ServiceKit
internal import ServiceRuntime
internal import SinkService
package import System

/// All services in one process, each a stage, on the broker inside unless `--brokers` names another.
package struct PipelineService {
    private let common: CommonConfiguration
    private let configuration: PipelineConfiguration
    private let stop: StopFlag
    private let log: Log
    private let openWindows = OpenWindows()
    private let gate = ReplayGate()
    /// Requested when the minutes of `--minutes` are final; what was sent by then is still read to its end.
    private let minutes = StopFlag()

    package init(_ configured: Configured<PipelineConfiguration>, stop: StopFlag, log: Log) {
        common = configured.common
        configuration = configured.own
        self.stop = stop
        self.log = log
    }

    /// Runs until stop is requested, the feeds end, or `--minutes` are final; then lets every reader come to the end.
    /// - Throws: what stopped a service.
    package func run() throws {
        let embedded = configuration.isEmbedded ? try EmbeddedKafka(common, topics: configuration.topics) : nil
        let port = try embedded?.listen(port: configuration.kafkaPort)
        defer { port?.close() }
        let (configuration, words) = SourceChoice(configuration, stop: stop, log: log).resolve()
        print(words ?? "", terminator: "")
        if let embedded, let port {
            let text = embedded.announcement(prefix: common.prefix, address: port.address)
            print(text, terminator: "")
        }
        fflush(nil)  // into a pipe it would wait for a full buffer
        let context =
            embedded?.context(common, stop: stop, log: log)
            ?? ServiceContext(service: "pipeline", common, stop: stop, log: log)
        let stages = stages(configuration)
        // Before the first question: nobody is ready who has not said so yet.
        let runner = StageRunner(stages, context, ends: { TopicEnds(context: context)($0) })
        let monitoring = try MonitoringEndpoint(context, routes: [openWindows.route(context)])
        defer { monitoring.close() }
        let isGated = configuration.isEmbedded && configuration.producer.canWait
        let watch = isGated ? GateWatch(gate, stages, context) : nil
        defer { watch?.close() }
        try runner.run { minutes.isRequested }
        try watch?.check()
        print(Summary.text(stages.flatMap(\.summary)))
    }

    // MARK: Parts

    /// The services, a line each: what they read and write says in which order they stop.
    func stages(_ configuration: PipelineConfiguration) -> [Stage] {
        let membership: Membership = configuration.isEmbedded ? .alone : .group
        let (openWindows, minutes, gate) = (openWindows, minutes, gate)
        let pace: Pace = { _, _ in gate.take() }
        // Each lap has a minute that becomes final, so that as many minutes as are wanted are there at once.
        let laps = max(1, configuration.processor.minutes ?? 1)
        var sink = configuration.sink
        sink.topics = SinkService.inputs.filter { configuration.topics.contains($0) }
        let stores = sink.stores
        return [
            Stage("producer", writes: ProducerService.topics, counts: StageCounts.producer) {
                try ProducerService(
                    $0, configuration.producer, report: $1, sampleLaps: laps,
                    pace: configuration.isEmbedded ? pace : nil
                ).run()
            },
            Stage(
                "processor", reads: ProcessorService.topics.inputs, writes: ProcessorService.topics.written,
                counts: { StageCounts.stream($0, writing: ProcessorService.topics.written) }
            ) {
                try ProcessorService(
                    $0, configuration.processor, report: $1, openWindows: openWindows, membership: membership,
                    onMinutes: { minutes.request() }
                ).run()
            },
            Stage("sink", reads: sink.topics, counts: { StageCounts.sink($0, stores: stores) }) { [sink] in
                try SinkService($0, sink, report: $1, membership: membership).run()
            },
        ]
    }
}
