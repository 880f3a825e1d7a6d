internal import CRdkafka

/// The partition of a key, as Java's default partitioner and ours (`murmur2_random`) choose it.
///
/// *Source*: `rd_kafka_msg_partitioner_murmur2`: (murmur2(key) & 0x7fffffff) mod count.
package func partition(forKey key: UnsafeRawBufferPointer, count: Int32) -> Int32 {
    precondition(count > 0, "a topic has at least one partition")
    // librdkafka takes the length of a nil key for zero bytes, as Java takes an empty key.
    return rd_kafka_msg_partitioner_murmur2(nil, key.baseAddress, key.count, count, nil, nil)
}

/// The partition of a key that is text.
package func partition(forKey key: String, count: Int32) -> Int32 {
    var key = key
    return key.withUTF8 { partition(forKey: UnsafeRawBufferPointer($0), count: count) }
}
