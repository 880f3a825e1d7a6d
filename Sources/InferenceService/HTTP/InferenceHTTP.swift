package import HTTPServer
package import ServiceRuntime
internal import System

/// What the inference service answers over HTTP beside health and metrics, broker or not.
///
/// *Thread*: the HTTP server's, and any.
package struct InferenceHTTP: Sendable {
    private let models: AskedModels
    private let metrics: RequestMetrics

    package init(_ context: ServiceContext, _ models: ServedModels) {
        metrics = RequestMetrics(context)
        self.models = AskedModels(models, metrics)
    }

    /// `/predict`, `/model`, `/openapi.json`, the Open Inference Protocol, and the page at `/`.
    package var routes: [HTTPRoute] {
        [
            PredictRoute(models: models, metrics: metrics).route, ModelRoute(models: models).route,
            OpenAPI(models: models).route,
        ] + OpenInference(models: models, metrics: metrics).routes + TryPage.routes
    }

    /// How much clients may ask for: a full request in JSON, and as many connections as the system lets a process have.
    package static var limits: WebServer.Limits {
        var limits = WebServer.Limits()
        limits.bodyBytes = 4 << 20
        limits.connections = UInt32(clamping: max(100, OpenFiles.raiseLimit() - 200))
        return limits
    }
}
