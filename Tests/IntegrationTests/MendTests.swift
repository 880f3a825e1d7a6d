import CryptoCore
import Foundation
import KafkaClient
import TestSupport
import TestTraits
import Testing

@Suite("What somebody has to mend in Kafka", .waiting)
struct MendTests {
    private static let minute: Int64 = 1_763_719_200_000

    @Test(
        "partitions added to the ticks: one message for all topics, the sink goes on, the processor too once it is done",
        .enabled(if: Servers.kafka != nil))
    func partitionsAdded() throws {
        let bench = try MendBench()
        defer { bench.remove() }
        let processor = try bench.start("processor")
        let sink = try bench.start("sink", ["--store", "sqlite:x.db"])
        try bench.awaitReady(processor)
        try bench.send(count: 70, at: MendTests.minute)
        #expect(try waitUntil(seconds: 30) { try bench.line.values("windows.tumbling").count == 1 })

        try bench.grow(["ticks"], to: 6)
        try bench.send(id: "new", partition: 5, at: MendTests.minute)
        #expect(waitUntil(seconds: 30) { bench.reason(processor).contains("has 6 partitions") })
        let message = bench.reason(processor)
        for topic in MendBench.others {
            #expect(message.contains("--alter --topic \(bench.line.prefix).\(topic) --partitions 6"))
        }
        #expect(!message.contains("--delete") && message.contains("processor --reset"))
        #expect(processor.errorsSoFar.components(separatedBy: "somebody has to mend").count == 2)
        #expect(try waitUntil(seconds: 30) { try bench.rows("ticks where trade_id = 'new'") == 1 })
        #expect(bench.reason(sink).isEmpty && processor.isRunning)

        try bench.grow(MendBench.others, to: 6)
        try bench.awaitReady(processor)
        try bench.send(count: 70, at: MendTests.minute, partition: 5)
        #expect(try waitUntil(seconds: 30) { try bench.line.values("windows.tumbling").count == 2 })
        for service in [processor, sink] {
            service.signal(SIGTERM)
            #expect(try service.wait(seconds: 10).status == 0)
        }
    }

    @Test(
        "--reset says what it will do, asks, refuses while there are members, and mends partitions, state and offsets",
        .enabled(if: Servers.kafka != nil))
    func reset() throws {
        let bench = try MendBench()
        defer { bench.remove() }
        var processor = try bench.start("processor")
        try bench.awaitReady(processor)
        try bench.send(count: 70, at: MendTests.minute)
        #expect(try waitUntil(seconds: 30) { try bench.line.values("windows.tumbling").count == 1 })
        let refused = try bench.reset(["--yes"])
        #expect(refused.status == 1 && refused.errors.contains("has a member"))
        processor.signal(SIGTERM)
        #expect(try processor.wait(seconds: 10).status == 0)
        let idle = try bench.reset([])
        #expect(idle.status == 0 && idle.output.contains("nothing to do"))

        // Somebody added partitions, and put the offsets of all partitions somewhere else.
        try bench.grow(["ticks"], to: 5)
        try bench.commit(offset: 1, partitions: 0..<4)
        let asked = try bench.reset([])
        #expect(asked.status == 64 && asked.errors.contains("--yes"))
        let plan = [
            "add partitions to \(bench.line.prefix).windows.tumbling: 5 instead of 4",
            "delete topic \(bench.line.prefix).processor.state",
            "delete the offsets of group \(bench.line.prefix)-processor",
        ]
        for line in plan { #expect(asked.output.contains(line)) }

        // One message for all partitions, from a processor that waits, and goes on as soon as it is done.
        try bench.grow(MendBench.others, to: 5)
        processor = try bench.start("processor")
        #expect(waitUntil(seconds: 30) { bench.reason(processor).contains("do not fit together in 4 partitions") })
        #expect(bench.reason(processor).contains("processor --reset"))
        let done = try bench.reset(["--yes"])
        #expect(done.status == 0, "\(done.errors)")
        #expect(plan.dropFirst().allSatisfy { done.output.contains($0) })
        try bench.awaitReady(processor)
        // It began anew: the same window once more.
        #expect(try waitUntil(seconds: 30) { try bench.line.values("windows.tumbling").count == 2 })
        processor.signal(SIGTERM)
        #expect(try processor.wait(seconds: 10).status == 0)
    }

    @Test(
        "offsets that expired are where the state stands; where the log is another one, one message tells of all partitions",
        .enabled(if: Servers.kafka != nil))
    func offsetsExpired() throws {
        let bench = try MendBench()
        defer { bench.remove() }
        var processor = try bench.start("processor")
        try bench.awaitReady(processor)
        for partition in Int32(0)..<4 { try bench.send(count: 30, at: MendTests.minute, partition: partition) }
        #expect(try waitUntil(seconds: 30) { try bench.committed() == 120 })
        processor.signal(SIGTERM)
        #expect(try processor.wait(seconds: 10).status == 0)

        try bench.admin().deleteGroup("\(bench.line.prefix)-processor", timeoutMs: 20_000)
        processor = try bench.start("processor")
        try bench.awaitReady(processor)
        for partition in Int32(0)..<4 {
            try bench.send(count: 40, from: 30, at: MendTests.minute, partition: partition)
        }
        // Counted from the tick on at which the state stood: each minute is there once and whole.
        #expect(try waitUntil(seconds: 30) { try bench.line.values("windows.tumbling").count == 4 })
        let counts = try bench.line.values("windows.tumbling").map {
            try WindowAggregate(decoding: Array($0.utf8).span.bytes).count
        }
        #expect(counts == [60, 60, 60, 60])
        #expect(!processor.errorsSoFar.contains("somebody has to mend"))
        processor.signal(SIGTERM)
        #expect(try processor.wait(seconds: 10).status == 0)

        // The topic is made anew, and with it the offsets are gone: nothing of it lies where the state stands.
        try bench.admin().deleteTopics(["\(bench.line.prefix).ticks"], timeoutMs: 20_000)
        processor = try bench.start("processor")
        #expect(waitUntil(seconds: 30) { bench.reason(processor).contains("do not fit together in 4 partitions") })
        processor.signal(SIGTERM)
        #expect(try processor.wait(seconds: 10).status == 0)
    }
}

/// Topics of a test's own with four partitions, and what somebody does to them.
private struct MendBench {
    static let others = Topic.allCases.filter { $0.writers.contains("processor") && $0 != .ticks }.map(\.rawValue)
    let line: Line

