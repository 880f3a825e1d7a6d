import CryptoCore
import Feeds
import Foundation
import TestSupport
import Testing

@Suite("Bybit frames")
struct BybitTests {
    static let linearFrame =
        #"{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1786310819681,"data":[{"T":1786310819680,"s":"BTCUSDT","S":"Sell","v":"0.004","p":"65114.20","L":"MinusTick","i":"a9188a0a-82bc-50de-be60-03eedbe3cdd7","BT":false,"RPI":false,"seq":753843954913}]}"#
    static let spotFrame =
        #"{"topic":"publicTrade.ETHUSDT","ts":1786310821917,"type":"snapshot","data":[{"i":"2280000001739247417","T":1786310821917,"p":"1923.28","v":"0.04537","S":"Sell","seq":178477362706,"s":"ETHUSDT","BT":false,"RPI":false}]}"#

    private func decode(
        _ frame: String, _ category: Bybit.Category = .linear
    ) throws -> (message: StreamMessage, ticks: [Tick], bytes: String) {
        var bybit = Bybit(category, anySymbol: true)
        var writer = TickWriter(remembering: 100)
        let message = try bybit.decode(Array(frame.utf8), receivedMs: 1_786_310_820_000, into: &writer)
        var text = ""
        for entry in writer.batch.entries {
            text += writer.batch.withBytes(of: entry) { $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
        }
        return (message, try writer.batch.ticks(), text)
    }

    @Test("the recorded linear frame becomes this tick, byte for byte")
    func goldenLinear() throws {
        let (message, _, bytes) = try decode(Self.linearFrame)
        #expect(message == .data(added: 1))
        #expect(
            bytes
                == #"{"source":"bybit-linear","symbol":"BTC-USDT","kind":"trade","event_time":1786310819680,"ingest_time":1786310820000,"trade_id":"a9188a0a-82bc-50de-be60-03eedbe3cdd7","price":65114.2,"quantity":0.004,"side":"sell"}"#
        )
    }

