import CryptoCore
import Foundation
import Synchronization
import TestSupport
import TestTraits
import Testing

@Suite("Prices polled from CoinGecko", .serialized, .waiting)
struct PriceTests {
    @Test(
        "the producer's prices from a simulated CoinGecko become quotes; an unchanged one comes once",
        .enabled(if: Servers.kafka != nil))
    func simulated() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let polls = Mutex(0)
        let start = Int64(Date().timeIntervalSince1970) - 60
        let server = try LoopbackServer { request, connection in
            guard request.path.hasPrefix("/gecko/api/v3/simple/price") else {
                return try connection.reply(404, "no such page")
            }
            let poll = polls.withLock { polls -> Int64 in
                polls += 1
                return Int64(polls)
            }
            // Bitcoin has news each time, the ether's price is always the same one.
            try connection.reply(
                200,
                """
                {"bitcoin":{"usd":\(65_000 + poll),"usd_24h_change":1.5,"last_updated_at":\(start + poll)},\
                "ethereum":{"usd":2000.5,"usd_market_cap":null,"last_updated_at":\(start)}}
                """)
        }
        let producer = try line.start(
            "producer",
            [
                "--symbols", "bitcoin", "ethereum", "--interval", "1",
                "--endpoint", "coingecko=http://127.0.0.1:\(server.port)/gecko",
            ])
        #expect(waitUntil(seconds: 60) { polls.withLock { $0 } >= 2 }, "\(producer.errorsSoFar.suffix(800))")
        #expect(
            try waitUntil(seconds: 60) { try quotes(line, "BTC-USD").count >= 2 }, "\(producer.errorsSoFar.suffix(800))"
        )
        producer.signal(SIGTERM)
        #expect(try producer.wait(seconds: 10).status == 0)
        let bitcoin = try quotes(line, "BTC-USD")
        #expect(Set(bitcoin.map(\.eventTime)).count == bitcoin.count)
        #expect(try quotes(line, "ETH-USD").map(\.eventTime) == [start * 1000])
    }

    private func quotes(_ line: Line, _ symbol: String) throws -> [Tick] {
        try line.values("ticks").map { try Tick(decoding: Array($0.utf8).span.bytes) }.filter { tick in
            guard case .quote = tick.kind else { return false }
            return tick.series.symbol == symbol
        }
    }
}