    init() throws {
        line = try Line(#require(Servers.kafka))
    }

    func remove() { line.remove() }

    func admin() throws -> KafkaAdmin {
        try KafkaAdmin(KafkaConfiguration(brokers: line.brokers), onLog: { _, _, _ in })
    }

    func start(_ service: String, _ arguments: [String] = []) throws -> ChildProcess {
        let idle = service == "processor" ? ["--idle-timeout", "0"] : []
        return try line.start(
            service, ["--kafka-config", "topic.metadata.refresh.interval.ms=300"] + idle + arguments)
    }

    func reset(_ arguments: [String]) throws -> ChildProcess.Result {
        try ChildProcess.service(
            "processor", ["--reset", "--brokers", line.brokers, "--prefix", line.prefix] + arguments, in: line.folder
        ).wait(seconds: 30)
    }

    /// Why a service is not ready; empty when it is.
    func reason(_ service: ChildProcess) -> String {
        guard let address = service.errorsSoFar.components(separatedBy: "http=").dropFirst().first else {
            return "starting"
        }
        let url = "\(address.prefix { !$0.isWhitespace })/health/ready"
        let answer = try? ChildProcess("curl", ["-s", "-m", "5", "-w", "%{http_code}", url]).wait(seconds: 10).output
        guard let answer, !answer.hasSuffix("200") else { return "" }
        return answer
    }

    func awaitReady(_ service: ChildProcess) throws {
        let isReady = waitUntil(seconds: 40) { reason(service).isEmpty && service.errorsSoFar.contains("http=") }
        #expect(isReady, "\(reason(service)) \(service.errorsSoFar.suffix(2_000))")
    }

    func grow(_ topics: [String], to count: Int32) throws {
        try admin().createPartitions(
            Dictionary(topics.map { ("\(line.prefix).\($0)", count) }) { $1 }, timeoutMs: 20_000)
    }

    /// Trades of the partition's series, a second apart.
    func send(count: Int, from first: Int = 0, at time: Int64, partition: Int32 = 1) throws {
        try send((first..<first + count).map { ("\($0)", time + Int64($0) * 1_000) }, partition)
    }

    func send(id: String, partition: Int32, at time: Int64) throws { try send([(id, time)], partition) }

    /// How many rows the sink has stored.
    func rows(_ rest: String) throws -> Int {
        let file = line.folder.appendingPathComponent("x.db").path
        let count = try ChildProcess.run("sqlite3", [file, "select count(*) from \(rest)"])
        return Int(count.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    /// The sum of the processor's committed offsets.
    func committed() throws -> Int64 {
        try group().committed((0..<4).map(place), timeoutMs: 20_000).reduce(0) { $0 + ($1?.offset ?? 0) }
    }

    /// As kafka-consumer-groups.sh --reset-offsets does.
    func commit(offset: Int64, partitions: Range<Int32>) throws {
        try group().commit(partitions.map { PartitionOffset(place($0), offset: offset) }, timeoutMs: 20_000)
    }

    private func place(_ partition: Int32) -> TopicPartition {
        TopicPartition(topic: "\(line.prefix).ticks", partition: partition)
    }

    private func group() throws -> KafkaConsumer {
        try KafkaConsumer(
            KafkaConfiguration(brokers: line.brokers), group: "\(line.prefix)-processor", onLog: { _, _, _ in })
    }

    private func send(_ trades: [(id: String, time: Int64)], _ partition: Int32) throws {
        let producer = try KafkaProducer(KafkaConfiguration(brokers: line.brokers), onLog: { _, _, _ in })
        let topic = try producer.topic("\(line.prefix).ticks")
        let series = Series(source: "bybit", symbol: "C\(partition)-USDT")
        for (id, time) in trades {
            let trade = Tick.Trade(tradeID: id, price: 100, quantity: 1, side: .buy)
            let tick = Tick(series: series, kind: .trade(trade), eventTime: time, ingestTime: time)
            let isQueued = try producer.produce(
                topic: topic, partition: partition, key: Array(series.description.utf8), value: tick.encoded())
            try #require(isQueued)
        }
        #expect(try producer.flush(timeoutMs: 20_000) && producer.failed == 0)
    }
}
