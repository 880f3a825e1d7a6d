internal import CryptoCore
internal import ServiceKit
package import ServiceRuntime
internal import System

/// The inference service: what models predict, over HTTP (`routes`) and for each tick of the stream (`run`).
///
/// *Thread*: one calls `run`; the routes are the HTTP server's.
package struct InferenceService: Sendable {
    /// Topics that the service reads and writes where there is a model.
    package static var topics: StreamTopics { PredictionStream.topics }

    /// How often is looked whether there is a model to predict with. *Units*: ms.
    private static let lookMs: Int64 = 500

    private let context: ServiceContext
    private let configuration: InferenceConfiguration
    private let models: ServedModels
    private let report: ServiceReport
    private let membership: Membership

    /// - Parameters:
    ///   - report: is told of every commit, and whether there is a model to read for.
    ///   - membership: whether the partitions are dealt out, or all its own.
    package init(
        _ context: ServiceContext, _ configuration: InferenceConfiguration, models: ServedModels,
        report: ServiceReport = ServiceReport(), membership: Membership = .group
    ) {
        self.context = context
        self.configuration = configuration
        self.models = models
        self.report = report
        self.membership = membership
    }

    /// Runs until stop is requested. Without `--no-stream` it predicts ticks as soon as there is a model to predict with, and needs no
    /// broker before.
    /// - Throws: when the process must be restarted: a fatal Kafka error, for one.
    package func run() throws {
        report.isReading = false
        guard configuration.streams else { return context.stop.wait() }
        let models = StreamModels(models, configuration)
        while models.current.list.isEmpty {
            context.ready("stream", remark: models.remark)
            if context.stop.wait(ms: InferenceService.lookMs) { return }
        }
        context.ready("stream", remark: models.remark)
        report.isReading = true
        try StreamProcessor(
            context, PredictionStream(context, configuration, models), instance: configuration.instance, report: report,
            membership: membership
        ).run()
    }
}
