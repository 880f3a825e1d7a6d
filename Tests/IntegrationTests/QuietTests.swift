import CryptoCore
import Foundation
import KafkaClient
import Synchronization
import TestSupport
import TestTraits
import Testing

@Suite("quiet markets on a real Kafka", .serialized, .waiting)
struct QuietTests {
    /// A minute of an old day.
    private static let start: Int64 = 1_600_000_020_000
    private static let minute: Int64 = 60_000
    private static let lateness: Int64 = 1_000
    private static let processor = ["--idle-timeout", "2s", "--lateness", "1s", "--instance", "quiet"]

    @Test(
        "a series goes quiet while another goes on in its partition; a kill right after the clock closed it repeats nothing",
        .enabled(if: Servers.kafka != nil))
    func besideABusyOne() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let market = try Market(line)
        var processor = try line.start("processor", QuietTests.processor)
        #expect(waitUntil(seconds: 60) { processor.errorsSoFar.contains("partitions assigned") })
        // Two minutes whose last ticks lie close to the end, in the busy partition and in one that is silent after it.
        try market.trade("QUIET-USD", partition: 0, at: QuietTests.start + 59_000)
        try market.trade("SILENT-USD", partition: 1, at: QuietTests.start + 59_000)
        // Another series of the partition goes on and stays within its minute.
        let busy = try BusySeries(line, "BUSY-USD", from: QuietTests.start + 50_000)
        func closed() throws -> Set<String> { Set(try market.windows("tumbling").map(\.series.symbol)) }
        #expect(try waitUntil(seconds: 40) { try closed() == ["QUIET-USD", "SILENT-USD"] })
        processor.signal(SIGKILL)
        _ = try processor.wait(seconds: 10)
        processor = try line.start("processor", QuietTests.processor)
        #expect(waitUntil(seconds: 60) { processor.errorsSoFar.contains("partitions assigned") })
        // What is final stays so after the kill: this one counts in sliding windows that are still open, and in no minute.
        try market.trade("QUIET-USD", partition: 0, at: QuietTests.start + 59_500)
        market.sent -= 1
        let before = busy.sent
        #expect(waitUntil(seconds: 40) { busy.sent > before + 2_000 })
        market.sent += try busy.stop()
        // The last one, near the end, so that the clock need not go far.
        try market.trade("BUSY-USD", partition: 0, at: QuietTests.start + 59_000)
        #expect(try waitUntil(seconds: 40) { try closed().contains("BUSY-USD") })
        try stop(processor)
        try market.expectEveryTickOnce()
        #expect(try market.windows("tumbling").count == 3)
    }

    @Test(
        "a backlog of an hour, a silent partition, an empty one, a kill, and a broker that twice falls silent: every window once",
        .enabled(if: Servers.hasOwnKafka))
    func backlogAndSilence() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        let kafka = OwnKafka(in: folder)
        defer { kafka.end() }
        try kafka.start()
        let line = try Line(kafka.bootstrap)
        defer { line.remove() }
        let market = try Market(line)
        let total = try backlog(market)

        try kafka.narrow(to: 1_500)
        func start() throws -> ChildProcess {
            try ChildProcess.service(
                "processor",
                [
                    "--brokers", kafka.proxied, "--prefix", line.prefix, "--partitions", "4", "--http",
                    "127.0.0.1:0",
                ]
                    + QuietTests.processor, in: folder)
        }
        var processor = try start()
        // Killed in the middle of catching up.
        #expect(try waitUntil(seconds: 60) { try market.tumbling() > 100 })
        processor.signal(SIGKILL)
        _ = try processor.wait(seconds: 10)
        let before = try market.tumbling()
        #expect(before < total.windows / 2, "it was behind")
        processor = try start()
        #expect(try waitUntil(seconds: 60) { try market.tumbling() > before + 100 })
        // Silent for longer than the idle timeout, with much of the backlog unread.
        kafka.holdKafka()
        pass(seconds: 3.5)
        #expect(try ticksRead(processor) < total.ticks / 2, "it was behind")
        kafka.resumeKafka()
        #expect(try waitUntil(seconds: 60) { try market.tumbling() >= total.windows / 2 })
        try kafka.widen()

        // At the end, with the hour's last minute open: silent again, and those who write have news when it is back.
        #expect(try waitUntil(seconds: 60) { try market.committed() >= total.ticks })
        kafka.holdKafka()
        pass(seconds: 6)
        kafka.resumeKafka()
        for series in 0..<QuietTests.seriesCount / 2 { try trade(market, series, at: 3_598_000) }
        pass(seconds: 1.5)  // some writers take a moment to find back
        for series in QuietTests.seriesCount / 2..<QuietTests.seriesCount { try trade(market, series, at: 3_598_000) }
        try market.flush()

        // Then nothing more comes: the clock closes every last minute.
        #expect(try waitUntil(seconds: 60) { try market.tumbling() >= total.windows })
        try stop(processor)
        try market.expectEveryTickOnce()
        #expect(try market.windows("tumbling").count == total.windows)
    }

    // MARK: The hour

    private static let seriesCount = 20

    fileprivate static func tick(_ symbol: String, id: Int, at time: Int64) -> Tick {
        let trade = Tick.Trade(tradeID: "\(id)", price: 100, quantity: 1, side: .buy)
        return Tick(
            series: Series(source: "venue", symbol: symbol), kind: .trade(trade), eventTime: time, ingestTime: time)
    }

    /// Series over partitions 0 and 1.
    private func trade(_ market: Market, _ series: Int, at time: Int64) throws {
        try market.trade("S\(series)-USD", partition: Int32(series % 2), at: QuietTests.start + time)
    }

    /// Writes an hour to 3,596 s with a trade a second in each series; returns the ticks and the minutes that they and the
    /// ones to come lie in. Partition 3 stays empty.
    private func backlog(_ market: Market) throws -> (ticks: Int, windows: Int) {
        try market.trade("SILENT-USD", partition: 2, at: QuietTests.start + 59_000)
        // Two trades of one minute with the whole hour between them: a clock that ran while reading would split it.
        for partition in Int32(0)..<2 {
            try market.trade("SELDOM\(partition)-USD", partition: partition, at: QuietTests.start + 59_000)
        }
        for second in Int64(0)...3_596 {
            for series in 0..<QuietTests.seriesCount { try trade(market, series, at: second * 1_000) }
        }
        for partition in Int32(0)..<2 {
            try market.trade("SELDOM\(partition)-USD", partition: partition, at: QuietTests.start + 59_500)
        }
        try market.flush()
        return (market.sent, 60 * QuietTests.seriesCount + 3)
    }

    private func ticksRead(_ processor: ChildProcess) throws -> Int {
        let address = processor.errorsSoFar.components(separatedBy: "http=").last?.prefix { !$0.isWhitespace } ?? ""
        let metrics = try ChildProcess.run("curl", ["-sf", "\(address)/metrics"])
        let line = metrics.split(separator: "\n").first { $0.hasPrefix("cryptostream_processor_ticks_read_total ") }
        return Int(line?.split(separator: " ").last ?? "") ?? -1
    }

    /// Time passes in the world outside: what is tested is that it does no harm.
    private func pass(seconds: Double) { _ = waitUntil(seconds: seconds) { false } }

    private func stop(_ processor: ChildProcess) throws {
        processor.signal(SIGTERM)
        let end = try processor.wait(seconds: 15)
        #expect(end.status == 0, "\(end.errors.suffix(1000))")
    }
}

