import KafkaClient
import Testing

extension KafkaClientSuite {
    @Suite("configuration") struct ConfigurationTests {
        static let bad = [
            ("no.such.property", "1"), ("session.timeout.ms", "soon"), ("compression.type", "zip"),
            ("enable.idempotence", "perhaps"),
        ]

        @Test("a bad property is named", arguments: bad)
        func namesTheKey(key: String, value: String) {
            let configuration = KafkaConfiguration(brokers: "127.0.0.1:1", overrides: [(key, value)])
            #expect {
                _ = try KafkaProducer(configuration, onLog: ignoreLog)
            } throws: { error in
                guard case KafkaError.badConfig(key, let reason) = error else { return false }
                return !reason.isEmpty
            }
        }

        @Test("properties that do not fit together are refused with librdkafka's reason")
        func contradiction() {
            let configuration = KafkaConfiguration(brokers: "127.0.0.1:1", overrides: [("acks", "1")])
            #expect {
                _ = try KafkaProducer(configuration, onLog: ignoreLog)
            } throws: { error in
                guard case KafkaError.badConfig("configuration", let reason) = error else { return false }
                return reason.contains("acks")
            }
        }

        @Test("the user's properties win over the service's, those over the defaults")
        func precedence() {
            var configuration = KafkaConfiguration(brokers: "a:1", overrides: [("linger.ms", "7")])
            configuration.set("linger.ms", to: "1")
            configuration.set("session.timeout.ms", to: "6000", for: .consumer)
            #expect(configuration.value(of: "linger.ms") == "7")
            #expect(configuration.value(of: "bootstrap.servers") == "a:1")
            #expect(configuration.value(of: "session.timeout.ms", for: .consumer) == "6000")
            #expect(configuration.value(of: "session.timeout.ms", for: .producer) == nil)
        }

        @Test("each client takes its defaults and those of the embedded broker without a warning")
        func noWarnings() throws {
            let broker = try EmbeddedBroker()
            var lines: [String] = []
            let log: KafkaLog = { _, facility, text in
                if facility == "CONFWARN" { lines.append(text) }
            }
            let plain = try KafkaProducer(broker.configuration, onLog: log)
            let transactional = try KafkaProducer(broker.configuration, transactionalID: "t", onLog: log)
            let consumer = try KafkaConsumer(broker.configuration, group: "g", instance: "i", onLog: log)
            let admin = try KafkaAdmin(broker.configuration, onLog: log)
            plain.serve()
            transactional.serve()
            _ = try consumer.poll(limit: 1, waitMs: 0) { _ in }
            _ = try admin.topics(timeoutMs: 10_000)
            #expect(lines == [])
        }
    }

    @Suite("errors") struct ErrorTests {
        @Test("codes are what the caller can do about them")
        func classes() throws {
            // Nobody listens on port 1.
            let admin = try KafkaAdmin(KafkaConfiguration(brokers: "127.0.0.1:1"), onLog: ignoreLog)
            #expect {
                _ = try admin.topics(timeoutMs: 200)
            } throws: { error in
                if case KafkaError.retriable("rd_kafka_metadata", _, _) = error { true } else { false }
            }
        }

        @Test("an error prints as one line with its operation and code")
        func description() {
            let error = KafkaError.fatal(operation: "rd_kafka_commit_transaction", code: -144, reason: "fenced")
            #expect("\(error)" == "rd_kafka_commit_transaction: fenced (-144, fatal)")
            #expect("\(KafkaError.badConfig(key: "a", reason: "b"))" == "bad Kafka configuration: a: b")
        }
    }
}
