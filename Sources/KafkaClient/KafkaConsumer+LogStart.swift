internal import CRdkafka

extension KafkaConsumer {
    /// The first offset that the log of a partition still holds, as its leader said with the last records; -1 before it did.
    /// *Complexity*: no request; a lock.
    package func logStart(of topicID: Int, _ partition: Int32) -> Int64 {
        var low: Int64 = -1
        var high: Int64 = -1
        let code = rd_kafka_get_watermark_offsets(handle.raw, topicNames[topicID], partition, &low, &high)
        return code == RD_KAFKA_RESP_ERR_NO_ERROR ? low : -1
    }
}
