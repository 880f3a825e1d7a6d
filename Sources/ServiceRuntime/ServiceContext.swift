package import CryptoCore
package import KafkaClient
package import ServiceKit
package import System

/// What every service is given: what all of them have as settings, and where it logs, counts and says whether it is ready.
package struct ServiceContext: Sendable {
    /// `producer`, `processor`, `sink`, ...
    package let service: String
    package let common: CommonConfiguration
    /// The brokers and what is to be said to librdkafka about them.
    package let kafka: KafkaConfiguration
    package let log: Log
    package let stop: StopFlag
    package let metrics: Metrics
    package let health: Health
    /// Whether the service is one of several in its process: its conditions then carry its name.
    private let isShared: Bool
    /// Which part of the service it is about: at the end of its conditions.
    private var part = ""

    /// The context of a service in a process of its own.
    /// - Parameter kafka: what Kafka's clients are told; nil: what `common` says.
    package init(
        service: String, _ common: CommonConfiguration, kafka: KafkaConfiguration? = nil, stop: StopFlag, log: Log
    ) {
        self.service = service
        self.common = common
        self.kafka = kafka ?? KafkaConfiguration(common)
        self.log = log
        self.stop = stop
        metrics = Metrics()
        health = Health()
        isShared = false
    }

    /// The context of another service in the same process.
    package func sharing(service: String, stop: StopFlag) -> ServiceContext {
        ServiceContext(self, service: service, stop: stop, log: log.named(service), isShared: true)
    }

    /// The same context for one of several like parts: its log lines end in `key=name`, its conditions in the name.
    package func part(_ key: StaticString, _ name: String) -> ServiceContext {
        var copy = ServiceContext(
            self, service: service, stop: stop, log: log.adding(key, name), isShared: isShared)
        copy.part = "\(part) \(name)"
        return copy
    }

    /// The same context for what ends by a flag of its own, after the service for one.
    package func ending(by stop: StopFlag) -> ServiceContext {
        var copy = ServiceContext(self, service: service, stop: stop, log: log, isShared: isShared)
        copy.part = part
        return copy
    }

    private init(_ other: ServiceContext, service: String, stop: StopFlag, log: Log, isShared: Bool) {
        self.service = service
        self.log = log
        self.stop = stop
        self.isShared = isShared
        common = other.common
        kafka = other.kafka
        metrics = other.metrics
        health = other.health
    }

    /// The full name of a topic.
    package func topic(_ topic: Topic) -> String { topic.name(prefix: common.prefix) }

    /// The consumer group, and the start of transactional ids: `<prefix>-<service>`.
    package var group: String { "\(common.prefix)-\(service)" }

    /// Takes librdkafka's own log lines, whose levels are syslog's.
    package var kafkaLog: KafkaLog {
        { [log] level, facility, text in
            switch level {
            // One property list serves consumers and producers; topics are made by us, whatever the broker's version.
            case _ where facility == "CONFWARN" || facility == "AUTOCREATE":
                log.debug("librdkafka", ["facility": facility, "text": text])
            case ...3: log.warning("librdkafka", ["facility": facility, "text": text])
            case 4...6: log.info("librdkafka", ["facility": facility, "text": text])
            default: log.debug("librdkafka", ["facility": facility, "text": text])
            }
        }
    }

    /// A counter of the service: `cryptostream_<service>_<what>_total`.
    package func counter(_ what: String, _ help: String, _ labels: Metrics.Labels = [:]) -> Counter {
        metrics.counter("cryptostream_\(service)_\(what)_total", help: help, labels: labels)
    }

    /// A gauge of the service: `cryptostream_<service>_<what>`.
    package func gauge(_ what: String, _ help: String, _ labels: Metrics.Labels = [:]) -> Gauge {
        metrics.gauge("cryptostream_\(service)_\(what)", help: help, labels: labels)
    }

    /// Shows a gauge of the service no more.
    package func removeGauge(_ what: String, _ labels: Metrics.Labels = [:]) {
        metrics.removeGauge("cryptostream_\(service)_\(what)", labels: labels)
    }

    /// Says that the service is not ready, and why.
    package func notReady(_ condition: String, because reason: String) {
        health.set(name(of: condition), notReadyBecause: reason)
    }

    /// Says that a condition holds; `remark` is what is to be known all the same.
    package func ready(_ condition: String, remark: String = "") { health.ready(name(of: condition), remark: remark) }

    /// The service's loop begins; it stands still when it says nothing for `limitMs`.
    package func beginLoop(limitMs: Int64) { health.begin(name(of: "loop"), limitMs: limitMs) }

    /// The loop turns, or waits by itself for something that may take long.
    package func noteTurn() { health.noteTurn(of: name(of: "loop")) }

    /// How long ago the loop turned last; nil when it does not run. *Units*: ms.
    package var msSinceTurn: Int64? { health.msSinceTurn(of: name(of: "loop")) }

    /// The loop has ended.
    package func endLoop() { health.end(name(of: "loop")) }

    private func name(of condition: String) -> String { (isShared ? "\(service).\(condition)" : condition) + part }
}

extension KafkaConfiguration {
    /// The brokers of `--brokers` and what `--kafka-config` says.
    package init(_ common: CommonConfiguration) {
        self.init(brokers: common.brokers, overrides: common.kafka.map { ($0.key, $0.value) })
    }
}
