import CryptoCore
import Feeds
import Foundation
import System
import TestSupport
import Testing

@Suite("Frames nobody sent")
struct FrameFuzzTests {
    /// `CRYPTO_FUZZ` raises the number of inputs.
    static let rounds = ProcessInfo.processInfo.environment["CRYPTO_FUZZ"].flatMap(Int.init) ?? 100_000

    /// Every decoder, for recordings and live, with frames of its venue.
    private static func decoders(_ writer: inout TickWriter) -> [(venue: any StreamVenue, seeds: [[UInt8]])] {
        let bybit = [BybitTests.linearFrame, BybitTests.spotFrame, #"{"success":true,"req_id":"1","op":"subscribe"}"#]
        let binance = [
            BinanceTests.spotFrame, BinanceTests.futuresFrame, #"{"error":{"code":2,"msg":"x"},"id":1}"#,
        ]
        let coinbase = [
            CoinbaseTests.update, CoinbaseTests.match, CoinbaseTests.frame("snapshot", [3, 1, 2], number: 7),
            #"{"channel":"subscriptions","sequence_num":2,"events":[{"subscriptions":{"market_trades":["BTC-USD"]}}]}"#,
            #"{"type":"error","message":"BTC-USD is not a valid product"}"#,
        ]
        let kraken = [
            KrakenTests.update, KrakenTests.old,
            #"{"method":"subscribe","result":{"channel":"trade","symbol":"BTC/USD"},"success":true,"req_id":1}"#,
        ]
        let coinCap = [
            CoinCapTests.tradeFrame, CoinCapTests.pricesFrame, "Unauthorized: x", #"{"data":{"message":"the end"}}"#,
        ]
        let okx = [
            OKXTests.allTrades, OKXTests.trades, OKXTests.swap, #"{"event":"error","code":"60018","msg":"x"}"#, "pong",
        ]
        var decoders: [(any StreamVenue, [String])] = [
            (OKX(), okx), (OKX(.spot, []), okx), (OKX(.swap, [OKXTests.listed]), okx),
            (Bybit(.linear, anySymbol: true), bybit), (Bybit(.spot, anySymbol: false), bybit),
            (Binance(anySymbol: true), binance), (Binance(anySymbol: false), binance),
            (Coinbase(anySymbol: true), coinbase), (Coinbase(anySymbol: false), coinbase),
            (Kraken(anySymbol: true), kraken), (Kraken(anySymbol: false), kraken),
            (CoinCap(recordingsOf: CoinCapTests.coins), coinCap),
            (CoinCap([CoinGecko.Market(coinID: "bitcoin", symbol: "BTC-USD")], key: ""), coinCap),
        ]
        for index in decoders.indices {
            for symbol in ["BTC-USD", "BTC-USDT", "ETH-USDT"] { decoders[index].0.add(symbol: symbol, to: &writer) }
        }
        return decoders.map { ($0.0, $0.1.map { Array($0.utf8) }) }
    }

    @Test("changed and random bytes never trap; a frame that throws leaves nothing, and every tick is well-formed")
    func fuzz() throws {
        var rng = SplitMix64(seed: 7)
        var writer = TickWriter(remembering: 1000)
        var decoders = Self.decoders(&writer)
        var ticks = 0
        for round in 0..<Self.rounds {
            let place = round % decoders.count
            // Now and then the frame is another venue's.
            let seeds = decoders[UInt8.random(in: 0..<20, using: &rng) == 0 ? (place + 3) % decoders.count : place]
                .seeds
            let frame = Self.input(&rng, seeds)
            do throws(DecodeError) {
                _ = try decoders[place].venue.decode(frame, into: &writer)
            } catch {
                if !writer.batch.isEmpty { Issue.record("\(String(decoding: frame, as: UTF8.self)) left a tick") }
            }
            ticks += writer.batch.count
            for entry in writer.batch.entries where (try? writer.batch.tick(entry)) == nil {
                Issue.record("\(String(decoding: frame, as: UTF8.self)) became \(writer.batch.lines)")
            }
            writer.batch.removeAll()
        }
        // Else nothing was tried but rubbish.
        #expect(ticks > Self.rounds / 50)
    }

    @Test("a recording of changed lines replays to its end")
    func anyReplay() throws {
        var rng = SplitMix64(seed: 11)
        var writer = TickWriter()
        let seeds = Self.decoders(&writer).flatMap(\.seeds)
        var lines: [UInt8] = []
        for _ in 0..<Self.rounds / 20 {
            let head = ["1800000000.125: ", "1800000000123456789 ", "", "wss://ws.kraken.com <- "].randomElement(
                using: &rng)
            let frame = Self.input(&rng, seeds)
            lines += Array((head ?? "").utf8) + frame.filter { $0 != 0x0A } + [0x0A]
        }
        let scratch = try Scratch()
        let path = try scratch.file("a.txt", "")
        try Data(lines).write(to: URL(fileURLWithPath: path))
        let (ticks, events) = try replay([path])
        #expect(!ticks.isEmpty && events.contains(.lap(file: path, lap: 0, ticks: ticks.count)))
    }

    @Test("a recording of ours of changed lines replays to its end, and every tick of it is well-formed")
    func ownReplay() throws {
        var rng = SplitMix64(seed: 13)
        var lines = RecordedSeeds.header
        for round in 0..<Self.rounds / 10 {
            let seed = RecordedSeeds.lines[Int.random(in: 0..<RecordedSeeds.lines.count, using: &rng)]
            // Most lines are whole, so that trades are missing and are filled.
            let isWhole = UInt8.random(in: 0..<3, using: &rng) > 0
            let line = isWhole ? RecordedSeeds.later(seed, by: round) : Self.input(&rng, [seed])
            lines += line.filter { $0 != 0x0A } + [0x0A]
        }
        let scratch = try Scratch()
        let path = try scratch.file("a.jsonl", "")
        try Data(lines).write(to: URL(fileURLWithPath: path))
        let (ticks, events) = try replay([path]) { $0.fromFrames = true }
        #expect(events.contains(.lap(file: path, lap: 0, ticks: ticks.count)))
        // Each trade once, however often its line comes.
        #expect(ticks.count { $0.trade != nil } > 20)
        #expect(ticks.contains { $0.trade?.isBackfilled == true } && ticks.contains { $0.gap != nil })
        #expect(
            ticks.contains { $0.series.source == "coingecko" } && ticks.contains { $0.series.source == "binance-24h" })
    }

