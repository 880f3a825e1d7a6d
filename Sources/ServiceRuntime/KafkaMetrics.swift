package import KafkaClient
internal import ServiceKit

/// What librdkafka's statistics say, as metrics: `cryptostream_<service>_kafka_…`.
///
/// Give it each snapshot; only a new one costs anything. *Thread*: that of the client.
package struct KafkaMetrics {
    private let lag: Gauge
    private let queued: Gauge
    private let queuedBytes: Gauge
    private let sent: Counter
    private let received: Counter
    private let connected: Gauge
    private let roundTrip: Gauge
    private let requestTimeouts: Gauge
    private let rebalances: Gauge
    private var takenUs: Int64 = 0
    private var last = KafkaStatistics()

    /// Makes the metrics, named after the service of the context.
    /// - Parameters:
    ///   - member: tells the clients of one service apart, as the label `member`; nil where there is one only.
    ///   - store: tells the stores of a sink apart, as the label `store`; nil where there is one only.
    package init(_ context: ServiceContext, member: Int? = nil, store: String? = nil) {
        let labels: Metrics.Labels =
            switch (member, store) {
            case (let member?, let store?): ["member": "\(member)", "store": store]
            case (let member?, nil): ["member": "\(member)"]
            case (nil, let store?): ["store": store]
            case (nil, nil): [:]
            }
        let metrics = context.metrics
        let service = context.service
        lag = metrics.gauge(
            "cryptostream_\(service)_kafka_lag_records",
            help: "Records behind what the group has committed, read or not",
            labels: labels)
        queued = metrics.gauge(
            "cryptostream_\(service)_kafka_queued_records", help: "Records waiting to be acknowledged", labels: labels)
        queuedBytes = metrics.gauge("cryptostream_\(service)_kafka_queued_bytes", help: "Their bytes", labels: labels)
        sent = metrics.counter(
            "cryptostream_\(service)_kafka_sent_records_total", help: "Records sent to the brokers", labels: labels)
        received = metrics.counter(
            "cryptostream_\(service)_kafka_received_records_total", help: "Records received from the brokers",
            labels: labels)
        connected = metrics.gauge(
            "cryptostream_\(service)_kafka_connected_brokers", help: "Brokers connected to", labels: labels)
        roundTrip = metrics.gauge(
            "cryptostream_\(service)_kafka_round_trip_seconds", help: "The slowest broker's p99 of the last second",
            labels: labels)
        requestTimeouts = metrics.gauge(
            "cryptostream_\(service)_kafka_request_timeouts", help: "Requests that were not answered in time",
            labels: labels)
        rebalances = metrics.gauge(
            "cryptostream_\(service)_kafka_rebalances", help: "Rebalances of the group that this member saw",
            labels: labels)
    }

    /// Takes what a producer knows.
    package mutating func note(_ producer: KafkaProducer) {
        guard let now = producer.statistics, now.takenUs != takenUs else { return }
        takenUs = now.takenUs
        queued.set(Int(now.queuedRecords))
        queuedBytes.set(Int(now.queuedBytes))
        sent.add(Int(max(0, now.sentRecords - last.sentRecords)))
        noteBrokers(now)
    }

    /// Takes what a consumer knows.
    package mutating func note(_ consumer: KafkaConsumer) {
        guard let now = consumer.statistics, now.takenUs != takenUs else { return }
        takenUs = now.takenUs
        lag.set(consumer.lag)
        received.add(Int(max(0, now.receivedRecords - last.receivedRecords)))
        rebalances.set(Int(now.group?.rebalances ?? 0))
        noteBrokers(now)
    }

    private mutating func noteBrokers(_ now: KafkaStatistics) {
        connected.set(now.brokers.count { $0.isUp && $0.id >= 0 })
        roundTrip.set(Double(now.brokers.map(\.rttP99Us).max() ?? 0) / 1e6)
        requestTimeouts.set(Int(now.brokers.reduce(0) { $0 + $1.requestTimeouts }))
        last = now
    }
}
