internal import ServiceKit
package import ServiceRuntime
internal import System

/// The inference service: what models predict, over HTTP (`routes`) and for each tick of the stream (`run`).
///
/// *Thread*: one calls `run`; the routes are the HTTP server's.
package struct InferenceService: Sendable {
    private let context: ServiceContext
    private let configuration: InferenceConfiguration
    private let models: ServedModels

    package init(_ context: ServiceContext, _ configuration: InferenceConfiguration, models: ServedModels) {
        self.context = context
        self.configuration = configuration
        self.models = models
    }

    /// Runs until stop is requested.
    package func run() throws { context.stop.wait() }
}
