/// What a stream service's readiness says while it waits for Kafka.
///
/// It is one for all that the service asks, and ends with the first answer to any of it: a commit that waits for its coordinator
/// may fail for good before that one is back, and what Kafka answers then is the abort, or the restoring of the state.
/// *Thread*: that of the loop.
final class KafkaWait {
    private let context: ServiceContext
    private var isOn = false

    init(_ context: ServiceContext) { self.context = context }

    /// Kafka does not answer, which is no standstill of the loop.
    func begin(because reason: String) {
        isOn = true
        context.notReady("kafka", because: reason)
        context.noteTurn()
    }

    /// Kafka has answered. *Complexity*: nothing is done where nobody waited.
    func end() {
        guard isOn else { return }
        isOn = false
        context.ready("kafka")
    }
}
