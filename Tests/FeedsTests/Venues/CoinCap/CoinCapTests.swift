import CryptoCore
import Feeds
import Foundation
import TestSupport
import Testing

@Suite("CoinCap frames")
struct CoinCapTests {
    static let tradeFrame =
        #"{"exchange":"binance","base":"enzyme","quote":"tether","direction":"buy","price":36.59,"volume":0.901,"timestamp":1666422331415,"priceUsd":36.61348314172131}"#
    static let pricesFrame = #"{"bitcoin":"65114.2071234567","ethereum":"1919.41"}"#

    private static let markets = [
        CoinGecko.Market(coinID: "bitcoin", symbol: "BTC-USD"), .init(coinID: "ethereum", symbol: "ETH-USD"),
    ]

    static var coins: Coins {
        var coins = Coins()
        coins.add(id: "bitcoin", ticker: "BTC")
        coins.add(id: "tether", ticker: "USDT")
        return coins
    }

    private func live(_ writer: inout TickWriter) -> CoinCap {
        var coinCap = CoinCap(Self.markets, key: "a key/1")
        for market in Self.markets { coinCap.add(symbol: market.symbol, to: &writer) }
        return coinCap
    }

    private func decode(_ frame: String) throws -> (message: StreamMessage, ticks: [Tick]) {
        var writer = TickWriter()
        var coinCap = live(&writer)
        let message = try coinCap.decode(Array(frame.utf8), into: &writer)
        return (message, try writer.batch.ticks())
    }

    private func quote(_ symbol: String, _ price: Double) -> Tick {
        Tick(
            series: Series(source: "coincap", symbol: symbol), kind: .quote(Tick.Quote(price: price)),
            eventTime: Frames.receivedMs, ingestTime: Frames.receivedMs)
    }

    @Test("prices are quotes in USD at the time of receipt; only those that changed come, and others are nobody's")
    func prices() throws {
        #expect(
            try decode(Self.pricesFrame).ticks == [quote("BTC-USD", 65114.2071234567), quote("ETH-USD", 1919.41)])
        let (message, ticks) = try decode(#"{"dogecoin":"0.1","ethereum":1919.5,"bitcoin":"0"}"#)
        #expect(message == .data(added: 1) && ticks == [quote("ETH-USD", 1919.5)])
    }

    @Test("coins and key are in the address, and nothing is subscribed")
    func address() {
        var writer = TickWriter()
        let coinCap = live(&writer)
        #expect(
            coinCap.address(["BTC-USD", "ETH-USD"])
                == "wss://wss.coincap.io/prices?assets=bitcoin,ethereum&apiKey=a%20key%2F1")
        #expect(coinCap.request(.subscribe, ["BTC-USD"], requestID: 1) == nil)
        #expect(!coinCap.profile.limits.answersRequests && coinCap.profile.keyVariable == "COINCAP_API_KEY")
    }

    @Test(
        "what is no price is told apart",
        arguments: [
            ("Unauthorized: no credits left", StreamMessage.unauthorized(reason: "Unauthorized: no credits left")),
            (
                #"{"data":{"message":"We are deprecating this version"},"timestamp":1744796832910}"#,
                .unauthorized(reason: "We are deprecating this version")
            ),
            (#"{"error":"too many"}"#, .refused(requestID: nil, symbol: nil, .passing(reason: "too many"))),
            (tradeFrame, .ignored), ("{}", .data(added: 0)), (#"{"bitcoin":null}"#, .data(added: 0)),
        ])
    func answers(frame: String, message: StreamMessage) throws {
        let (found, ticks) = try decode(frame)
        #expect(found == message && ticks.isEmpty)
    }

    @Test("the recorded trade of version 2 becomes this tick; coins have their tickers where they are known")
    func oldTrade() throws {
        var coinCap = CoinCap(recordingsOf: Self.coins)
        var writer = TickWriter(remembering: 100)
        #expect(try coinCap.decode(Array(Self.tradeFrame.utf8), into: &writer) == .data(added: 1))
        let tick = try #require(writer.batch.ticks().first)
        #expect(tick.series == Series(source: "coincap-binance", symbol: "ENZYME-USDT"))
        #expect(tick.eventTime == 1_666_422_331_415)
        let trade = try #require(tick.trade)
        #expect(trade.price == 36.59 && trade.quantity == 0.901 && trade.side == .buy && trade.tradeID.count == 16)
        // Its id is of all fields: `priceUsd`, which may be absent, is none of its own.
        let bare = Self.tradeFrame.replacingOccurrences(of: ",\"priceUsd\":36.61348314172131", with: "")
        #expect(try coinCap.decode(Array(bare.utf8), into: &writer) == .data(added: 0))
        let other = Self.tradeFrame.replacingOccurrences(of: "0.901", with: "901")
        #expect(try coinCap.decode(Array(other.utf8), into: &writer) == .data(added: 1))
    }

    @Test("a frame cut anywhere throws", arguments: [tradeFrame, pricesFrame])
    func truncations(frame: String) {
        let bytes = Array(frame.utf8)
        var writer = TickWriter()
        var recorded = CoinCap(recordingsOf: Self.coins)
        var live = live(&writer)
        for count in bytes.indices {
            #expect(throws: DecodeError.self) { try recorded.decode(Array(bytes[..<count]), into: &writer) }
            #expect(throws: DecodeError.self) { try live.decode(Array(bytes[..<count]), into: &writer) }
        }
        #expect(writer.batch.isEmpty)
    }

    @Test("what was recorded of version 2 is a trade and its end", .enabled(if: SharedData.isPresent))
    func recording() throws {
        struct Recorded: Decodable { let message: String }
        let messages = try JSONDecoder().decode(
            [Recorded].self, from: SharedData.contents("data/coincap/recorded-messages.json")
        ).map(\.message)
        var coinCap = CoinCap(recordingsOf: Self.coins)
        var writer = TickWriter()
        #expect(try coinCap.decode(Array(messages[0].utf8), into: &writer) == .data(added: 1))
        guard case .unauthorized(let reason) = try coinCap.decode(Array(messages[1].utf8), into: &writer) else {
            Issue.record("taken for data")
            return
        }
        #expect(reason.hasPrefix("We are deprecating this version"))
        #expect(writer.batch.count == 1)
    }
}
