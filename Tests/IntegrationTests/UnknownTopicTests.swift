import CryptoCore
import Foundation
import KafkaClient
import TestSupport
import TestTraits
import Testing

@Suite("The topic of the ticks is unknown for a while", .waiting)
struct UnknownTopicTests {
    @Test(
        "the producer is not ready and goes on: nothing that was not acknowledged before is missing afterwards",
        .enabled(if: Servers.kafka != nil))
    func goesOn() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        // Kafka's client then sees soon that the topic is not there.
        let producer = try line.start(
            "producer",
            [
                "--source", "synthetic", "--symbols", "BTC", "ETH", "--rate", "200", "--kafka-config",
                "topic.metadata.refresh.interval.ms=1000", "topic.metadata.propagation.max.ms=1000",
            ])
        try waitFor("ticks", seconds: 60) { (try? line.end(of: "ticks")) ?? 0 > 400 }
        try line.deleteTopic("ticks")
        try waitFor("the producer's word on it", seconds: 60) {
            producer.errorsSoFar.contains("Kafka does not know the topic")
        }
        try waitFor("a producer that is not ready", seconds: 60) {
            try line.get(producer, "/health/ready").contains("ticks wait for Kafka")
        }
        #expect(producer.isRunning)
        try line.send([])  // makes the topic anew
        try waitFor("a producer that is ready", seconds: 60) {
            try line.get(producer, "/health/ready").contains(#""status":"ready""#)
        }
        try waitFor("ticks again", seconds: 60) { try line.end(of: "ticks") > 1_000 }
        producer.signal(SIGTERM)
        #expect(try producer.wait(seconds: 15).status == 0)
        // The generator numbers its trades over all series; each series' are in order.
        var all: [Int64] = []
        var last: [Series: Int64] = [:]
        for value in try line.values("ticks") {
            let tick = try Tick(decoding: Array(value.utf8).span.bytes)
            guard case .trade(let trade) = tick.kind else { continue }
            let number = try #require(trade.tradeID.split(separator: "-").last.flatMap { Int64($0) })
            #expect(number > last[tick.series] ?? -1)
            last[tick.series] = number
            all.append(number)
        }
        all.sort()
        #expect(zip(all, all.dropFirst()).allSatisfy { $1 == $0 + 1 } && all.count > 1_000)
    }
}
