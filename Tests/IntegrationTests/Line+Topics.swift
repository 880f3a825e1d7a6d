import CryptoCore
import Foundation
import KafkaClient
import TestSupport

extension Line {
    /// Writes trades of twenty series, as many partitions as `start` says; the ids are the numbers.
    func send(ticks: Range<Int>) throws {
        try send(
            ticks.map { number in
                Tick(
                    series: Series(source: "test", symbol: "S\(number % 20)-USD"),
                    kind: .trade(Tick.Trade(tradeID: "\(number)", price: 100, quantity: 1, side: .buy)),
                    eventTime: 1_763_719_200_000 + Int64(number), ingestTime: 1_763_719_200_050 + Int64(number))
            })
    }

    /// Writes ticks, in this order.
    /// - Parameter partition: nil: that of their keys.
    func send(_ ticks: [Tick], partition: Int32? = nil) throws {
        try makeTicks()
        let producer = try KafkaProducer(configuration, onLog: { _, _, _ in })
        let topic = try producer.topic("\(prefix).ticks")
        for tick in ticks {
            let key = Array(tick.series.description.utf8)
            let value = tick.encoded()
            while !(try partition.map { try producer.produce(topic: topic, partition: $0, key: key, value: value) }
                ?? producer.produce(topic: topic, key: key, value: value))
            { producer.serve(waitMs: 10) }
        }
        guard try producer.flush(timeoutMs: 20_000) else { throw TestSupport.Failure("ticks were not taken") }
    }

    private func makeTicks() throws {
        let name = "\(prefix).ticks"
        let configuration = Topic.ticks.configuration.map { ($0.key, $0.value) }
        try waitFor("the topic \(name)", seconds: 30) {
            // A client that asked too early remembers for a while that there is no such topic.
            let admin = try KafkaAdmin(self.configuration, onLog: { _, _, _ in })
            if try admin.topics(timeoutMs: 10_000)[name] == nil {
                let topic = NewTopic(name: name, partitions: 4, configuration: configuration)
                guard let refused = try? admin.createTopics([topic], timeoutMs: 2_000) else { return false }
                for refusal in refused.values { throw refusal }
            }
            return (try? admin.awaitLeaders(of: [name: 4], timeoutMs: 2_000)) != nil
        }
    }

    /// What a service's HTTP server answers.
    func get(_ service: ChildProcess, _ path: String) throws -> String {
        let address = service.errorsSoFar.components(separatedBy: "http=").last?.prefix { !$0.isWhitespace } ?? ""
        return try ChildProcess.run("curl", ["-s", "\(address)\(path)"])
    }

    func deleteTopic(_ topic: String) throws {
        let admin = try KafkaAdmin(configuration, onLog: { _, _, _ in })
        try admin.deleteTopics(["\(prefix).\(topic)"], timeoutMs: 20_000)
        try waitFor("the end of \(topic)", seconds: 30) {
            try admin.topics(timeoutMs: 10_000)["\(prefix).\(topic)"] == nil
        }
    }

    func deleteGroup(_ group: String) throws {
        try KafkaAdmin(configuration, onLog: { _, _, _ in }).deleteGroup(group, timeoutMs: 20_000)
    }

    /// Lets a group stand at the end of a topic.
    func commitEverything(_ topic: String, group: String) throws {
        let places = (0..<4).map { TopicPartition(topic: "\(prefix).\(topic)", partition: $0) }
        let ends = try KafkaAdmin(configuration, onLog: { _, _, _ in }).endOffsets(of: places, timeoutMs: 20_000)
        try commit(zip(places, ends).map { PartitionOffset($0, offset: $1) }, group: group)
    }

    /// Lets a group stand there, as kafka-consumer-groups.sh --reset-offsets does.
    func commit(_ offsets: [PartitionOffset], group: String) throws {
        let consumer = try KafkaConsumer(configuration, group: group, onLog: { _, _, _ in })
        try consumer.commit(offsets, timeoutMs: 20_000)
        _ = consumer.close(timeoutMs: 5_000)
    }

    /// Whether a group stands at the end of a topic.
    func hasCommittedEnd(of topic: String, group: String) throws -> Bool {
        let places = (0..<4).map { TopicPartition(topic: "\(prefix).\(topic)", partition: $0) }
        let ends = try KafkaAdmin(configuration, onLog: { _, _, _ in }).endOffsets(of: places, timeoutMs: 20_000)
        let consumer = try KafkaConsumer(configuration, group: group, onLog: { _, _, _ in })
        let committed = try consumer.committed(places, timeoutMs: 20_000)
        return zip(ends, committed).allSatisfy { $0 == $1?.offset ?? 0 }
    }

    /// Removes everything that is on a topic now, as retention does.
    func deleteRecords(_ topic: String) throws {
        let file = folder.appendingPathComponent(Servers.freshPrefix())
        let places = (0..<4).map { #"{"topic":"\#(prefix).\#(topic)","partition":\#($0),"offset":-1}"# }
        try Data(#"{"version":1,"partitions":[\#(places.joined(separator: ","))]}"#.utf8).write(to: file)
        let home = ProcessInfo.processInfo.environment["KAFKA_HOME"] ?? ""
        _ = try ChildProcess.run(
            "\(home)/bin/kafka-run-class.sh",
            [
                "org.apache.kafka.tools.DeleteRecordsCommand", "--bootstrap-server", brokers, "--offset-json-file",
                file.path,
            ])
    }

    private var configuration: KafkaConfiguration { KafkaConfiguration(brokers: brokers) }
}