    @Test("the recorded spot frame becomes this tick, byte for byte")
    func goldenSpot() throws {
        #expect(
            try decode(Self.spotFrame, .spot).bytes
                == #"{"source":"bybit","symbol":"ETH-USDT","kind":"trade","event_time":1786310821917,"ingest_time":1786310820000,"trade_id":"2280000001739247417","price":1923.28,"quantity":0.04537,"side":"sell"}"#
        )
    }

    @Test(
        "bytes written from the frame are the bytes the tick encodes to, whatever the number looks like",
        arguments: [
            "65114.20", "0.02000000", "100", "100.00", "1", "0.1", "0.0001", "0.00012340", "0.00001", "0.000000015",
            "1e3",
            "3.844E-5", "123456789012345", "1234567890123456", "12345678901234567890", "0.1234567890123456789",
            "999999999999999.9", "9007199254740993", "1000000000000000000000", "123456.789012345", "1.10", "10.010",
        ])
    func numbers(text: String) throws {
        let frame = Self.linearFrame.replacingOccurrences(of: "65114.20", with: text)
        let (_, ticks, bytes) = try decode(frame)
        let tick = try #require(ticks.first)
        #expect(tick.trade?.price == Double(text))
        #expect(bytes == String(decoding: tick.encoded(), as: UTF8.self))
    }

    @Test("random decimals come out as the tick encodes them")
    func randomNumbers() throws {
        var rng = SplitMix64(seed: 1)
        for _ in 0..<20_000 {
            let whole = UInt64.random(in: 0...(1 << UInt64.random(in: 0...40)), using: &rng)
            let places = Int.random(in: 0...9, using: &rng)
            let fraction = (0..<places).map { _ in String(Int.random(in: 0...9, using: &rng)) }.joined()
            let text = places == 0 ? "\(whole)" : "\(whole).\(fraction)"
            guard let value = Double(text), value > 0 else { continue }
            let (_, ticks, bytes) = try decode(Self.linearFrame.replacingOccurrences(of: "65114.20", with: text))
            #expect(ticks.first?.trade?.price == value)
            #expect(bytes == String(decoding: try #require(ticks.first).encoded(), as: UTF8.self))
        }
    }

    @Test("times of any length come out as the tick encodes them")
    func times() throws {
        var rng = SplitMix64(seed: 2)
        for _ in 0..<5_000 {
            let time = Int64.random(in: 0...(1 << Int64.random(in: 1...47, using: &rng)), using: &rng)
            var bybit = Bybit(.linear, anySymbol: true)
            var writer = TickWriter()
            let frame = Self.linearFrame.replacingOccurrences(of: "\"T\":1786310819680", with: "\"T\":\(time)")
            _ = try bybit.decode(Array(frame.utf8), receivedMs: time + 7, into: &writer)
            // What looks like seconds is no time of a trade.
            guard !(1_000_000_000..<10_000_000_000).contains(time) else {
                #expect(writer.batch.count == 0)
                continue
            }
            let tick = try #require(writer.batch.ticks().first)
            #expect(tick.eventTime == time && tick.ingestTime == time + 7)
            #expect(writer.batch.lines == [String(decoding: tick.encoded(), as: UTF8.self)])
        }
    }

    @Test(
        "what is no number greater than 0 is counted, and leaves the other trades of the frame alone",
        arguments: [
            "0", "0.00", "-1", "NaN", "inf", "1.", ".5", "01", "1e999", "1 ", "1,5", "0x10",
        ])
    func badNumbers(text: String) throws {
        let bad = Self.linearFrame.replacingOccurrences(of: "65114.20", with: text)
        let item = bad[bad.firstRange(of: "[")!.upperBound..<bad.firstRange(of: "]")!.lowerBound]  // both are there
        let frame = Self.linearFrame.replacingOccurrences(of: "[", with: "[\(item),")
        var bybit = Bybit(.linear, anySymbol: true)
        var writer = TickWriter()
        #expect(try bybit.decode(Array(frame.utf8), into: &writer) == .data(added: 1))
        #expect(writer.counters.malformed == 1)
    }

    @Test("numbers that are no texts are read all the same")
    func looseTypes() throws {
        let item = #"{"T":"1786310819680","s":"BTCUSDT","S":"Sell","v":0.004,"p":65114.20,"i":7,"BT":false}"#
        let ticks = try decode(#"{"topic":"publicTrade.BTCUSDT","data":[\#(item)]}"#).ticks
        #expect(ticks.map(\.trade) == [Tick.Trade(tradeID: "7", price: 65114.2, quantity: 0.004, side: .sell)])
    }

    @Test(
        "a trade that lacks what the venue always tells makes its whole frame malformed: nothing of it is written",
        arguments: [
            "null", "[1]", "{}", #"{"S":3,"BT":"x"}"#,
            without(#""T":1786310819680,"#), without(#""s":"BTCUSDT","#), without(#""S":"Sell","#),
            without(#""v":"0.004","#), without(#""p":"65114.20","#),
            without(#""i":"a9188a0a-82bc-50de-be60-03eedbe3cdd7","#),
            trade.replacingOccurrences(of: "65114.20", with: ""),
            trade.replacingOccurrences(of: "Sell", with: "None"), trade.replacingOccurrences(of: "Sell", with: "sell"),
        ])
    func incomplete(item: String) throws {
        var bybit = Bybit(.linear, anySymbol: false)
        var writer = TickWriter(remembering: 100)
        bybit.add(symbol: "BTC-USDT", to: &writer)
        for data in ["\(Self.trade),\(item)", "\(item),\(Self.trade)"] {
            let frame = Array(#"{"topic":"publicTrade.BTCUSDT","data":[\#(data)]}"#.utf8)
            #expect(throws: DecodeError.self) { try bybit.decode(frame, into: &writer) }
            #expect(bybit.brokenSeries == [writer.series.id(of: Series(source: "bybit-linear", symbol: "BTC-USDT"))])
        }
        #expect(writer.batch.isEmpty && writer.counters == TickWriter.Counters())
        _ = try bybit.decode(Array(Self.linearFrame.utf8), into: &writer)
        #expect(writer.batch.count == 1)
    }

    /// The trade of the linear frame.
    static let trade =
        #"{"T":1786310819680,"s":"BTCUSDT","S":"Sell","v":"0.004","p":"65114.20","L":"MinusTick","i":"a9188a0a-82bc-50de-be60-03eedbe3cdd7","BT":false,"RPI":false,"seq":753843954913}"#

    private static func without(_ member: String) -> String { trade.replacingOccurrences(of: member, with: "") }

    @Test("requests name topics and carry their id")
    func requests() {
        let bybit = Bybit(.spot, anySymbol: false)
        #expect(
            bybit.request(.subscribe, ["BTC-USDT", "ETH-USDT"], requestID: 7)
                == #"{"req_id":"7","op":"subscribe","args":["publicTrade.BTCUSDT","publicTrade.ETHUSDT"]}"#)
        #expect(
            bybit.request(.unsubscribe, ["BTC-USDT"], requestID: 8)
                == #"{"req_id":"8","op":"unsubscribe","args":["publicTrade.BTCUSDT"]}"#)
        #expect(bybit.address(["BTC-USDT"]) == "wss://stream.bybit.com/v5/public/spot")
    }

    @Test("a block trade is marked; unknown keys, another order of keys and data before the topic change nothing")
    func shapes() throws {
        let block = Self.spotFrame.replacingOccurrences(
            of: "\"BT\":false", with: "\"BT\":true,\"new\":[1,{\"x\":null}]")
        #expect(try decode(block, .spot).ticks.first?.trade?.isBlockTrade == true)
        let data = Self.spotFrame[Self.spotFrame.firstRange(of: "\"data\"")!.lowerBound...].dropLast()  // it is there
        let turned = "{\(data),\"type\":\"snapshot\",\"topic\":\"publicTrade.ETHUSDT\"}"
        #expect(try decode(turned, .spot).ticks == decode(Self.spotFrame, .spot).ticks)
    }

    @Test(
        "answers are told apart",
        arguments: [
            (
                #"{"success":true,"ret_msg":"","conn_id":"d8bu1olkndm7crnfs1e0-j6akw","req_id":"","op":"subscribe"}"#,
                StreamMessage.acknowledged(requestID: nil, symbols: [])
            ),
            (
                #"{"success":true,"ret_msg":"subscribe","conn_id":"d9avt8shteepr00gfc1g-4zd1x","op":"subscribe"}"#,
                .acknowledged(requestID: nil, symbols: [])
            ),
            (
                #"{"success":true,"ret_msg":"","req_id":"7","op":"subscribe"}"#,
                .acknowledged(requestID: "7", symbols: [])
            ),
            (
                #"{"success":false,"ret_msg":"error:handler not found,topic:publicTrade.X","req_id":"7","op":"subscribe"}"#,
                .refused(requestID: "7", symbol: nil, .market(reason: "error:handler not found,topic:publicTrade.X"))
            ),
            (#"{"success":true,"ret_msg":"pong","conn_id":"0970e817-","op":"ping"}"#, .heartbeat),
            (#"{"success":true,"ret_msg":"pong","conn_id":"0970e817-","req_id":"","op":"ping"}"#, .heartbeat),
            (#"{"args":["1672916271846"],"op":"pong"}"#, .heartbeat),
            (
                #"{"reqId":"7","retCode":10001,"retMsg":"bad","op":"subscribe"}"#,
                .refused(requestID: "7", symbol: nil, .passing(reason: "bad"))
            ),
            (#"{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT"},"cs":1,"ts":2}"#, .ignored),
            (#"{"topic":"publicTrade.","data":[]}"#, .ignored),
            (#"{}"#, .ignored),
        ])
    func answers(frame: String, message: StreamMessage) throws {
        #expect(try decode(frame).message == message)
    }

    @Test("a live feed writes only the symbols it asked for")
    func unknownSymbols() throws {
        var bybit = Bybit(.linear, anySymbol: false)
        var writer = TickWriter(remembering: 100)
        bybit.add(symbol: "ETH-USDT", to: &writer)
        _ = try bybit.decode(Array(Self.linearFrame.utf8), into: &writer)
        #expect(writer.batch.isEmpty)
        bybit.add(symbol: "BTC-USDT", to: &writer)
        var second = Bybit(.linear, anySymbol: false)
        second.add(symbol: "BTC-USDT", to: &writer)
        _ = try second.decode(Array(Self.linearFrame.utf8), into: &writer)
        #expect(writer.batch.count == 1)
    }

    @Test(
        "symbols go both ways",
        arguments: [
            (Bybit.Category.spot, "BTC-USDT", "publicTrade.BTCUSDT"), (.spot, "ETH-BTC", "publicTrade.ETHBTC"),
            (.spot, "BTC-USDC", "publicTrade.BTCUSDC"), (.linear, "BTC-USDC", "publicTrade.BTCPERP"),
            (.linear, "1000PEPE-USDT", "publicTrade.1000PEPEUSDT"), (.spot, "USDC-USDT", "publicTrade.USDCUSDT"),
        ])
    func topics(category: Bybit.Category, symbol: String, topic: String) throws {
        #expect(Bybit(category, anySymbol: false).topic(symbol) == topic)
        let name = topic.dropFirst("publicTrade.".count)
        let frame = Self.spotFrame.replacingOccurrences(of: "ETHUSDT", with: name)
        #expect(try decode(frame, category).ticks.first?.series == Series(source: category.source, symbol: symbol))
    }

    @Test(
        "a frame cut anywhere throws and leaves nothing behind, not even in the memory of ids",
        arguments: [
            linearFrame, spotFrame,
        ])
    func truncations(frame: String) throws {
        let bytes = Array(frame.utf8)
        var bybit = Bybit(.linear, anySymbol: true)
        var writer = TickWriter(remembering: 100)
        for count in bytes.indices {
            #expect(throws: DecodeError.self) { try bybit.decode(Array(bytes[..<count]), into: &writer) }
        }
        #expect(writer.batch.isEmpty && writer.counters.ticks == 0)
        _ = try bybit.decode(bytes, into: &writer)
        #expect(writer.batch.count == 1)
        _ = try bybit.decode(bytes, into: &writer)
        #expect(writer.batch.count == 1 && writer.counters.repeated == 1)
    }

    @Test(
        "the recording holds 148 trades in 60 frames, taker sides and times in order",
        .enabled(if: SharedData.isPresent))
    func recording() throws {
        let path = "data/bybit/ws-v5-linear-spot-20260809-firsthalf.jsonl.gz"
        var linear = Bybit(.linear, anySymbol: true)
        var spot = Bybit(.spot, anySymbol: true)
        var writer = TickWriter(remembering: 1000)
        var frames = 0
        var acknowledged = 0
        for (connection, frame) in try Frames.recorded(path) {
            let message =
                connection == "BYBIT.ws.2"
                ? try linear.decode(frame, into: &writer) : try spot.decode(frame, into: &writer)
            if case .data(let added) = message {
                #expect(added > 0)
                frames += 1
            }
            if case .acknowledged = message { acknowledged += 1 }
        }
        let ticks = try writer.batch.ticks()
        #expect(frames == 60)
        #expect(ticks.count == 148)
        #expect(acknowledged > 0)
        #expect(writer.counters.repeated == 0 && writer.counters.malformed == 0)
        try compareWithFoundation(ticks, path)
    }

    /// The same trades read by Foundation's decoder.
    private func compareWithFoundation(_ ticks: [Tick], _ path: String) throws {
        struct Item: Decodable {
            let T: Int64
            let s: String
            let S: String
            let v: String
            let p: String
            let i: String
        }
        struct Frame: Decodable {
            let topic: String
            let data: [Item]
        }
        var expected: [Tick] = []
        for (connection, frame) in try Frames.recorded(path) {
            guard let frame = try? JSONDecoder().decode(Frame.self, from: Data(frame)) else { continue }
            for item in frame.data {
                expected.append(
                    Tick(
                        series: Series(
                            source: connection == "BYBIT.ws.2" ? "bybit-linear" : "bybit",
                            symbol: item.s.replacingOccurrences(of: "USDT", with: "-USDT")),
                        kind: .trade(
                            Tick.Trade(
                                tradeID: item.i, price: Double(item.p)!, quantity: Double(item.v)!,  // recorded numbers
                                side: item.S == "Buy" ? .buy : .sell)),
                        eventTime: item.T, ingestTime: Frames.receivedMs))
            }
        }
        #expect(ticks == expected)
    }
}