/// A ticks topic with four partitions, written tick by tick, and what a processor made of it.
private final class Market {
    private let line: Line
    private let configuration: KafkaConfiguration
    private let producer: KafkaProducer
    private let ticks: ProducerTopic
    var sent = 0

    init(_ line: Line) throws {
        self.line = line
        var configuration = KafkaConfiguration(brokers: line.brokers)
        // A narrow network is to be narrow.
        configuration.set("compression.type", to: "none", for: .producer)
        self.configuration = configuration
        let admin = try KafkaAdmin(configuration) { _, _, _ in }
        let topics = [Topic.ticks, .tumbling, .sliding, .late, .deadLetter].map {
            NewTopic(name: "\(line.prefix).\($0.rawValue)", partitions: 4, configuration: $0.configuration)
        }
        #expect(try admin.createTopics(topics, timeoutMs: 20_000).isEmpty)
        producer = try KafkaProducer(configuration) { _, _, _ in }
        ticks = try producer.topic("\(line.prefix).ticks")
    }

    func trade(_ symbol: String, partition: Int32, at time: Int64) throws {
        sent += 1
        try producer.push(QuietTests.tick(symbol, id: sent, at: time), to: ticks, partition)
    }

    func flush() throws { #expect(try producer.flush(timeoutMs: 60_000)) }

    func windows(_ type: String) throws -> [WindowAggregate] {
        try line.values("windows.\(type)").map { try WindowAggregate(decoding: Array($0.utf8).span.bytes) }
    }

    func tumbling() throws -> Int { try line.values("windows.tumbling").count }

    /// Sum of the group's committed offsets on the ticks topic.
    func committed() throws -> Int {
        let consumer = try KafkaConsumer(configuration, group: "\(line.prefix)-processor") { _, _, _ in }
        let places = (0..<4).map { TopicPartition(topic: "\(line.prefix).ticks", partition: $0) }
        return Int(try consumer.committed(places, timeoutMs: 10_000).compactMap(\.?.offset).reduce(0, +))
    }

    /// Every tick written counts in one tumbling window, no window came twice, and nothing was late or malformed.
    func expectEveryTickOnce() throws {
        try flush()
        for type in ["tumbling", "sliding"] {
            // Source, symbol, type and start come first in the record.
            let names = try line.values("windows.\(type)").map { $0.components(separatedBy: ",\"window_end\"")[0] }
            #expect(Set(names).count == names.count && !names.isEmpty, "\(type): one came twice, or none")
        }
        let counted = try windows("tumbling").reduce(0) { $0 + Int($1.count) }
        #expect(counted == sent)
        #expect(try line.values("late") == [])
        #expect(try line.values("deadletter") == [])
    }
}

/// A thread that writes to partition 0 about a thousand times a second until it is stopped.
private final class BusySeries: Sendable {
    private let state = Mutex((sent: 0, isStopping: false, isStopped: false, error: String?.none))

