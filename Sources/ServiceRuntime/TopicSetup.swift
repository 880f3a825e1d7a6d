package import CryptoCore
internal import KafkaClient
internal import ServiceKit

/// A topic has another number of partitions than the ticks: a key would lie elsewhere. The service cannot go on.
package struct PartitionMismatch: Error, CustomStringConvertible {
    let topic: String
    let count: Int
    let ticks: String
    let ticksCount: Int

    package var description: String {
        """
        topic \(topic) has \(count) partitions, but \(ticks) has \(ticksCount); they must be the same: \
        delete \(topic) (it is made anew at start) or use another --prefix
        """
    }
}

extension ServiceContext {
    /// Waits until a broker answers, then makes the topics that are missing, as many partitions each as the ticks have.
    ///
    /// - Returns: the number of partitions, or nil when stop was requested first.
    /// - Throws: `PartitionMismatch`; `KafkaError` when the broker refuses for good.
    package func ensureTopics(_ topics: [Topic]) throws -> Int? {
        let names = Set((topics + [.ticks]).map { topic($0) })
        var backoff = Backoff()
        while !stop.isRequested {
            do {
                if let count = try tryTopics(topics, names) {
                    ready("kafka")
                    return count
                }
            } catch let error as KafkaError {
                if case .badConfig = error { throw error }
                if case .fatal = error { throw error }
                notReady("kafka", because: "\(error)")
                log.warning("waiting for Kafka", ["brokers": settings.text("brokers"), "error": "\(error)"])
            }
            _ = stop.wait(ms: backoff.next())
        }
        return nil
    }

    /// One try; nil when topics were made and are to be looked at again. Each question is short, as a stop request waits for it.
    private func tryTopics(_ topics: [Topic], _ names: Set<String>) throws -> Int? {
        let admin = try KafkaAdmin(kafka, onLog: kafkaLog)
        let known = try admin.topics(timeoutMs: 3_000).mapValues { Int($0) }
        let ticks = topic(.ticks)
        let count = known[ticks] ?? settings.integer("partitions")
        let missing = topics.filter { known[topic($0)] == nil }
        for wanted in topics {
            if let actual = known[topic(wanted)], actual != count {
                throw PartitionMismatch(topic: topic(wanted), count: actual, ticks: ticks, ticksCount: count)
            }
        }
        if missing.isEmpty {
            // Another service may have made them just now.
            let counts = Dictionary(topics.map { (topic($0), Int32(count)) }) { first, _ in first }
            try admin.awaitLeaders(of: counts, timeoutMs: 3_000)
            return count
        }
        let refused = try admin.createTopics(
            missing.map {
                NewTopic(name: topic($0), partitions: Int32(count), configuration: $0.configuration)
            }, timeoutMs: 5_000)
        if let refusal = refused.first { throw refusal.value }
        log.info("made topics", ["topics": missing.map { topic($0) }.joined(separator: ","), "partitions": count])
        return nil
    }
}
