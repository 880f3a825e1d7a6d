import Foundation
import KafkaClient
import TestSupport
import TestTraits
import Testing

@Suite(
    "transactions of other programs on the ticks", .serialized, .waiting,
    .enabled(if: Servers.kafka != nil && KafkaTools.isPresent, "skipped: no Apache Kafka with its tools"))
struct OtherTransactionsTests {
    private static let start: Int64 = 1_795_900_020_000

    private static func trade(_ number: Int) -> (key: String, value: String) {
        let key = "binance:BTC-USDT"
        let time = start + 59_000 + Int64(number) * 10
        let value = """
            {"source":"binance","symbol":"BTC-USDT","kind":"trade","event_time":\(time),"ingest_time":\(time + 5),\
            "trade_id":"\(number)","price":100.5,"quantity":1.5}
            """
        return (key, value)
    }

    @Test("hide no trade from its minute while they are open, and leave no lag when they are over")
    func open() throws {
        let line = try Line(try #require(Servers.kafka))
        defer { line.remove() }
        let processor = try line.start("processor", ["--idle-timeout", "1s", "--lateness", "0"])
        let sink = try line.start("sink", ["--store", "sqlite:x.db", "--group", "\(line.prefix)-rows"])
        #expect(waitUntil(seconds: 30) { processor.errorsSoFar.contains("partitions assigned") })
        let first = Self.trade(0)
        try line.write("ticks", key: first.key, value: first.value)
        let address = processor.errorsSoFar.components(separatedBy: "http=").last?.prefix { !$0.isWhitespace } ?? ""
        func metric(_ name: String) -> Double? {
            let text = try? ChildProcess.run("curl", ["-s", "\(address)/metrics"])
            let line = text?.split(separator: "\n").first { $0.hasPrefix("cryptostream_processor_\(name) ") }
            return line?.split(separator: " ").last.flatMap { Double($0) }
        }
        #expect(waitUntil(seconds: 20) { metric("ticks_counted_total") == 1 })

        let configuration = KafkaConfiguration(brokers: line.brokers)
        let ticks = "\(line.prefix).ticks"
        let partition = partition(forKey: first.key, count: 4)
        let other = try KafkaProducer(configuration, transactionalID: "\(line.prefix)-other", onLog: { _, _, _ in })
        try other.initTransactions(timeoutMs: 20_000)
        try other.beginTransaction()
        let aborted = Self.trade(90)
        _ = try other.produce(
            topic: try other.topic(ticks), partition: partition, key: Array(aborted.key.utf8),
            value: Array(aborted.value.utf8))
        _ = try other.flush(timeoutMs: 10_000)
        let producer = try KafkaProducer(configuration, onLog: { _, _, _ in })
        let topic = try producer.topic(ticks)
        for number in 1...50 {
            let (key, value) = Self.trade(number)
            _ = try producer.produce(topic: topic, key: Array(key.utf8), value: Array(value.utf8))
        }
        #expect(try producer.flush(timeoutMs: 20_000))

        #expect(waitUntil(seconds: 20) { metric("kafka_lag_records") == 51 })
        // The minute of the only trade read is over by the clock after a second of quiet; but this is no quiet.
        #expect(try !waitUntil(seconds: 4) { try line.end(of: "windows.tumbling") > 0 })

        try other.abortTransaction(timeoutMs: 20_000)
        #expect(try waitUntil(seconds: 30) { try line.end(of: "windows.tumbling") > 0 })
        let windows = try line.values("windows.tumbling")
        #expect(windows.count == 1)
        #expect(windows.first?.contains(#""count":51,"#) == true)
        #expect(waitUntil(seconds: 20) { metric("kafka_lag_records") == 0 })
        let lags = try KafkaTools.lags(of: "\(line.prefix)-processor", on: line.brokers)
        #expect(lags["\(ticks):\(partition)"] == 0, "what the tools call lag: \(lags)")
        // Nor in the sink, behind whose last records lie the markers of the processor's own transactions.
        var sinkLags: [String: Int?] = [:]
        let isRead = try waitUntil(seconds: 30) {
            sinkLags = try KafkaTools.lags(of: "\(line.prefix)-rows", on: line.brokers)
            return !sinkLags.isEmpty && sinkLags.values.allSatisfy { $0 ?? 0 == 0 }
        }
        #expect(isRead, "what the tools call lag: \(sinkLags)")
        sink.signal(SIGTERM)
        #expect(try sink.wait(seconds: 15).status == 0)
        processor.signal(SIGTERM)
        #expect(try processor.wait(seconds: 15).status == 0)
    }
}