    static func input(_ rng: inout SplitMix64, _ seeds: [[UInt8]]) -> [UInt8] {
        if UInt8.random(in: 0..<10, using: &rng) == 0 {
            return (0..<Int.random(in: 0..<80, using: &rng)).map { _ in UInt8.random(in: .min ... .max, using: &rng) }
        }
        var frame = seeds[Int.random(in: 0..<seeds.count, using: &rng)]
        for _ in 0..<Int.random(in: 1...4, using: &rng) {
            let at = Int.random(in: 0..<frame.count, using: &rng)
            switch UInt8.random(in: 0..<5, using: &rng) {
            case 0: frame[at] = UInt8.random(in: .min ... .max, using: &rng)
            case 1: frame.remove(at: at)
            case 2: frame.insert(frame[Int.random(in: 0..<frame.count, using: &rng)], at: at)
            case 3: frame = exchanged(frame, &rng)
            default: frame[at] = Array("0123456789\"{}[]:,\\-.e".utf8).randomElement(using: &rng)!  // not empty
            }
            if frame.isEmpty { break }
        }
        return frame
    }

    /// One value in the place of another: the frame stays JSON more often than with single bytes.
    private static func exchanged(_ frame: [UInt8], _ rng: inout SplitMix64) -> [UInt8] {
        let values = ["null", "true", "0", "-1.5e3", "\"\"", "\"1\"", "[]", "{}", "[null]", "1e999", "\"\\u0041\""]
        let colons = frame.indices.filter { frame[$0] == UInt8(ascii: ":") }
        guard let colon = colons.randomElement(using: &rng), let value = values.randomElement(using: &rng) else {
            return frame
        }
        let end = frame[colon...].firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") } ?? frame.endIndex
        return frame[...colon] + Array(value.utf8) + frame[end...]
    }
}
