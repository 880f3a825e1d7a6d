internal import CryptoCore
internal import Glibc
internal import KafkaClient
internal import ProcessorService
internal import ProducerService
package import ServiceKit
internal import ServiceRuntime
internal import SinkService
package import System

/// All services in one process, each on a thread of its own, on the broker inside unless `--brokers` names another.
package struct PipelineService {
    private let common: CommonConfiguration
    private let configuration: PipelineConfiguration
    private let stop: StopFlag
    private let log: Log
    private let producer = ServiceReport()
    private let processor = ServiceReport()
    private let sink = ServiceReport()
    private let openWindows = OpenWindows()
    private let gate = ReplayGate()
    /// The order in which they are stopped: who writes before who reads.
    private let stops = (feed: StopFlag(), core: StopFlag(), store: StopFlag(), gate: StopFlag())
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
        let embedded = configuration.isEmbedded ? try EmbeddedKafka(common) : nil
        let port = try embedded?.listen(port: configuration.kafkaPort)
        defer { port?.close() }
        let (configuration, words) = SourceChoice(configuration, stop: stop, log: log).resolve()
        print(words ?? "", terminator: "")
        if let embedded, let port {
            let text = embedded.announcement(prefix: common.prefix, address: port.address)
            print(text, terminator: "")
        }
        fflush(nil)  // into a pipe it would wait for a full buffer
        let context = ServiceContext(
            service: "pipeline", embedded?.configuration(common) ?? common, stop: stop, log: log)
        // Before the first question: nobody is ready who has not said so yet.
        for service in ["producer", "processor", "sink"] {
            context.sharing(service: service, stop: stop).notReady(
                "kafka", because: "no answer yet")
        }
        let monitoring = try MonitoringEndpoint(context, routes: [openWindows.route(context)])
        defer { monitoring.close() }
        let threads = start(context, configuration)
        try wait(threads, context)
        try finish(threads, context)
        let store = Secrets.masking(configuration.sink.stores[0])
        print(Summary(producer: producer, processor: processor, sink: sink).text(store: store))
    }

    // MARK: Parts

    private struct Threads {
        let producer: Thread
        let processor: Thread
        let sink: Thread
        let gate: Thread?

        var all: [(String, Thread)] {
            [("producer", producer), ("processor", processor), ("sink", sink)] + (gate.map { [("gate", $0)] } ?? [])
        }
    }

    private func start(_ context: ServiceContext, _ configuration: PipelineConfiguration) -> Threads {
        let isEmbedded = configuration.isEmbedded
        let feedContext = context.sharing(service: "producer", stop: stops.feed)
        let coreContext = context.sharing(service: "processor", stop: stops.core)
        let storeContext = context.sharing(service: "sink", stop: stops.store)
        let gate = gate
        let membership: Membership = isEmbedded ? .alone : .group
        let sinkService = SinkService(storeContext, configuration.sink, report: sink, membership: membership)
        let store = Thread(name: "sink", stopping: stop) { try sinkService.run() }
        let processorService = ProcessorService(
            coreContext, configuration.processor, report: processor, openWindows: openWindows, membership: membership
        ) { [minutes] in minutes.request() }
        let core = Thread(name: "processor", stopping: stop) { try processorService.run() }
        let pace: Pace = { _, _ in gate.take() }
        let producerService = ProducerService(
            feedContext, configuration.producer, report: producer, sampleLaps: sampleLaps, pace: isEmbedded ? pace : nil
        )
        let feed = Thread(name: "producer", stopping: stop) { try producerService.run() }
        let watcher = isEmbedded && configuration.producer.canWait ? watch(context) : nil
        return Threads(producer: feed, processor: core, sink: store, gate: watcher)
    }

    /// Holds feeds that can wait back for the readers: the sink reads every public topic, the processor the ticks.
    private func watch(_ context: ServiceContext) -> Thread {
        var readers: [Topic: [ServiceReport]] = [:]
        for topic in Topic.allCases where topic.table != nil { readers[topic] = [sink] }
        readers[.ticks] = [processor, sink]
        let partitions = context.common.partitions
        return Thread(name: "gate", stopping: stop) { [gate, stops, readers, producer] in
            try gate.watch(
                context, readers: readers, producer: producer, partitions: partitions, until: stops.gate)
        }
    }

    /// Each lap has a minute that becomes final, so that as many minutes as are wanted are there at once.
    private var sampleLaps: Int { max(1, configuration.processor.minutes ?? 1) }

    /// Until there is a reason to stop.
    private func wait(_ threads: Threads, _ context: ServiceContext) throws {
        _ = stop.wait(ms: .max / 2, pollMs: 100) {
            minutes.isRequested || !threads.producer.isRunning || !threads.processor.isRunning
                || !threads.sink.isRunning
        }
        for (name, thread) in threads.all {
            if case .failed(let error) = thread.join(ms: 0) {
                for flag in [stops.feed, stops.core, stops.store, stops.gate] { flag.request() }
                _ = Thread.joinAll(threads.all.map(\.1), ms: 8_000)
                throw error is UsageError ? error : ServiceFailure(service: name, error: error)
            }
        }
    }

    /// What stopped one of the services.
    private struct ServiceFailure: Error, CustomStringConvertible {
        let service: String
        let error: any Error

        var description: String { "\(service): \(error)" }
    }

    /// Stops them in the order of the stream, each after it has read what the one before it wrote.
    ///
    /// After a stop request each has its share of nine seconds; who is not done then is left behind, which loses nothing on a
    /// real Kafka.
    private func finish(_ threads: Threads, _ context: ServiceContext) throws {
        stops.feed.request()
        try end(threads.producer, "producer", untilMs: 3_000)
        if !stop.isRequested { waitForReaders(of: [.ticks], processor, threads.processor, context, untilMs: 3_000) }
        stops.core.request()
        try end(threads.processor, "processor", untilMs: 5_500)
        waitForReaders(of: Topic.allCases.filter { $0.table != nil }, sink, threads.sink, context, untilMs: 7_000)
        stops.store.request()
        try end(threads.sink, "sink", untilMs: 9_000)
        stops.gate.request()
        if let gate = threads.gate { try end(gate, "gate", untilMs: 9_200) }
    }

    /// Waits for a thread's end: ten seconds, and no longer than so many milliseconds after a stop request.
    private func end(_ thread: Thread, _ name: String, untilMs: Int64) throws {
        _ = StopFlag().wait(ms: 10_000) { !thread.isRunning || isPast(untilMs) }
        switch thread.join(ms: 0) {
        case .finished: break
        case .failed(let error): throw ServiceFailure(service: name, error: error)
        case .running: log.warning("a service did not stop in time", ["service": name])
        }
    }

    /// Waits until a reader has done everything that is on the topics now: a minute, and no longer than so many milliseconds
    /// after a stop request, nor when it has ended.
    private func waitForReaders(
        of topics: [Topic], _ reader: ServiceReport, _ thread: Thread, _ context: ServiceContext, untilMs: Int64
    ) {
        var ends: [(TopicPartition, Int64)]?
        do {
            let admin = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
            // A real Kafka's topics may have another number of partitions than the settings say.
            let counts = try admin.topics(timeoutMs: 1_000)
            let places = topics.map { context.topic($0) }.flatMap { name in
                (0..<counts[name, default: 0]).map { TopicPartition(topic: name, partition: $0) }
            }
            ends = Array(zip(places, try admin.endOffsets(of: places, timeoutMs: 1_000)))
        } catch {
            log.warning("cannot tell how far the readers have to go", ["error": "\(error)"])
        }
        guard let ends else { return }
        _ = StopFlag().wait(ms: 60_000) {
            !thread.isRunning || isPast(untilMs)
                || ends.allSatisfy { place, end in end <= 0 || (reader.position(of: place) ?? 0) >= end }
        }
    }

    /// Whether a stop was requested so long ago.
    private func isPast(_ ms: Int64) -> Bool { (stop.ageMs ?? 0) >= ms }
}
