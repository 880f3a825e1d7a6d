import CryptoCore
import KafkaClient
import ServiceKit
import ServiceRuntime
import System
import TestSupport
import TestTraits
import Testing

@testable import ProcessorService

@Suite("The processor on the embedded broker", .waiting)
struct ProcessorServiceTests {
    private static let minute: Int64 = 1_763_719_200_000

    @Test("ticks become windows and trends; a stop ends it; hostile records become dead letters")
    func windows() throws {
        let bench = try Bench(["--idle-timeout", "0"])
        let series = Series(source: "bybit", symbol: "BTC-USDT")
        for i in 0..<200 { try bench.send(series, id: "\(i)", at: ProcessorServiceTests.minute + Int64(i) * 1_000) }
        try bench.send(key: "bybit:BTC-USDT", value: "rubbish")
        let records = try bench.read([.tumbling, .trends, .deadLetter], atLeast: 3 + 3 + 1)
        #expect(records[.tumbling]?.count == 3)
        #expect(records[.trends]?.count == 3)
        #expect(records[.deadLetter] == ["rubbish"])
        let counts = try records[.tumbling, default: []].map { text in
            try WindowAggregate(decoding: Array(text.utf8).span.bytes).count
        }
        #expect(counts == [60, 60, 60])
        try bench.finish()
        #expect(bench.report.counts["windows.tumbling"] == 3)
    }

    @Test("alone it reads every partition from its beginning, at once, and leaves nothing that nobody reads")
    func alone() throws {
        let bench = try Bench(["--idle-timeout", "0"], membership: .alone)
        for symbol in ["BTC-USDT", "ETH-USDT", "SOL-USDT", "XRP-USDT"] {
            let series = Series(source: "bybit", symbol: symbol)
            for i in 0..<70 { try bench.send(series, id: "\(i)", at: ProcessorServiceTests.minute + Int64(i) * 1_000) }
        }
        #expect(try bench.read([.tumbling], atLeast: 4)[.tumbling]?.count == 4)
        #expect(waitUntil(seconds: 20) { bench.report.counts["windows.tumbling"] == 4 })
        #expect(try bench.get("/health/ready").status == 200)
        let read = (0..<2).compactMap { partition in
            bench.report.readPosition(of: TopicPartition(topic: "crypto.ticks", partition: partition))
        }
        #expect(read.reduce(0, +) == 280)
        #expect(try bench.ends(of: .state) == [0, 0])
        try bench.finish()
    }

    @Test("a quiet series is closed by the clock once its partition was read to its end")
    func quiet() throws {
        let bench = try Bench(["--idle-timeout", "1s", "--lateness", "0"])
        let series = Series(source: "bybit", symbol: "BTC-USDT")
        // Five seconds before a minute's end: the clock has to go that far.
        try bench.send(series, id: "1", at: ProcessorServiceTests.minute + 57_000)
        let records = try bench.read([.tumbling], atLeast: 1)
        #expect(records[.tumbling]?.count == 1)
        try bench.finish()
    }

    @Test("a record that is too large for a dead letter is named there, and the stream goes on")
    func large() throws {
        let bench = try Bench(["--idle-timeout", "0"])
        let series = Series(source: "bybit", symbol: "BTC-USDT")
        try bench.send(key: series.description, value: String(repeating: "x", count: 1_040_000))
        for i in 0..<70 { try bench.send(series, id: "\(i)", at: ProcessorServiceTests.minute + Int64(i) * 1_000) }
        let records = try bench.read([.tumbling, .deadLetter], atLeast: 2)
        #expect(records[.tumbling]?.count == 1)
        #expect(records[.deadLetter] == [""])
        try bench.finish()
    }

    @Test("--minutes ends it when so many minutes are final")
    func minutes() throws {
        let bench = try Bench(["--idle-timeout", "0", "--minutes", "2"])
        let series = Series(source: "bybit", symbol: "BTC-USDT")
        for i in 0..<200 { try bench.send(series, id: "\(i)", at: ProcessorServiceTests.minute + Int64(i) * 1_000) }
        #expect(waitUntil(seconds: 60) { !bench.thread.isRunning })
        try bench.finish()
    }
}
