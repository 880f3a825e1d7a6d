internal import AlerterService
internal import CryptoCore
internal import Glibc
internal import HTTPServer
internal import InferenceService
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
    private let stateQuestions = StateQuestions()
    /// Nil: without rules.
    private let alerts: AlerterHTTP?
    private let gate = ReplayGate()
    /// Requested when the minutes of `--minutes` are final; what was sent by then is still read to its end.
    private let minutes = StopFlag()

    package init(_ configured: Configured<PipelineConfiguration>, stop: StopFlag, log: Log) {
        common = configured.common
        configuration = configured.own
        alerts = configured.own.alerter.map { AlerterHTTP($0.notifiers, rules: $0.rules) }
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
        let inference = context.sharing(service: "inference", stop: stop)
        let models = configuration.inference.map { ServedModels(inference, $0.choice) }
        let stages = stages(configuration, models)
        // Before the first question: nobody is ready who has not said so yet.
        let runner = StageRunner(stages, context, ends: { TopicEnds(context: context)($0) })
        let monitoring = try MonitoringEndpoint(
            context,
            routes: stateQuestions.routes(context) + (models.map { InferenceHTTP(inference, $0).routes } ?? [])
                + (alerts?.routes(context) ?? []),
            limits: models == nil ? WebServer.Limits() : InferenceHTTP.limits)
        defer { monitoring.close() }
        let page = try PageServer(
            configuration, in: context, servicesAt: HostPort(host: common.http.host, port: monitoring.port))
        defer { page?.close() }
        let isGated = configuration.isEmbedded && configuration.producer.canWait
        let watch = isGated ? GateWatch(gate, stages, context) : nil
        defer { watch?.close() }
        try runner.run { minutes.isRequested }
        try watch?.check()
        print(Summary.text(stages.flatMap(\.summary)))
    }

    // MARK: Parts

    /// The services, in the order in which the summary tells of them: what they read and write says in which order they stop.
    func stages(_ configuration: PipelineConfiguration, _ models: ServedModels? = nil) -> [Stage] {
        [
            producer(configuration), processor(configuration),
            configuration.inference.flatMap { inference in
                models.map { predictions(inference, with: $0, membership(configuration)) }
            }, configuration.alerter.map { alerter($0, membership(configuration)) }, sink(configuration),
        ].compactMap(\.self)
    }

    private func membership(_ configuration: PipelineConfiguration) -> Membership {
        configuration.isEmbedded ? .alone : .group
    }

    private func producer(_ configuration: PipelineConfiguration) -> Stage {
        let pace: Pace = { [gate] _, _ in gate.take() }
        // Each lap has a minute that becomes final, so that as many minutes as are wanted are there at once.
        let laps = max(1, configuration.processor.minutes ?? 1)
        return Stage("producer", writes: ProducerService.topics, counts: StageCounts.producer) {
            try ProducerService(
                $0, configuration.producer, report: $1, sampleLaps: laps, pace: configuration.isEmbedded ? pace : nil
            ).run()
        }
    }

    private func processor(_ configuration: PipelineConfiguration) -> Stage {
        let topics = ProcessorService.topics
        let (stateQuestions, minutes, membership) = (stateQuestions, minutes, membership(configuration))
        return Stage(
            "processor", reads: topics.inputs, writes: topics.written,
            counts: { StageCounts.stream($0, writing: topics.written) }
        ) {
            try ProcessorService(
                $0, configuration.processor, report: $1, stateQuestions: stateQuestions, membership: membership,
                onMinutes: { minutes.request() }
            ).run()
        }
    }

    private func predictions(
        _ configuration: InferenceConfiguration, with models: ServedModels, _ membership: Membership
    ) -> Stage {
        let topics = InferenceService.topics
        return Stage(
            "inference", reads: topics.inputs, writes: topics.written,
            counts: { StageCounts.stream($0, writing: topics.outputs) }
        ) {
            $0.ready("kafka", remark: configuration.streams ? "asked when there is a model" : "not asked: --no-stream")
            try InferenceService($0, configuration, models: models, report: $1, membership: membership).run()
        }
    }

    private func alerter(_ configuration: AlerterConfiguration, _ membership: Membership) -> Stage {
        let topics = AlerterService.topics(configuration)
        return Stage(
            "alerter", reads: topics.read, writes: topics.written,
            counts: { StageCounts.stream($0, writing: topics.outputs) }
        ) { [alerts] in
            try AlerterService($0, configuration, report: $1, http: alerts, membership: membership).run()
        }
    }

    private func sink(_ configuration: PipelineConfiguration) -> Stage {
        var sink = configuration.sink
        sink.topics = SinkService.inputs.filter { configuration.topics.contains($0) }
        let membership = membership(configuration)
        return Stage(
            "sink", reads: sink.topics, counts: { [stores = sink.stores] in StageCounts.sink($0, stores: stores) }
        ) { [sink] in
            try SinkService($0, sink, report: $1, membership: membership).run()
        }
    }
}
