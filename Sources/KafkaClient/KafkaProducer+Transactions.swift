internal import CRdkafka

/// Transactions, each call with an end: `.retriable` means call again with the same arguments, `.abortable` abort and do the
/// work again, `.fatal` (fenced, for one) destroy the producer.
///
/// *Source*: librdkafka INTRODUCTION.md, "Transactional Producer".
extension KafkaProducer {
    /// Fences every earlier producer with the same transactional id and ends what it left open. Once, before all else.
    package func initTransactions(timeoutMs: Int32) throws(KafkaError) {
        try check(adopting: rd_kafka_init_transactions(handle.raw, timeoutMs), "rd_kafka_init_transactions", of: handle)
    }

    package func beginTransaction() throws(KafkaError) {
        try check(adopting: rd_kafka_begin_transaction(handle.raw), "rd_kafka_begin_transaction", of: handle)
    }

    /// Lets the group's offsets move with this transaction: if it is aborted, they stay.
    ///
    /// It may not return: librdkafka (2.0.2; issue 5456) forgets the time limit while it looks for the group's coordinator, and looks no
    /// more when it was told three times that there is none yet, as a broker says that has just come up. Then only a connection
    /// that comes or goes wakes it.
    /// - Parameter offsets: of the records that come next; nothing happens when there are none.
    /// - Throws: `.abortable` too when the consumer has lost its place in the group.
    package func sendOffsets(
        _ offsets: [PartitionOffset], of consumer: KafkaConsumer, timeoutMs: Int32
    ) throws(KafkaError) {
        guard !offsets.isEmpty else { return }
        guard let group = rd_kafka_consumer_group_metadata(consumer.handle.raw) else {
            throw .failed(
                operation: "rd_kafka_consumer_group_metadata", code: RD_KAFKA_RESP_ERR__UNKNOWN_GROUP.rawValue,
                reason: "the consumer has no group")
        }
        defer { rd_kafka_consumer_group_metadata_destroy(group) }
        let list = PartitionList(offsets)
        try check(
            adopting: rd_kafka_send_offsets_to_transaction(handle.raw, list.raw, group, timeoutMs),
            "rd_kafka_send_offsets_to_transaction", of: handle)
    }

    /// Flushes, then makes records and offsets visible together. Serves the callbacks meanwhile.
    package func commitTransaction(timeoutMs: Int32) throws(KafkaError) {
        try check(
            adopting: rd_kafka_commit_transaction(handle.raw, timeoutMs), "rd_kafka_commit_transaction", of: handle)
    }

    /// Takes back records and offsets; those still queued are dropped and counted as `purged`.
    ///
    /// Where the coordinator cannot be reached by its name, for one, librdkafka (2.0.2) says of the abort, too, that the transaction has to
    /// be aborted. It has then gone back to before its first step, and the same call does all of it again.
    /// - Throws: never `.abortable`.
    package func abortTransaction(timeoutMs: Int32) throws(KafkaError) {
        do throws(KafkaError) {
            try check(
                adopting: rd_kafka_abort_transaction(handle.raw, timeoutMs), "rd_kafka_abort_transaction", of: handle)
        } catch .abortable(let operation, let code, let reason) {
            throw .retriable(operation: operation, code: code, reason: reason)
        }
    }
}
