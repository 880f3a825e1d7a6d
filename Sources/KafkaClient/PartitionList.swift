internal import CRdkafka
internal import Glibc

/// Owner of a C list of partitions with offsets.
struct PartitionList: ~Copyable {
    let raw: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(_ offsets: [PartitionOffset]) {
        raw = rd_kafka_topic_partition_list_new(Int32(offsets.count))
        for place in offsets {
            let element = rd_kafka_topic_partition_list_add(raw, place.topic, place.partition)!  // made on demand
            element.pointee.offset = place.offset
            if place.metadata.isEmpty { continue }
            // The list frees it with the C library's `free`.
            element.pointee.metadata = UnsafeMutableRawPointer(strdup(place.metadata))
            element.pointee.metadata_size = place.metadata.utf8.count
        }
    }

    init(_ partitions: [TopicPartition], offset: Int64 = Int64(RD_KAFKA_OFFSET_INVALID)) {
        self.init(partitions.map { PartitionOffset($0, offset: offset) })
    }

    /// Whole topics, for a subscription.
    init(topics: [String]) {
        self.init(topics.map { TopicPartition(topic: $0, partition: RD_KAFKA_PARTITION_UA) })
    }

    deinit { rd_kafka_topic_partition_list_destroy(raw) }

    /// The offsets that a call filled in, in the order of the list; nil where there is none.
    func offsets(_ operation: StaticString) throws(KafkaError) -> [PartitionOffset?] {
        try throwFirstError(operation)
        return PartitionList.elements(raw).map { element in
            element.offset < 0
                ? nil
                : PartitionOffset(
                    topic: String(cString: element.topic), partition: element.partition, offset: element.offset,
                    metadata: PartitionList.metadata(of: element))
        }
    }

    /// - Throws: the error of the first partition that has one.
    func throwFirstError(_ operation: StaticString) throws(KafkaError) {
        for element in PartitionList.elements(raw) where element.err != RD_KAFKA_RESP_ERR_NO_ERROR {
            let words = String(cString: rd_kafka_err2str(element.err))
            throw KafkaError(
                element.err, operation,
                reason: "\(String(cString: element.topic))[\(element.partition)]: \(words)")
        }
    }

    static func partitions(
        borrowing list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) -> [TopicPartition] {
        guard let list else { return [] }
        return elements(list).map {
            TopicPartition(topic: String(cString: $0.topic), partition: $0.partition)
        }
    }

    private static func metadata(of element: rd_kafka_topic_partition_t) -> String {
        guard let bytes = element.metadata else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: bytes, count: element.metadata_size), as: UTF8.self)
    }

    private static func elements(
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) -> UnsafeBufferPointer<rd_kafka_topic_partition_t> {
        UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
    }
}
