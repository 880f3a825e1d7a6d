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
    private let onChange: (String?) -> Void
    private var isAway = false

    /// - Parameters:
    ///   - condition: what it calls a connection.
    ///   - onChange: is told why when the last connection is lost, and nil when there is one again.
    package init(
        _ context: ServiceContext, condition: String = "kafka", onChange: @escaping (String?) -> Void = { _ in }
    ) {
        self.context = context
        self.condition = condition
        self.onChange = onChange
    }

    /// Takes what the consumer knows now.
    package mutating func look(at consumer: KafkaConsumer) {
        guard let now = consumer.statistics, now.takenUs != takenUs else { return }
        takenUs = now.takenUs
        let wasAway = isAway
        isAway = !now.isConnected
        if isAway {
            let reason = consumer.currentProblem.map { "\($0)" } ?? "no broker is connected"
            context.notReady(condition, because: reason)
            if !wasAway { onChange(reason) }
        } else if wasAway {
            context.ready(condition)
            onChange(nil)
        }
    }
}
