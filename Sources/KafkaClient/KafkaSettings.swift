internal import CRdkafka

/// Client settings before `rd_kafka_new`. Owns the C object until `relinquish()`.
struct KafkaSettings: ~Copyable {
    let raw: OpaquePointer = rd_kafka_conf_new()

    init(_ pairs: [(key: String, value: String)]) throws(KafkaError) {
        for (key, value) in pairs { try set(key, to: value) }
    }

    deinit { rd_kafka_conf_destroy(raw) }

    /// - Throws: `.badConfig` when the key is unknown or the value does not parse.
    mutating func set(_ key: String, to value: String) throws(KafkaError) {
        if let reason = refusal(key, value) { throw .badConfig(key: key, reason: reason) }
    }

    /// Sets what only newer releases know; whether this one does.
    mutating func setIfKnown(_ key: String, to value: String) -> Bool { refusal(key, value) == nil }

    /// Call only after `rd_kafka_new` succeeded: the client frees the object from here on.
    consuming func relinquish() { discard self }

    private func refusal(_ key: String, _ value: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            rd_kafka_conf_set(raw, key, value, text.baseAddress, text.count) == RD_KAFKA_CONF_OK
                ? nil : String(cString: text.baseAddress!)  // not nil: the capacity is not zero
        }
    }
}
