internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import Storage

/// The member's place in the group, from joining to leaving.
extension SinkSession {
    /// Joins the group; alone, takes this member's share of all partitions.
    func start() throws {
        let topics = target.configuration.topics.map { context.topic($0) }
        switch target.membership {
        case .group: try consumer.subscribe(topics)
        case .alone:
            let own = topics.flatMap { topic in
                identity.own.map { PartitionOffset(topic: topic, partition: $0, offset: 0) }
            }
            try consumer.assign(own)
            ready("group")
            context.log.info("partitions taken", ["count": own.count])
        }
    }

    /// Begins what the group gave, leaves what it took.
    func answer(_ rebalance: Rebalance) throws {
        switch rebalance {
        case .assigned(let partitions):
            guard try begin(partitions) else { return }
            ready("group")
            // Kafka's tools read there how far the store is, and the store's word may be another than the group's.
            offsets = consumer.positions
            stage = .commit
            try advance()
        case .revoked(let partitions, let isLost):
            // One try; whatever the store does not hold is read again by the next owner.
            if !isLost, !batch.isEmpty { try advance() }
            drop()
            retryMs = nil
            try consumer.unassign()
            // What this member waited for is the next owner's matter.
            ready("commit")
            ready("dead letters")
            notReady("group", because: "no partitions assigned")
            context.log.info("partitions revoked", ["count": partitions.count, "lost": isLost])
        }
    }

    /// Writes what was read, in one try, and leaves.
    func finish() throws {
        if !batch.isEmpty {
            try advance()
            if !batch.isEmpty { context.log.warning("stopped before the store took the last batch, it is read again") }
        }
        close()
    }

    func close() {
        if !consumer.close(timeoutMs: 4_000) { context.log.warning("left the group without the broker's answer") }
    }
}
