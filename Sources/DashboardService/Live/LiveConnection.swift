internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// Whether Kafka answers, for the page and for the service's health.
struct LiveConnection {
    private let context: ServiceContext
    private let view: LiveView
    private let clock = SystemClock()
    private var takenUs: Int64 = 0
    private var isAway: Bool?

    init(_ context: ServiceContext, _ view: LiveView) {
        self.context = context
        self.view = view
    }

    /// Takes what the consumer knows now; give it every turn.
    mutating func look(at consumer: KafkaConsumer) {
        guard let now = consumer.statistics, now.takenUs != takenUs else { return }
        takenUs = now.takenUs
        guard isAway != !now.isConnected else { return }
        isAway = !now.isConnected
        if now.isConnected {
            context.ready("kafka")
            view.note { $0.kafka = PartState(state: "live", since: clock.wallMs(), reason: nil).json }
        } else {
            let reason = consumer.currentProblem.map { "\($0)" } ?? "no broker is connected"
            context.notReady("kafka", because: reason)
            view.note {
                $0.kafka = PartState(state: "away", since: clock.wallMs(), reason: Secrets.masking(reason)).json
            }
        }
    }
}
