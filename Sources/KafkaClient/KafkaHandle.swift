internal import CRdkafka
package import System

/// Owner of one `rd_kafka_t` and of what its callbacks leave behind.
///
/// *Thread*: librdkafka's manual (INTRODUCTION.md, "Threads and callbacks"): "The API is completely thread-safe and the
/// calling application may call any of the API functions from any of its own threads at any time." The callbacks run on
/// the thread that polls, so `events` belongs to that thread, and with it every class that holds a handle.
final class KafkaHandle {
    let raw: OpaquePointer
    let events: ClientEvents

    /// Whether `rd_kafka_poll` runs the callbacks: a consumer's come with its records.
    private let isServedByPoll: Bool

    /// - Throws: `.badConfig` when the settings do not fit together.
    init(
        _ kind: rd_kafka_type_t, _ settings: consuming KafkaSettings, _ events: ClientEvents,
        isServedByPoll: Bool = true
    ) throws(KafkaError) {
        precondition(Allocator.isSettled, "jemalloc knows its own settings")
        rd_kafka_conf_set_opaque(settings.raw, Unmanaged.passUnretained(events).toOpaque())
        var reason = ""
        let client: OpaquePointer? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            let client = rd_kafka_new(kind, settings.raw, text.baseAddress, text.count)
            if client == nil { reason = String(cString: text.baseAddress!) }  // not nil: the capacity is not zero
            return client
        }
        guard let client else { throw .badConfig(key: "configuration", reason: reason) }
        settings.relinquish()
        raw = client
        self.isServedByPoll = isServedByPoll
        self.events = events
        liveInstances.add(1)
        rd_kafka_set_log_queue(raw, nil)
    }

    /// What may be why brokers do not answer now, as far as the callbacks have told.
    func currentProblem() -> KafkaError? {
        if isServedByPoll { rd_kafka_poll(raw, 0) }
        return events.currentProblem
    }

    deinit {
        // Whoever wants the group left has called `close`; without it nothing here may wait for a broker.
        rd_kafka_destroy_flags(raw, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        liveInstances.add(-1)
    }
}

/// The C handles that are alive.
package let liveInstances = LiveCounter()
