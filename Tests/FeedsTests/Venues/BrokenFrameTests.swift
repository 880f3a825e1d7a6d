import CryptoCore
import Foundation
import Testing

@testable import Feeds

@Suite("Frames that cannot be read")
struct BrokenFrameTests {
    private static let symbols = ["BTC-USDT", "ETH-USDT"]

    private static let swaps = symbols.map { symbol in
        var market = ListedMarket(symbol, name: "\(symbol)-SWAP")
        market.contractSize = "0.01"
        return market
    }

    /// The venues whose trades are not numbered, with what they call the first market's trades.
    private static let venues: [(venue: any StreamVenue, channel: String)] = [
        (Bybit(.spot, anySymbol: false), #""topic":"publicTrade.BTCUSDT""#),
        (Bybit(.linear, anySymbol: false), #""topic":"publicTrade.BTCUSDT""#),
        (OKX(.spot, []), #""arg":{"channel":"trades-all","instId":"BTC-USDT"}"#),
        (OKX(.swap, swaps), #""arg":{"channel":"trades-all","instId":"BTC-USDT-SWAP"}"#),
    ]

    /// The symbols that a frame leaves a hole in.
    private func broken(_ venue: any StreamVenue, _ frame: String) throws -> [String] {
        var venue = venue
        var writer = TickWriter(remembering: 10)
        for symbol in Self.symbols { venue.add(symbol: symbol, to: &writer) }
        let bytes = Array(frame.utf8)
        #expect(throws: DecodeError.self) { try venue.decode(bytes, into: &writer) }
        let found = venue.brokenSeries.map { writer.series[$0].symbol }
        _ = try venue.decode(Array("{}".utf8), into: &writer)
        #expect(venue.brokenSeries.isEmpty && writer.batch.isEmpty)
        return found
    }

    @Test(
        "where trades are not numbered, one is a hole of its market, and of all where it does not say of which",
        arguments: 0..<4)
    func markets(index: Int) throws {
        let (venue, channel) = Self.venues[index]
        for frame in ["{\(channel),\"data\":[{}]}", "{\(channel),\"data\":[", "{\(channel)}"] {
            #expect(try broken(venue, frame) == ["BTC-USDT"], "\(frame)")
        }
        for frame in ["", "x", "{", "{\"data\":[{}", String("{\(channel)".dropLast(3))] {
            #expect(try broken(venue, frame) == Self.symbols, "\(frame)")
        }
        let other = channel.replacingOccurrences(of: "BTC", with: "XRP")
        #expect(try broken(venue, "{\(other),\"data\":[") == [], "nobody wants it")
    }

    @Test("where trades are numbered the next one tells of the hole, and a recording has none")
    func numbered() throws {
        let venues: [any StreamVenue] = [
            Binance(anySymbol: false), Coinbase(anySymbol: false), Kraken(anySymbol: false), OKX(),
            Bybit(.spot, anySymbol: true),
        ]
        for venue in venues { #expect(try broken(venue, "{") == []) }
    }

    @Test("a session lets every market of its connection begin a hole")
    func session() throws {
        var writer = TickWriter(remembering: 100)
        var events: [FeedEvent] = []
        var session = SubscriptionSession(Bybit(.spot, anySymbol: false), symbols: Self.symbols, writer: &writer)
        let now = Moment(monotonic: 0, wall: 1_790_000_000_000)
        func receive(_ frame: String) throws {
            _ = try session.received(Array(frame.utf8).span.bytes, at: now, into: &writer, events: &events)
        }
        func trade(_ name: String, _ id: Int) -> String {
            #"{"topic":"publicTrade.\#(name)","data":[{"T":\#(now.wall + Int64(id)),"s":"\#(name)","S":"Sell","v":"1","p":"2","i":"\#(id)"}]}"#
        }
        for name in ["BTCUSDT", "ETHUSDT"] { try receive(trade(name, 1)) }
        #expect(throws: DecodeError.self) { try receive(#"{"topic":"public"#) }
        for name in ["BTCUSDT", "ETHUSDT"] { try receive(trade(name, 2)) }
        let gaps = try writer.batch.ticks().filter { $0.gap?.reason == "malformed" }
        #expect(Set(gaps.map(\.series.symbol)) == Set(Self.symbols))
    }
}
