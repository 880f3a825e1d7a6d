package import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import System

extension ServiceContext {
    /// Waits until a broker answers, then makes the topics that are missing, as many partitions each as the others have.
    ///
    /// - Parameter sameCounts: whether a key must lie in the same partition of each of them.
    /// - Returns: the number of partitions of the ticks, or nil when stop was requested first.
    /// - Throws: `PartitionMismatch`; `KafkaError` when the broker refuses for good.
    package func ensureTopics(_ topics: [Topic], sameCounts: Bool = true) throws -> Int? {
        var backoff = Backoff()
        while !stop.isRequested {
            do {
                if let count = try tryTopics(topics, sameCounts: sameCounts) {
                    ready("kafka")
                    return count
                }
            } catch let error as KafkaError {
                if case .badConfig = error { throw error }
                if case .fatal = error { throw error }
                notReady("kafka", because: "\(error)")
                log.warning("waiting for Kafka", ["brokers": common.brokers, "error": "\(error)"])
            }
            _ = stop.wait(ms: backoff.next())
        }
        return nil
    }

    /// Whether topics that are there have different numbers of partitions now.
    /// - Throws: `KafkaError`.
    package func partitionMismatch(of topics: [Topic]) throws -> PartitionMismatch? {
        let names = topics.map { topic($0) }
        let known = try KafkaAdmin(kafka, onLog: kafkaLog).topics(timeoutMs: 3_000).filter { names.contains($0.key) }
        return PartitionMismatch(known, ticks: topic(.ticks), brokers: common.brokers)
    }

    /// One try; nil when topics were made and are to be looked at again. Each question is short, as a stop request waits for it.
    private func tryTopics(_ topics: [Topic], sameCounts: Bool) throws -> Int? {
        let admin = try KafkaAdmin(kafka, onLog: kafkaLog)
        let names = topics.map { topic($0) }
        let all = try admin.topics(timeoutMs: 3_000)
        let known = all.filter { names.contains($0.key) || $0.key == topic(.ticks) }
        if sameCounts, let mismatch = PartitionMismatch(known, ticks: topic(.ticks), brokers: common.brokers) {
            ready("kafka")
            throw mismatch
        }
        let count = known[topic(.ticks)] ?? known.values.max() ?? Int32(common.partitions)
        let missing = topics.filter { known[topic($0)] == nil }
        if missing.isEmpty {
            // Another service may have made them just now.
            try admin.awaitLeaders(of: known.filter { names.contains($0.key) }, timeoutMs: 3_000)
            return Int(count)
        }
        let refused = try admin.createTopics(
            missing.map { NewTopic(name: topic($0), partitions: count, configuration: $0.configuration) },
            timeoutMs: 5_000)
        if let refusal = refused.first { throw refusal.value }
        log.info("made topics", ["topics": missing.map { topic($0) }.joined(separator: ","), "partitions": count])
        return nil
    }
}
