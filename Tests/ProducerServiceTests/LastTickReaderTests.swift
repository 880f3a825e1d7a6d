import CryptoCore
import Feeds
import KafkaClient
import TestTraits
import Testing

@testable import ProducerService

@Suite("Where the series stand on the topic", .waiting)
struct LastTickReaderTests {
    @Test("a series' last tick is found in its key's partition, and where it lay before partitions were added")
    func elsewhere() throws {
        let bench = try Bench(["--source", "synthetic"])
        let producer = try KafkaProducer(bench.broker.configuration, onLog: { _, _, _ in })
        let topic = try producer.topic("crypto.ticks")
        let moved = Series(source: "bybit", symbol: "BTC-USDT"), stayed = Series(source: "bybit", symbol: "ETH-USDT")
        let new = Series(source: "bybit", symbol: "XRP-USDT")
        func send(_ series: Series, _ partition: Int32, at time: Int64) throws {
            let trade = Tick.Trade(tradeID: "\(time)", price: 100, quantity: 1, side: .buy)
            let tick = Tick(series: series, kind: .trade(trade), eventTime: time, ingestTime: time)
            let isQueued = try producer.produce(
                topic: topic, partition: partition, key: Array(series.description.utf8), value: tick.encoded())
            try #require(isQueued)
        }
        let home = partition(forKey: moved.description, count: 3)
        for partition in Int32(0)..<3 where partition != home {
            try send(moved, partition, at: 1_000 + Int64(partition))
        }
        try send(stayed, partition(forKey: stayed.description, count: 3), at: 5_000)
        try send(stayed, (partition(forKey: stayed.description, count: 3) + 1) % 3, at: 9_000)
        #expect(try producer.flush(timeoutMs: 20_000))
        let last = try LastTickReader(bench.context).lastTicks(of: [moved, stayed, new], partitions: 3)
        #expect(last[moved]?.eventTime == 1_000 + Int64(home == 2 ? 1 : 2))
        #expect(last[stayed]?.eventTime == 5_000)
        #expect(last[new] == nil)
    }
}
