import CryptoCore
import KafkaClient
import ServiceKit
import ServiceRuntime
import System
import TestTraits
import Testing

@testable import PipelineService

@Suite("The broker inside the pipeline", .waiting)
struct EmbeddedKafkaTests {
    private func topics(_ kafka: EmbeddedKafka) throws -> [String: Int32] {
        let admin = try KafkaAdmin(KafkaConfiguration(brokers: kafka.bootstrap), onLog: { _, _, _ in })
        return try admin.topics(timeoutMs: 20_000)
    }

    @Test("it has the topics of the stream, with few partitions unless somebody wants more")
    func topics() throws {
        let usual = try EmbeddedKafka(try configured().common, topics: Topic.allCases)
        let names = Topic.allCases.map { $0.name(prefix: "crypto") }
        #expect(try topics(usual) == Dictionary(uniqueKeysWithValues: names.map { ($0, 4) }))
        let more = try configured(["--partitions", "7", "--prefix", "x"]).common
        let wanted = try EmbeddedKafka(more, topics: [.ticks])
        #expect(try topics(wanted) == ["x.ticks": 7])
    }

    @Test("its topics are made at once, however many they are")
    func quick() throws {
        let broker = try EmbeddedBroker()
        let started = ContinuousClock.now
        try broker.createTopics((0..<40).map { "t\($0)" }, partitions: 1)
        // One that meets the cluster's thread asleep takes a second, and without asking in between every third does.
        #expect(ContinuousClock.now - started < .seconds(10))
    }

    @Test("services get its address and partitions; what the user says about Kafka stands above what it wants")
    func settingsOfServices() throws {
        let own = try configured(["--kafka-config", "fetch.wait.max.ms=7", "client.id=me"]).common
        let kafka = try EmbeddedKafka(own, topics: Topic.allCases)
        let context = kafka.context(own, stop: StopFlag(), log: Log(service: "pipeline", minimum: .error))
        #expect(context.common.brokers == kafka.bootstrap && context.common.partitions == 4)
        #expect(context.sharing(service: "sink", stop: StopFlag()).kafka == context.kafka)
        func value(_ key: String, _ role: KafkaConfiguration.Role) -> String? {
            context.kafka.value(of: key, for: role)
        }
        #expect(value("bootstrap.servers", .any) == kafka.bootstrap)
        #expect(value("fetch.wait.max.ms", .consumer) == "7" && value("client.id", .producer) == "me")
        #expect(value("linger.ms", .producer) == "25" && value("linger.ms", .consumer) == nil)
    }

    @Test("its user is told the address and what it does not promise")
    func announcement() throws {
        let kafka = try EmbeddedKafka(try configured().common, topics: Topic.allCases)
        let text = kafka.announcement(prefix: "p", address: "127.0.0.1:9")
        #expect(text.contains("kcat -b 127.0.0.1:9 -C -t p.windows.tumbling"))
        #expect(text.contains("5 MiB") && text.contains("--brokers"))
    }

    @Test("its port is the one that was asked for; a second one there is told why not")
    func port() throws {
        let kafka = try EmbeddedKafka(try configured().common, topics: Topic.allCases)
        let any = try kafka.listen(port: 0)
        #expect(any.address.hasPrefix("127.0.0.1:") && any.address != kafka.bootstrap)
        any.close()
        // Below the ports that clients get, so that none of theirs takes it when it is free for a moment.
        let first = try #require(
            (0..<50).lazy.compactMap { _ in try? kafka.listen(port: .random(in: 20_000..<32_000)) }.first)
        defer { first.close() }
        let taken = String(first.address.split(separator: ":")[1])
        #expect {
            _ = try kafka.listen(port: try #require(UInt16(taken)))
        } throws: { error in
            "\(error)".hasPrefix("listen on 127.0.0.1:\(taken): Address already in use")
        }
        first.close()
        let again = try kafka.listen(port: try #require(UInt16(taken)))
        #expect(again.address == first.address)
        again.close()
    }
}
