import CryptoCore
import KafkaClient
import TestSupport
import TestTraits
import Testing

@testable import DashboardService

@Suite("Live records from Kafka", .waiting)
struct LiveReaderTests {
    @Test("a dashboard that is ready shows whatever comes from then on", arguments: 0..<3)
    func ready(round: Int) throws {
        let running = try RunningDashboard()
        try waitFor("the dashboard", seconds: 20) { try running.answer("/health/ready").status == 200 }
        let producer = try KafkaProducer(
            KafkaConfiguration(brokers: running.broker.bootstrap), lingerMs: 0, onLog: { _, _, _ in })
        let topic = try producer.topic(Topic.ticks.name(prefix: "crypto"))
        let series = Series(source: "bybit", symbol: "NEW-USDT")
        let trade = Tick.Trade(tradeID: "1", price: 7, quantity: 1, side: .buy)
        let tick = Tick(series: series, kind: .trade(trade), eventTime: 1_000, ingestTime: 1_000)
        #expect(try producer.produce(topic: topic, key: Array(series.description.utf8), value: tick.encoded()))
        #expect(try producer.flush(timeoutMs: 10_000))
        try waitFor("its row", seconds: 20) { try running.answer("/api/live").body.contains("NEW-USDT") }
    }
}