    init(_ line: Line, _ symbol: String, from time: Int64) throws {
        let (brokers, topic) = (line.brokers, "\(line.prefix).ticks")
        Thread { [self] in
            do {
                let producer = try KafkaProducer(KafkaConfiguration(brokers: brokers)) { _, _, _ in }
                let ticks = try producer.topic(topic)
                while !state.withLock({ $0.isStopping }) {
                    let number = state.withLock { state in
                        state.sent += 1
                        return state.sent
                    }
                    let tick = QuietTests.tick(symbol, id: number, at: time + Int64(number) / 100)
                    try producer.push(tick, to: ticks, 0)
                    producer.serve(waitMs: 1)
                }
                guard try producer.flush(timeoutMs: 10_000) else { throw POSIXError(.ETIMEDOUT) }
            } catch {
                state.withLock { $0.error = "\(error)" }
            }
            state.withLock { $0.isStopped = true }
        }.start()
    }

    var sent: Int { state.withLock { $0.sent } }

    /// Returns the ticks that are on the topic.
    func stop() throws -> Int {
        state.withLock { $0.isStopping = true }
        #expect(waitUntil(seconds: 20) { state.withLock { $0.isStopped } })
        #expect(state.withLock { $0.error } == nil)
        return sent
    }
}

extension KafkaProducer {
    fileprivate func push(_ tick: Tick, to topic: ProducerTopic, _ partition: Int32) throws {
        let key = Array(tick.series.description.utf8)
        let value = tick.encoded()
        while !(try produce(topic: topic, partition: partition, key: key, value: value)) { serve(waitMs: 10) }
        serve()
    }
}
