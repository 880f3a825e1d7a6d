import Foundation
import TestSupport
import TestTraits
import Testing

@Suite("A recorded run, played again on a real Kafka", .serialized, .waiting)
struct RecordedRunTests {
    /// The records of the ticks' topic: of each series in order, byte for byte.
    private func ticks(_ line: Line) throws -> [String: [String]] {
        try line.values("ticks").reduce(into: [:]) { series, value in
            let object = try JSONSerialization.jsonObject(with: Data(value.utf8)) as? [String: Any] ?? [:]
            series["\(object["source"] ?? ""):\(object["symbol"] ?? "")", default: []].append(value)
        }
    }

    @Test(
        "reconnects, holes, refused prices and Kafka away: the same bytes, in order, series by series",
        .enabled(if: Servers.hasOwnKafka))
    func sameBytes() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        let kafka = OwnKafka(in: folder)
        defer { kafka.end() }
        try kafka.start()
        let coinbase = try ExchangeSimulator(.coinbase, symbols: ["BTC-USD", "ETH-USD"], perSecond: 40, seed: 5)
        let bybit = try ExchangeSimulator(.bybit, symbols: ["BTC-USDT", "ETH-USDT"], perSecond: 40, seed: 6)
        let prices = try ExchangeSimulator(.coingecko, symbols: ["BTC-USD", "ETH-USD"], perSecond: 2, seed: 7)
        defer { for exchange in [coinbase, bybit, prices] { exchange.stop() } }

        let live = try Line(kafka.bootstrap)
        defer { live.remove() }
        let recording = folder.appendingPathComponent("day.jsonl.gz").path
        let producer = try live.start(
            "producer",
            [
                "--source", "coinbase", "bybit", "coingecko", "--symbols", "BTC", "ETH", "--interval", "1s",
                "--endpoint", "coinbase=\(coinbase.url)", "bybit=\(bybit.url)", "coingecko=\(prices.url)", "--record",
                recording, "--buffer", "0", "--kafka-config", "queue.buffering.max.messages=300",
            ])
        try waitFor("both exchanges", seconds: 60) { coinbase.isHeardWhole && bybit.isHeardWhole }
        for fault in [.missing(3), .cut] as [ExchangeFault] {
            for exchange in [coinbase, bybit] {
                let before = exchange.market.count(of: 0)
                #expect(exchange.strike(fault))
                try waitFor("\(fault)", seconds: 60) {
                    exchange.isHeardWhole && exchange.market.count(of: 0) > before + 10
                }
            }
            #expect(prices.strike(.restRefuse(status: 429, retryAfter: 2, times: 1)))
        }
        kafka.holdKafka()
        bybit.market.setRate(perSecond: 3_000)
        try waitFor("a full buffer", seconds: 60) { producer.errorsSoFar.contains("ticks are dropped") }
        bybit.market.setRate(perSecond: 40)
        kafka.resumeKafka()
        // Everything that waited is on the topic then, and the gap that tells of what was dropped.
        try waitFor("a producer that is ready", seconds: 60) {
            try live.get(producer, "/health/ready").contains(#""status":"ready""#)
        }
        try waitFor("an empty buffer", seconds: 60) {
            try live.get(producer, "/metrics").contains("cryptostream_producer_buffered_ticks{source=\"bybit\"} 0\n")
        }
        let written = try live.end(of: "ticks")
        try waitFor("ticks behind what waited", seconds: 60) { try live.end(of: "ticks") > written + 100 }
        producer.signal(SIGTERM)
        let end = try producer.wait(seconds: 30)
        #expect(end.status == 0, "\(end.errors.suffix(2_000))")
        let wanted = try ticks(live)

        let again = try Line(kafka.bootstrap)
        defer { again.remove() }
        let replay = try again.start("producer", ["--source", "replay", "--file", recording, "--speed", "max"])
        #expect(try replay.wait(seconds: 60).status == 0)
        let played = try ticks(again)
        #expect(Set(played.keys) == Set(wanted.keys) && wanted.count == 6)
        for (series, values) in wanted {
            #expect(played[series] == values, "\(series): \(played[series]?.count ?? 0) of \(values.count)")
        }
        let all = wanted.values.flatMap { $0 }.joined()
        for mark in ["\"backfilled\":true", "\"reason\":\"start\"", "\"reason\":\"overflow\"", "\"kind\":\"quote\""] {
            #expect(all.contains(mark), "no \(mark)")
        }
    }
}
