import Foundation
import KafkaClient
import System
import TestSupport
import TestTraits
import Testing

/// All tests of the module: nothing of it may be alive when they have ended.
@Suite("KafkaClient", .waiting, .endsWithoutLiveClients) enum KafkaClientSuite {}

/// Checks after a whole suite that every C handle was destroyed.
struct LiveClientCheck: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await function()
        // Other modules' tests in this process have clients too, while they run: to wait for these takes no thread.
        let end = ContinuousClock.now + .seconds(900)
        while liveInstances.count > 0, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
        #expect(liveInstances.count == 0, "C handles are still alive")
    }
}

extension Trait where Self == LiveClientCheck {
    static var endsWithoutLiveClients: Self { LiveClientCheck() }
}

/// The real Kafka that these tests may use.
enum RealKafka {
    static let bootstrap = ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP"].flatMap { $0.isEmpty ? nil : $0 }

    static var configuration: KafkaConfiguration { KafkaConfiguration(brokers: bootstrap ?? "127.0.0.1:1") }

    /// A topic of its own for each test.
    static func makeTopic(
        _ name: String, partitions: Int32 = 1, configuration: [(key: String, value: String)] = []
    ) throws -> String {
        let name = unique(name)
        let admin = try KafkaAdmin(self.configuration, onLog: ignoreLog)
        let refused = try admin.createTopics(
            [NewTopic(name: name, partitions: partitions, configuration: configuration)], timeoutMs: 20_000)
        #expect(refused.isEmpty)
        return name
    }
}

extension Trait where Self == ConditionTrait {
    static var needsKafka: Self {
        .enabled(if: RealKafka.bootstrap != nil, "skipped: KAFKA_BOOTSTRAP names no Apache Kafka")
    }
}

func ignoreLog(_ level: Int32, _ facility: String, _ text: String) {}

func unique(_ name: String) -> String { "test-\(name)-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))" }

/// A record as a test compares it.
struct Copied: Equatable {
    var partition: Int32
    var offset: Int64
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [String] = []

    init(_ record: borrowing KafkaRecord) {
        partition = record.partition
        offset = record.offset
        key = record.key.map { Array($0) }
        value = record.value.map { Array($0) }
        var headers: [String] = []
        record.forEachHeader { name, value in
            headers.append("\(name)=\(value.map { String(describing: Array($0)) } ?? "nil")")
        }
        self.headers = headers
    }

    var text: String { String(decoding: value ?? [], as: UTF8.self) }
}

/// Waits on conditions, never on time alone.
struct Deadline {
    private let end: ContinuousClock.Instant

    init(seconds: Int = 40) { end = .now + .seconds(seconds) }

    var isOver: Bool { ContinuousClock.now > end }
}

extension KafkaProducer {
    /// Produces until the queue took it.
    func push(
        _ topic: ProducerTopic, partition: Int32? = nil, key: [UInt8]?, value: [UInt8]?,
        headers: RecordHeaders? = nil, tag: UInt64 = 0
    ) throws {
        let deadline = Deadline()
        while try !produce(topic: topic, partition: partition, key: key, value: value, headers: headers, tag: tag) {
            serve(waitMs: 10)
            if deadline.isOver { throw TestFailure("the queue stayed full") }
        }
    }

    func push(_ topic: ProducerTopic, partition: Int32? = nil, _ text: String) throws {
        try push(topic, partition: partition, key: nil, value: Array(text.utf8))
    }
}

extension KafkaConsumer {
    /// Polls until so many records came, or until `isDone` says so.
    func read(
        _ count: Int, limit: Int = 512, until isDone: (PollOutcome) -> Bool = { _ in false },
        onHole: (SkippedRecords) -> Void = { _ in }
    ) throws -> [Copied] {
        var records: [Copied] = []
        let deadline = Deadline()
        while records.count < count, !deadline.isOver {
            let outcome = try poll(limit: limit, waitMs: 50, onHole: onHole) { records.append(Copied($0)) }
            if isDone(outcome) { break }
        }
        return records
    }

    /// Polls, answering nothing, until a rebalance comes.
    func awaitRebalance() throws -> Rebalance {
        let deadline = Deadline()
        while !deadline.isOver {
            if let rebalance = try poll(limit: 100, waitMs: 50, { _ in }).rebalance { return rebalance }
        }
        throw TestFailure("no rebalance came")
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
