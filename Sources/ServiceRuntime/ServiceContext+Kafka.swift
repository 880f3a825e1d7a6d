package import CryptoCore
package import KafkaClient
internal import ServiceKit
internal import System

/// What readers without a group ask Kafka.
extension ServiceContext {
    /// The partitions of a topic that was made before.
    /// - Throws: `.retriable` where a broker does not know of it yet, or again.
    package func partitions(of topic: Topic) throws(KafkaError) -> [TopicPartition] {
        let name = self.topic(topic)
        guard let count = try KafkaAdmin(kafka, onLog: kafkaLog).topics(timeoutMs: 3_000)[name] else {
            throw .retriable(
                operation: "partitions of \(name)", code: 0, reason: "the broker does not know the topic yet")
        }
        return (0..<count).map { TopicPartition(topic: name, partition: $0) }
    }

    /// What the body gives, once Kafka answers; nil when stop was requested first.
    /// - Parameters:
    ///   - capMs: the longest wait between two attempts.
    ///   - onAway: is told of each attempt that nobody answered; nil: it is logged for debugging.
    package func untilKafkaAnswers<Result>(
        capMs: Int64 = 2_000, onAway: ((KafkaError) -> Void)? = nil, _ body: () throws(KafkaError) -> Result
    ) throws(KafkaError) -> Result? {
        var backoff = Backoff(firstMs: 50, capMs: capMs)
        while !stop.isRequested {
            do throws(KafkaError) {
                return try body()
            } catch {
                guard case .retriable = error else { throw error }
                if let onAway { onAway(error) } else { log.debug("waiting for Kafka", ["error": "\(error)"]) }
            }
            stop.wait(ms: backoff.next())
        }
        return nil
    }
}
