internal import CryptoCore
internal import Foundation
internal import KafkaClient
internal import TestSupport

/// What every test here works on: the servers, sets of topics on them, and the processors.
final class Bench {
    let servers: OwnKafka
    let folder: URL
    private var fleets: [Fleet] = []

    init(in folder: URL) {
        self.folder = folder
        servers = OwnKafka(in: folder)
    }

    /// A group of a program's processes on the topics of a prefix, looked after while the servers come and go.
    func fleet(_ prefix: String, of program: Program = .processor, brokers: String) -> Fleet {
        let fleet = Fleet(program, brokers: brokers, prefix: prefix, in: folder)
        fleets.append(fleet)
        servers.onWait = { try fleet.supervise() }
        return fleet
    }

    /// Ends everything that was started here.
    func end() {
        for fleet in fleets { fleet.end() }
        servers.end()
    }

    /// Every processor's log, for who looks for the reason.
    func writeLogs() {
        for fleet in fleets { fleet.writeLogs(to: folder) }
    }

    func makeTopics(_ prefix: String) throws {
        let topics = (Topic.allCases + [.pairs, .pairState]).map { topic in
            NewTopic(
                name: topic.name(prefix: prefix), partitions: TickStream.partitions, configuration: topic.configuration)
        }
        let refused = try admin().createTopics(topics, timeoutMs: 30_000)
        if let refusal = refused.first { throw refusal.value }
    }

    /// Waits until the group has committed the end of every partition of these topics, but for the records that wait for ever.
    func waitForEnd(_ prefix: String, _ fleet: Fleet, of inputs: [(topic: Topic, waiting: Int64)]) throws {
        let places = inputs.flatMap { self.places($0.topic, prefix) }
        let waiting = inputs.flatMap { input in (0..<TickStream.partitions).map { _ in input.waiting } }
        let ends = zip(try admin().endOffsets(of: places, timeoutMs: 10_000), waiting).map { $0 - $1 }
        let observer = try observer(prefix, fleet.program)
        try waitFor("all records of \(prefix) to be processed", seconds: 120, pollMs: 100) {
            try fleet.supervise()
            guard let committed = try? observer.committed(places, timeoutMs: 2_000) else { return false }
            return zip(committed, ends).allSatisfy { $0?.offset == $1 }
        }
    }

    /// How many ticks the group has not committed; all of them when nobody knows.
    func lag(_ prefix: String) -> Int {
        let places = places(.ticks, prefix)
        guard let committed = try? observer(prefix, .processor).committed(places, timeoutMs: 2_000),
            let ends = try? admin().endOffsets(of: places, timeoutMs: 2_000)
        else { return .max }
        return zip(committed, ends).reduce(0) { $0 + Int($1.1 - ($1.0?.offset ?? 0)) }
    }

    /// Records in the changelog, those that compaction will remove included.
    func stateRecords(_ prefix: String) throws -> Int64 {
        let places = places(.state, prefix)
        let ends = try admin().endOffsets(of: places, timeoutMs: 10_000)
        let starts = try admin().beginningOffsets(of: places, timeoutMs: 10_000)
        return zip(starts, ends).reduce(0) { $0 + $1.1 - $1.0 }
    }

    // MARK: Parts

    private func places(_ topic: Topic, _ prefix: String) -> [TopicPartition] {
        (0..<TickStream.partitions).map { TopicPartition(topic: topic.name(prefix: prefix), partition: $0) }
    }

    private func admin() throws -> KafkaAdmin {
        try KafkaAdmin(KafkaConfiguration(brokers: servers.bootstrap), onLog: { _, _, _ in })
    }

    /// Sees the group's offsets from outside, those of open transactions left out.
    private func observer(_ prefix: String, _ program: Program) throws -> KafkaConsumer {
        var configuration = KafkaConfiguration(brokers: servers.bootstrap)
        configuration.set("isolation.level", to: "read_uncommitted")
        return try KafkaConsumer(configuration, group: "\(prefix)-\(program.service)", onLog: { _, _, _ in })
    }
}
