internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime

/// The inference as a stream service: ticks in, predictions and their scores out.
struct PredictionStream: StreamService {
    /// Topics that the inference reads and writes.
    static let topics = StreamTopics(
        inputs: [.ticks], outputs: [.predictions, .scores], state: .inferenceState)

    private let context: ServiceContext
    private let configuration: InferenceConfiguration
    private let models: StreamModels
    private var metrics: PredictionMetrics
    /// Of the models that the metrics tell of.
    private var shownGeneration: Int
    /// How many series without a model were told of, by partition.
    private var toldUntrained: [Int: Int] = [:]

    init(_ context: ServiceContext, _ configuration: InferenceConfiguration, _ models: StreamModels) {
        self.context = context
        self.configuration = configuration
        self.models = models
        let now = models.current
        metrics = PredictionMetrics(context, now)
        shownGeneration = now.generation
    }

    var topics: StreamTopics { PredictionStream.topics }

    func core(of partition: Int32) -> PartitionPredictions {
        PartitionPredictions(models.current, time: configuration.windows, partition: partition)
    }

    var firstStart: StreamStart { configuration.beginning }

    /// The clock closes minutes: a broker that was away just now makes no market quiet.
    var steadyMs: Int64 { configuration.windows.idleAfterTrade }

    mutating func change(_ cores: inout [PartitionPredictions?], into output: inout OutputBatch) {
        let now = models.current
        if now.generation != shownGeneration {
            shownGeneration = now.generation
            metrics.changed(to: now)
        }
        var changed = 0
        for i in cores.indices where cores[i].map({ $0.models.generation != now.generation }) ?? false {
            cores[i]?.change(to: now, into: &output)
            changed += 1
        }
        guard changed > 0 else { return }
        toldUntrained = [:]
        let names = now.list.map { "\($0.name):\($0.version)" }.joined(separator: " ")
        context.log.info("predicts with other models", ["models": names, "partitions": changed])
    }

    mutating func show(_ cores: [PartitionPredictions?], unread: Int, at nowMs: Int64) {
        metrics.show(cores)
        context.ready("stream", remark: models.remark)
        guard !models.current.list.isEmpty else { return }
        for (partition, core) in cores.enumerated() {
            guard let untrained = core?.untrained else { continue }
            for series in untrained.dropFirst(toldUntrained[partition, default: 0]) {
                context.log.info("no model was trained on this series: it is skipped", ["series": "\(series)"])
            }
            toldUntrained[partition] = untrained.count
        }
    }

    mutating func assigned(_ core: PartitionPredictions, partition: Int32) {
        toldUntrained[Int(partition)] = nil
        metrics.assigned(core)
    }

    mutating func wrote(_ batch: OutputBatch) { metrics.wrote(batch) }

    mutating func committed(_ cores: [PartitionPredictions?]) { metrics.committed(cores) }

    mutating func aborted() { metrics.aborted() }
}
