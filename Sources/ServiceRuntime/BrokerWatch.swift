package import KafkaClient
internal import ServiceKit

/// Says that the service is not ready while its consumer has no connection to any broker, and why.
///
/// A consumer without connections gives no error, only no records. Give it every turn; only a new snapshot costs anything.
/// *Thread*: that of the consumer.
package struct BrokerWatch {
    private let context: ServiceContext
    private let condition: String
    private var takenUs: Int64 = 0
    private var isAway = false

    /// - Parameter condition: what it calls a connection.
    package init(_ context: ServiceContext, condition: String = "kafka") {
        self.context = context
        self.condition = condition
    }

    /// Takes what the consumer knows now.
    package mutating func look(at consumer: KafkaConsumer) {
        guard let now = consumer.statistics, now.takenUs != takenUs else { return }
        takenUs = now.takenUs
        if now.isConnected {
            if isAway { context.ready(condition) }
            isAway = false
        } else {
            isAway = true
            context.notReady(condition, because: consumer.currentProblem.map { "\($0)" } ?? "no broker is connected")
        }
    }
}
