/// What became of one produced record.
package struct Delivery: Equatable, Sendable {
    /// What `produce` was given.
    package let tag: UInt64
    package let partition: Int32
    /// Where the broker keeps the record; meaningless with an error.
    package let offset: Int64
    /// Nil when all in-sync replicas have the record.
    package let error: KafkaError?
}

/// The reports of one producer, counted.
struct DeliveryCounts {
    var delivered: UInt64 = 0
    var failed: UInt64 = 0
    /// Dropped from the queue because their transaction was aborted.
    var purged: UInt64 = 0
    var lastFailure: KafkaError?
}
