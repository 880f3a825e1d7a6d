internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// What is counted of requests for predictions. *Thread*: any.
struct RequestMetrics: Sendable {
    private let context: ServiceContext
    private let refusals: [String: Counter]
    private let latency: Histogram
    private let clock = SystemClock()
    /// *Units*: seconds.
    private static let bounds = [2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 5e-2, 0.25]

    init(_ context: ServiceContext) {
        self.context = context
        refusals = Dictionary(
            uniqueKeysWithValues: Refusal.reasons.map { reason in
                (
                    reason,
                    context.counter(
                        "http_refusals", "Requests for predictions that got none, by reason", ["reason": reason])
                )
            })
        latency = context.metrics.histogram(
            "cryptostream_\(context.service)_http_predict_seconds",
            help: "Time to read a request for predictions, to predict and to write the answer", bounds: Self.bounds)
    }

    /// The counter of predictions of a model.
    func predictions(of name: String) -> Counter {
        context.counter("http_predictions", "Rows predicted over HTTP", ["model": name])
    }

    /// When a request is begun. *Units*: nanoseconds, of a clock of its own.
    var startNs: Int64 { clock.monotonicNs() }

    /// A request was answered that began then.
    func answered(since startNs: Int64) { latency.observe(Double(clock.monotonicNs() - startNs) / 1e9) }

    func refused(_ refusal: Refusal) { refusals[refusal.reason]?.add() }
}
