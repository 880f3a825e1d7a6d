import CryptoCore
import Foundation
import ServiceRuntime
import TestTraits
import Testing

@testable import AlerterService

@Suite("The alerter on a broker", .waiting)
struct AlerterServiceTests {
    private static let rule = """
        {"alert":"High","expr":"window.close > 100","match":{"symbol":"BTC-*"},"labels":{"severity":"info"},
         "annotations":{"summary":"{{ $labels.symbol }} at {{ $value }}"}}
        """

    @Test(
        "says once when a rule begins to fire for a series and once when it ends; rubbish and other series change nothing"
    )
    func alerts() throws {
        let bench = try Bench(AlerterServiceTests.rule)
        for (number, close) in [100.0, 101, 102, 99, 103].enumerated() {
            try bench.sendMinute("BTC-USDT", Int64(number), close: close)
            try bench.sendMinute("ETH-USDT", Int64(number), close: close)
            try bench.send(.tumbling, key: "bybit:BTC-USDT", value: Array("rubbish".utf8))
        }
        let alerts = try bench.alerts(atLeast: 3)
        #expect(alerts.map(\.state) == [.firing, .resolved, .firing])
        #expect(alerts.map { ($0.asOf - Bench.minute) / 60_000 } == [2, 4, 5])
        #expect(alerts.map(\.value) == [101, 99, 103])
        #expect(alerts.map(\.summary) == ["BTC-USDT at 101", "BTC-USDT at 99", "BTC-USDT at 103"])
        #expect(Set(alerts.map(\.fingerprint)).count == 1 && alerts.allSatisfy { $0.series.symbol == "BTC-USDT" })
        try bench.finish()
    }

    @Test(
        "alone and in a group it reads the topics that rules name, whatever others there are",
        arguments: [Membership.alone, .group])
    func chosenTopics(membership: Membership) throws {
        let bench = try Bench(#"{"alert":"Above","expr":"tick.price > 1"}"#, membership: membership)
        let series = Series(source: "bybit", symbol: "BTC-USDT")
        let now = Int64(Date.timeIntervalSinceReferenceDate * 1_000) + 978_307_200_000
        let trade = Tick.Trade(tradeID: "1", price: 2, quantity: 1, side: nil)
        let tick = Tick(series: series, kind: .trade(trade), eventTime: now, ingestTime: now)
        try bench.send(.ticks, key: series.description, value: tick.encoded())
        #expect(try bench.alerts(atLeast: 1).map(\.value) == [2])
        try bench.finish()
    }

    @Test("a feed that has told nothing for a while is silent, until it speaks")
    func silence() throws {
        let bench = try Bench(#"{"alert":"Silent","expr":"absent(tick, 2s)"}"#)
        let series = Series(source: "bybit", symbol: "BTC-USDT")
        func trade(_ id: String) throws {
            let now = Int64(Date.timeIntervalSinceReferenceDate * 1_000) + 978_307_200_000
            let trade = Tick.Trade(tradeID: id, price: 1, quantity: 1, side: nil)
            let tick = Tick(series: series, kind: .trade(trade), eventTime: now, ingestTime: now)
            try bench.send(.ticks, key: series.description, value: tick.encoded())
        }
        try trade("1")
        #expect(try bench.alerts(atLeast: 1).map(\.state) == [.firing])
        try trade("2")
        #expect(try bench.alerts(atLeast: 2).map(\.state) == [.firing, .resolved])
        try bench.finish()
    }
}
