package import CryptoCore
package import KafkaClient
internal import System

/// What readers without a group ask Kafka.
extension ServiceContext {
    /// The partitions of a topic; none where it is not there.
    package func partitions(of topic: Topic) throws(KafkaError) -> [TopicPartition] {
        let name = self.topic(topic)
        let count = try KafkaAdmin(kafka, onLog: kafkaLog).topics(timeoutMs: 3_000)[name] ?? 0
        return (0..<count).map { TopicPartition(topic: name, partition: $0) }
    }

    /// What the body gives, once Kafka answers; nil when stop was requested first.
    /// - Parameters:
    ///   - capMs: the longest wait between two attempts.
    ///   - onAway: is told of each attempt that nobody answered.
    package func untilKafkaAnswers<Result>(
        capMs: Int64, onAway: (KafkaError) -> Void, _ body: () throws(KafkaError) -> Result
    ) throws(KafkaError) -> Result? {
        var backoff = Backoff(firstMs: 50, capMs: capMs)
        while !stop.isRequested {
            do throws(KafkaError) {
                return try body()
            } catch {
                guard case .retriable = error else { throw error }
                onAway(error)
            }
            stop.wait(ms: backoff.next())
        }
        return nil
    }
}
