import CryptoCore
import Feeds
import Foundation
import TestSupport
import Testing

@Suite("Binance frames")
struct BinanceTests {
    static let spotFrame =
        #"{"stream":"btcusdt@trade","data":{"e":"trade","E":1680652800000,"s":"BTCUSDT","t":3071245454,"p":"28165.47000000","q":"0.00056000","b":20720542158,"a":20720542592,"T":1680652799999,"m":true,"M":true}}"#
    static let futuresFrame =
        #"{"stream":"btcusdt@trade","data":{"e":"trade","E":1680652700455,"T":1680652700452,"s":"BTCUSDT","t":3535186032,"p":"28145.10","q":"0.002","X":"MARKET","m":false}}"#

    private func ticks(_ frame: String) throws -> [Tick] {
        var binance = Binance(anySymbol: true)
        var writer = TickWriter()
        _ = try binance.decode(Array(frame.utf8), into: &writer)
        return try writer.batch.ticks()
    }

    @Test("the recorded spot frame becomes this tick: the buyer was the maker, so the taker sold")
    func spot() throws {
        #expect(
            try ticks(Self.spotFrame) == [
                Tick(
                    series: Series(source: "binance", symbol: "BTC-USDT"),
                    kind: .trade(
                        Tick.Trade(tradeID: "3071245454", price: 28165.47, quantity: 0.00056, side: .sell)),
                    eventTime: 1_680_652_799_999, ingestTime: Frames.receivedMs)
            ])
    }

    @Test("a raw frame is the combined one without its envelope")
    func raw() throws {
        let inner = Self.futuresFrame.dropFirst(#"{"stream":"btcusdt@trade","data":"#.count).dropLast()
        #expect(try ticks(String(inner)) == ticks(Self.futuresFrame))
        #expect(try ticks(Self.futuresFrame).first?.series.source == "binance-linear")
        #expect(try ticks(Self.futuresFrame).first?.trade?.side == .buy)
    }

    @Test(
        "other events and prints off the market are no trades",
        arguments: [
            futuresFrame.replacingOccurrences(of: "MARKET", with: "INSURANCE_FUND"),
            futuresFrame.replacingOccurrences(of: "\"trade\"", with: "\"aggTrade\""),
            #"{"stream":"x","data":[{"e":"trade"}]}"#, "{}",
        ])
    func others(frame: String) throws { #expect(try ticks(frame).isEmpty) }

    @Test(
        "a trade without its fields, or with a symbol without a quote, throws",
        arguments: [
            spotFrame.replacingOccurrences(of: "\"t\":3071245454,", with: ""),
            spotFrame.replacingOccurrences(of: "\"T\":1680652799999,", with: ""),
            spotFrame.replacingOccurrences(of: "\"BTCUSDT\"", with: "\"NOPE\""),
            spotFrame.replacingOccurrences(of: "\"m\":true", with: "\"m\":\"true\""),
            spotFrame.replacingOccurrences(of: "\"s\":", with: "\"x\":"),
            spotFrame.replacingOccurrences(of: "\"p\":", with: "\"x\":"),
            spotFrame.replacingOccurrences(of: "\"q\":", with: "\"x\":"),
        ])
    func broken(frame: String) { #expect(throws: DecodeError.self) { try ticks(frame) } }

    @Test(
        "a trade whose price, quantity or time is none is counted once and not written",
        arguments: [("28165.47000000", "0"), ("0.00056000", "x"), ("1680652799999", "99999999999999999")])
    func malformed(value: String, other: String) throws {
        var binance = Binance(anySymbol: true)
        var writer = TickWriter()
        let frame = Self.spotFrame.replacingOccurrences(of: value, with: other)
        #expect(try binance.decode(Array(frame.utf8), into: &writer) == .data(added: 0))
        #expect(writer.batch.isEmpty && writer.counters.malformed == 1)
    }

    @Test(
        "answers and announcements are told apart",
        arguments: [
            (#"{"result":null,"id":1}"#, StreamMessage.acknowledged(requestID: "1", symbols: [])),
            (#"{"id":"a-7","result":[]}"#, .acknowledged(requestID: "a-7", symbols: [])),
            (
                #"{"code":2,"msg":"Invalid request: unknown field","id":3}"#,
                .refused(requestID: "3", symbol: nil, .passing(reason: "Invalid request: unknown field"))
            ),
            (
                #"{"code":3,"msg":"Invalid JSON: x"}"#,
                .refused(requestID: nil, symbol: nil, .passing(reason: "Invalid JSON: x"))
            ),
            (
                #"{"error":{"code":1,"msg":"Invalid value type"},"id":null}"#,
                .refused(requestID: nil, symbol: nil, .passing(reason: "Invalid value type"))
            ),
            (
                #"{"error":{"code":1},"id":9}"#,
                .refused(requestID: "9", symbol: nil, .passing(reason: "no reason given"))
            ),
            (#"{"e":"serverShutdown","E":1770123456789}"#, .closing(reason: "the venue shuts this server down")),
            (
                #"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}"#,
                .closing(reason: "the venue shuts this server down")
            ),
        ])
    func answers(frame: String, message: StreamMessage) throws {
        var binance = Binance(anySymbol: false)
        var writer = TickWriter()
        #expect(try binance.decode(Array(frame.utf8), into: &writer) == message)
        #expect(writer.batch.isEmpty)
    }

    @Test("requests name streams in lower case and carry their id")
    func requests() {
        let binance = Binance(anySymbol: false)
        #expect(
            binance.request(.subscribe, ["BTC-USDT", "ETH-USDT"], requestID: 7)
                == #"{"method":"SUBSCRIBE","params":["btcusdt@trade","ethusdt@trade"],"id":7}"#)
        #expect(
            binance.request(.unsubscribe, ["BTC-USDT"], requestID: 8)
                == #"{"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":8}"#)
        #expect(binance.address(["BTC-USDT"]) == "wss://stream.binance.com:9443/stream")
    }

    @Test("times in microseconds are milliseconds")
    func microseconds() throws {
        let frame = Self.spotFrame.replacingOccurrences(of: "1680652799999", with: "1680652799999321")
        #expect(try ticks(frame) == ticks(Self.spotFrame))
    }

    @Test("a live feed writes only the spot symbols it asked for")
    func live() throws {
        var binance = Binance(anySymbol: false)
        var writer = TickWriter()
        binance.add(symbol: "ETH-USDT", to: &writer)
        #expect(try binance.decode(Array(Self.spotFrame.utf8), into: &writer) == .data(added: 0))
        #expect(try binance.decode(Array(Self.futuresFrame.utf8), into: &writer) == .data(added: 0))
        #expect(writer.batch.isEmpty)
        binance.add(symbol: "BTC-USDT", to: &writer)
        #expect(try binance.decode(Array(Self.spotFrame.utf8), into: &writer) == .data(added: 1))
    }

    @Test("a frame cut anywhere throws", arguments: [spotFrame, futuresFrame])
    func truncations(frame: String) {
        let bytes = Array(frame.utf8)
        var binance = Binance(anySymbol: true)
        var writer = TickWriter()
        for count in bytes.indices {
            #expect(throws: DecodeError.self) { try binance.decode(Array(bytes[..<count]), into: &writer) }
        }
        #expect(writer.batch.isEmpty)
    }

    @Test(
        "every recorded trade is read: ids have no gap, times never go back", .enabled(if: SharedData.isPresent),
        arguments: [
            ("ws-spot-btcusdt-trade-20240808T2354-20240809T0005", 19_904, 0),
            ("ws-spot-ethusdt-trade-20240808T2354-20240809T0005", 14_515, 0),
            ("ws-usdm-btcusdt-trade-20240808T2354", 21_313, 0), ("ws-usdm-ethusdt-trade-20240808T2354", 14_076, 0),
            ("ws-usdm-btcusdt-trade-20230404T2358-20230405T0006", 12_935, 1),
            ("ws-spot-btcusdt-trade-20230405T0000", 3_144, 0),
        ])
    func recordings(file: String, frames: Int, offMarket: Int) throws {
        var binance = Binance(anySymbol: true)
        var writer = TickWriter()
        var ignored = 0
        for frame in try Frames.stamped("data/binance/\(file).txt.gz") {
            if try binance.decode(frame, into: &writer) == .ignored { ignored += 1 }
        }
        let ticks = try writer.batch.ticks()
        #expect(ticks.count == frames - offMarket)
        #expect(ignored == offMarket)
        let ids = ticks.compactMap { $0.trade.flatMap { Int64($0.tradeID) } }
        #expect(ids.count == ticks.count)
        #expect(zip(ids, ids.dropFirst()).count { $1 != $0 + 1 } == offMarket)
        #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0.eventTime <= $1.eventTime })
        #expect(Set(ticks.map(\.series.source)) == [file.contains("usdm") ? "binance-linear" : "binance"])
    }

    @Test("aggregate trades and candles are no trades", .enabled(if: SharedData.isPresent))
    func aggregates() throws {
        var binance = Binance(anySymbol: true)
        var writer = TickWriter()
        for (_, frame) in try Frames.recorded("data/binance/ws-futures-aggtrade-kline-20210722.jsonl.gz") {
            #expect(try binance.decode(frame, into: &writer) == .ignored)
        }
        #expect(writer.batch.isEmpty)
    }
}
