internal import CryptoCore
internal import Feeds
internal import NetClient
internal import ProducerService
internal import ServiceKit
internal import SinkService
internal import System

/// Where the ticks come from: what the user asked for; else the default exchange where it can be reached; else the shipped sample,
/// which nobody can take for live trades. It never goes unasked where live trades may be: to brokers or a store of the user's.
struct SourceChoice {
    /// A small public answer of the default exchange.
    private static let probe = "https://api.bybit.com/v5/market/time"

    let configuration: PipelineConfiguration
    /// Whether the default exchange can be reached.
    let isReachable: () -> Bool

    init(_ configuration: PipelineConfiguration, isReachable: @escaping () -> Bool) {
        self.configuration = configuration
        self.isReachable = isReachable
    }

    /// Asks the default exchange itself.
    init(_ configuration: PipelineConfiguration, stop: StopFlag, log: Log) {
        self.init(configuration) { SourceChoice.answers(until: stop, log) }
    }

    /// The configuration with what is chosen, and a line for the user, if there was a choice.
    func resolve() -> (configuration: PipelineConfiguration, words: String?) {
        if configuration.producer.playsSample {
            return (configuration, words(for: configuration, "As --sample asks, nothing here is live"))
        }
        if configuration.hasWishes { return (configuration, nil) }
        if isReachable() { return (configuration, "Live trades of bybit; --source names others.\n") }
        let sample = configuration.playingSample()
        let reason = "No exchange can be reached from here, and none was asked for: nothing here is live"
        return (
            sample,
            words(for: sample, reason)
                + "Start again when there is a network, or name a --source, which is waited for.\n"
        )
    }

    private func words(for configuration: PipelineConfiguration, _ reason: String) -> String {
        let stores = configuration.sink.stores.map { Secrets.masking($0) }.joined(separator: " and ")
        return """
            \(reason). The recordings of config/sample play in a loop, up to now at once and then in real time.
            Their sources are sample-binance, sample-bybit and sample-bybit-linear; they go to \(stores).

            """
    }

    private static func answers(until stop: StopFlag, _ log: Log) -> Bool {
        do {
            let client = HTTPClient(limits: HTTPClient.Limits(connectTimeoutMs: 3_000, totalTimeoutMs: 5_000))
            let reply = try client.send(HTTPRequest(probe), until: { stop.isRequested })
            return reply.status == 200
        } catch {
            log.debug("no exchange", ["url": probe, "error": "\(error)"])
            return false
        }
    }
}
