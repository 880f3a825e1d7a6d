internal import CRdkafka

/// One record on its way through a consumer's `poll`: it and its bytes are valid during the call only.
package struct KafkaRecord: ~Copyable {
    /// Index into `KafkaConsumer.topicNames`.
    package let topicID: Int
    package let partition: Int32
    package let offset: Int64
    /// Nil where the record has no key.
    package let key: UnsafeRawBufferPointer?
    /// Nil for a tombstone.
    package let value: UnsafeRawBufferPointer?
    private let message: UnsafeMutablePointer<rd_kafka_message_t>

    init(borrowing message: UnsafeMutablePointer<rd_kafka_message_t>, topicID: Int) {
        self.topicID = topicID
        self.message = message
        partition = message.pointee.partition
        offset = message.pointee.offset
        key = message.pointee.key.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.key_len) }
        value = message.pointee.payload.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.len) }
    }

    /// The broker's time of arrival (or the producer's, see `appendTimeMs`), Unix ms; -1 where the record has none.
    package var timestampMs: Int64 {
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        return rd_kafka_message_timestamp(message, &kind)
    }

    /// `timestampMs` where the broker set it (`message.timestamp.type=LogAppendTime`), else nil.
    /// *Complexity*: one C call, cheap enough for every record.
    package var appendTimeMs: Int64? {
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let time = rd_kafka_message_timestamp(message, &kind)
        return kind == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? time : nil
    }

    /// Calls `body` with each header in order; a value may be nil.
    package func forEachHeader(_ body: (_ name: String, _ value: UnsafeRawBufferPointer?) -> Void) {
        var headers: OpaquePointer?
        guard rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR, let headers else { return }
        var index = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var count = 0
        while rd_kafka_header_get_all(headers, index, &name, &value, &count) == RD_KAFKA_RESP_ERR_NO_ERROR {
            body(name.map { String(cString: $0) } ?? "", value.map { UnsafeRawBufferPointer(start: $0, count: count) })
            index += 1
        }
    }

    /// The last header of that name: nil where there is none or its value is null.
    package func header(_ name: StaticString) -> UnsafeRawBufferPointer? {
        var headers: OpaquePointer?
        guard rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR, let headers else { return nil }
        var value: UnsafeRawPointer?
        var count = 0
        let code = name.utf8Start.withMemoryRebound(to: CChar.self, capacity: name.utf8CodeUnitCount + 1) {
            rd_kafka_header_get_last(headers, $0, &value, &count)
        }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return value.map { UnsafeRawBufferPointer(start: $0, count: count) }
    }
}
