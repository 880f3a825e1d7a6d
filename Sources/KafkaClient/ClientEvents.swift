internal import CRdkafka

/// Receives librdkafka's log lines: syslog level (3 error … 7 debug), facility, text.
///
/// *Thread*: called on the thread that polls, from inside `serve`, `poll`, `flush` and the calls of a transaction.
package typealias KafkaLog = (_ level: Int32, _ facility: String, _ text: String) -> Void

/// What the callbacks of one client leave for its owner.
final class ClientEvents {
    let onLog: KafkaLog

    /// The newest statistics as JSON, parsed when asked for.
    private var statisticsText: [UInt8] = []
    private var parsedStatistics: KafkaStatistics?
    /// Statistics seen so far.
    private(set) var statisticsCount: UInt64 = 0

    /// Set once, with the first fatal error.
    private(set) var fatal: KafkaError?
    /// The last of the errors that librdkafka deals with itself (connections, name look-ups).
    private(set) var lastProblem: KafkaError?
    private(set) var problems: UInt64 = 0
    private var problemUs: Int64 = 0
    /// librdkafka repeats a problem that stays the same after half a minute.
    private static let repeatedUs: Int64 = 35_000_000

    var deliveries = DeliveryCounts()
    var onDelivery: ((Delivery) -> Void)?

    var rebalances: [Rebalance] = []
    /// The consumer is being closed: nobody can answer a rebalance any more.
    var isClosing = false
    /// The queue whose batch call has to end when a rebalance arrives.
    var queue: OpaquePointer?

    init(_ onLog: @escaping KafkaLog) { self.onLog = onLog }

    var statistics: KafkaStatistics? {
        if parsedStatistics == nil, !statisticsText.isEmpty {
            parsedStatistics = KafkaStatistics(json: statisticsText)
        }
        return parsedStatistics
    }

    /// Every client: logs through its queue, statistics, errors.
    func install(in settings: borrowing KafkaSettings) {
        rd_kafka_conf_set_log_cb(settings.raw) { client, level, facility, text in
            guard let client, let facility, let text, let context = rd_kafka_opaque(client) else { return }
            ClientEvents.at(context).onLog(level, String(cString: facility), String(cString: text))
        }
        rd_kafka_conf_set_stats_cb(settings.raw) { _, json, count, context in
            guard let json, let context else { return 0 }
            ClientEvents.at(context).keepStatistics(UnsafeRawBufferPointer(start: json, count: count))
            return 0  // librdkafka frees the text
        }
        rd_kafka_conf_set_error_cb(settings.raw) { client, code, reason, context in
            guard let client, let context else { return }
            let code = rd_kafka_resp_err_t(rawValue: code)
            ClientEvents.at(context).keepError(code, reason.map { String(cString: $0) }, of: client)
        }
    }

    /// A producer: delivery reports.
    func installDeliveryReports(in settings: borrowing KafkaSettings) {
        rd_kafka_conf_set_dr_msg_cb(settings.raw) { _, message, context in
            guard let message, let context else { return }
            ClientEvents.at(context).keepDelivery(message.pointee)
        }
    }

    /// A consumer: rebalances, which are not answered here.
    func installGroupEvents(in settings: borrowing KafkaSettings) {
        rd_kafka_conf_set_rebalance_cb(settings.raw) { client, code, partitions, context in
            guard let client, let context else { return }
            ClientEvents.at(context).keepRebalance(code, partitions, of: client)
        }
    }

    private static func at(_ context: UnsafeMutableRawPointer) -> ClientEvents {
        Unmanaged<ClientEvents>.fromOpaque(context).takeUnretainedValue()
    }

    private func keepStatistics(_ json: UnsafeRawBufferPointer) {
        statisticsText.removeAll(keepingCapacity: true)
        statisticsText.append(contentsOf: json)
        parsedStatistics = nil
        statisticsCount += 1
    }

    private func keepError(_ code: rd_kafka_resp_err_t, _ reason: String?, of client: OpaquePointer) {
        if code == RD_KAFKA_RESP_ERR__FATAL {
            if fatal == nil { fatal = KafkaError(fatalOf: client, "librdkafka") }
        } else {
            problems += 1
            // "All brokers are down" follows the reason, and would hide it.
            if code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, currentProblem != nil { return }
            lastProblem = KafkaError(code, "librdkafka", reason: reason)
            problemUs = monotonicUs()
        }
    }

    /// The last problem, if it may be why brokers do not answer now.
    var currentProblem: KafkaError? {
        guard let lastProblem, monotonicUs() - problemUs < ClientEvents.repeatedUs else { return nil }
        guard let statistics else { return lastProblem }
        let known = statistics.brokers.filter { $0.id >= 0 }
        return !known.isEmpty && known.allSatisfy { $0.isUp } ? nil : lastProblem
    }

    private func keepDelivery(_ message: rd_kafka_message_t) {
        var error: KafkaError?
        switch message.err {
        case RD_KAFKA_RESP_ERR_NO_ERROR: deliveries.delivered += 1
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
            deliveries.purged += 1
            error = KafkaError(message.err, "rd_kafka_purge")
        default:
            deliveries.failed += 1
            error = KafkaError(message.err, "rd_kafka_produce")
            deliveries.lastFailure = error
        }
        guard let onDelivery else { return }
        let tag = UInt64(UInt(bitPattern: message._private))
        onDelivery(Delivery(tag: tag, partition: message.partition, offset: message.offset, error: error))
    }

    private func keepRebalance(
        _ code: rd_kafka_resp_err_t, _ partitions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?,
        of client: OpaquePointer
    ) {
        if isClosing {
            rd_kafka_assign(client, nil)
            return
        }
        let names = PartitionList.partitions(borrowing: partitions)
        if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            rebalances.append(.assigned(names))
        } else {
            rebalances.append(.revoked(names, lost: rd_kafka_assignment_lost(client) != 0))
        }
        if let queue { rd_kafka_queue_yield(queue) }
    }
}
