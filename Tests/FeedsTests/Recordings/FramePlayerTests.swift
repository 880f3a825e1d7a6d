import CryptoCore
import Foundation
import TestSupport
import Testing

@testable import Feeds

/// A recording of ours, written line by line.
private struct MadeRecording {
    static let startMs: Int64 = 1_700_000_000_000

    var text = RecordingEncoder()
    var nowMs = startMs
    var book = BinanceBook(symbol: "BTC-USDT", ids: 0..<1_000_001, startMs: startMs - 20_000_000, stepMs: 20)

    let connection: String

    init(
        isOurs: Bool = true, connection: String = "binance", address: String = "wss://stream.binance.com:9443/stream"
    ) {
        self.connection = connection
        if isOurs { text.header(wallMs: nowMs) }
        text.connect(connection, address: address, symbols: ["BTC-USDT"], top: nil, wallMs: nowMs)
    }

    mutating func hear(_ ids: Int64...) {
        for id in ids {
            nowMs += 10
            text.frame(connection, book.frame(id).span.bytes, wallMs: nowMs)
        }
    }

    /// The venue's answer to whoever asks for the trades from `first` on.
    mutating func answer(from first: Int64, until last: Int64, status: Int = 200) {
        nowMs += 10
        let request = BinanceHistory(key: nil).request(HistoryPage(symbol: "BTC-USDT", first: first, sinceMs: 0))
        let response =
            status == 200 ? book.answer(request, untilID: last) : VenueResponse(status: status, body: Array("{}".utf8))
        text.answer(connection, request, response, wallMs: nowMs)
    }

    func play() throws -> [Tick] {
        try replay(lines: [String(decoding: text.bytes, as: UTF8.self)]) { $0.fromFrames = true }.ticks
    }
}

extension [Tick] {
    fileprivate var ids: [Int64] { compactMap { $0.trade.flatMap { Int64($0.tradeID) } } }
}

@Suite("Recorded frames and answers, decoded again")
struct FramePlayerTests {
    @Test("trades of an answer are backfilled, each trade is there once, refusals hold nothing")
    func answers() throws {
        var recording = MadeRecording()
        recording.hear(500_000, 500_001, 500_010, 500_001)
        recording.answer(from: 500_002, until: 500_010, status: 429)
        recording.answer(from: 500_002, until: 500_010)
        recording.hear(500_009, 500_011)
        recording.answer(from: 500_009, until: 500_013)
        let ticks = try recording.play()
        #expect(ticks.ids == [500_000, 500_001, 500_010] + (500_002...500_009) + [500_011, 500_012])
        #expect(ticks.filter { $0.trade?.isBackfilled == true }.ids == (500_002...500_009) + [500_012])
        for tick in ticks {
            #expect(tick.trade.map { recording.book.timeMs(Int64($0.tradeID) ?? 0) } == tick.eventTime)
        }
    }

    @Test("a connection that ended leaves a gap from its last trade to the next one, a new run another")
    func gaps() throws {
        var recording = MadeRecording()
        recording.hear(500_000, 500_001)
        recording.text.close("binance", reason: .silent, wallMs: recording.nowMs)
        recording.hear(500_005, 500_006)
        recording.text.header(wallMs: recording.nowMs)
        recording.hear(500_009)
        recording.text.close("binance", reason: .disconnect, wallMs: recording.nowMs)
        let ticks = try recording.play()
        #expect(ticks.ids == [500_000, 500_001, 500_005, 500_006, 500_009])
        func gap(_ from: Int64, _ to: Int64, _ reason: String) -> Tick.Gap {
            Tick.Gap(from: recording.book.timeMs(from), to: recording.book.timeMs(to), reason: reason)
        }
        #expect(
            ticks.compactMap(\.gap) == [gap(500_001, 500_005, "silent"), gap(500_006, 500_009, "start")])
        #expect(ticks.map { $0.gap == nil } == [true, true, false, true, true, false, true])
    }

    @Test("what version 0.1.0 noted of a series begins it: a gap from the last trade that was on the topic")
    func known() throws {
        var recording = MadeRecording()
        let lastMs = recording.book.timeMs(499_900)
        let line =
            #"{"t":"series","conn":"binance","ts":1700000000,"source":"binance","symbol":"BTC-USDT","last_ms":\#(lastMs),"gap":"start"}"#
        recording.text.bytes += Array(line.utf8) + [0x0A]
        recording.hear(500_000)
        let ticks = try recording.play()
        #expect(ticks.map(\.gap).first == Tick.Gap(from: lastMs, to: recording.book.timeMs(500_000), reason: "start"))
        #expect(ticks.count == 2)
    }

    @Test("a connection of ours is known by its name, wherever it led", arguments: ["binance", "binance-2"])
    func endpoint(name: String) throws {
        var recording = MadeRecording(isOurs: true, connection: name, address: "wss://proxy.example.com/market-data")
        recording.hear(500_000)
        recording.answer(from: 500_001, until: 500_003)
        recording.text.close(name, reason: .disconnect, wallMs: recording.nowMs)
        recording.hear(500_009)
        let ticks = try recording.play()
        #expect(ticks.ids == [500_000, 500_001, 500_002, 500_009])
        #expect(ticks.count { $0.gap != nil } == 1)
    }

    @Test("an answer is about the market that was asked for, not about the connection's first one")
    func markets() throws {
        var text = RecordingEncoder()
        text.header(wallMs: MadeRecording.startMs)
        text.connect(
            "okx", address: "wss://ws.okx.com:8443/ws/v5/business", symbols: ["BTC-USDT", "ETH-USDT"], top: nil,
            wallMs: MadeRecording.startMs)
        let body = OKXRESTTests.trades.replacingOccurrences(of: "BTC-USDT", with: "ETH-USDT")
        text.answer(
            "okx", OKXRecentTrades(.spot, []).request("ETH-USDT"), VenueResponse(status: 200, body: Array(body.utf8)),
            wallMs: MadeRecording.startMs)
        let ticks = try replay(lines: [String(decoding: text.bytes, as: UTF8.self)]) { $0.fromFrames = true }.ticks
        #expect(ticks.ids == [242_720_719, 242_720_720])
        #expect(ticks.allSatisfy { $0.series.description == "okx:ETH-USDT" && $0.trade?.isBackfilled == true })
    }

    @Test("moved, and played again: every lap has each trade once, at its own times and under its own ids")
    func laps() throws {
        var recording = MadeRecording()
        recording.hear(1_000_000, 1_000_000)
        recording.answer(from: 999_999, until: 1_000_000)
        let scratch = try Scratch()
        let path = try scratch.file("day.jsonl", String(decoding: recording.text.bytes, as: UTF8.self))
        let clock = ManualClock(wallMs: MadeRecording.startMs + 600_000)
        var options = ReplayOptions(
            files: [path], speed: .unlimited, shift: .beginsNow, loops: true)
        options.fromFrames = true
        var feed = try ReplayFeed<ManualClock>(options, clock: clock)
        let ticks = try drain(&feed, limit: 5, polls: 2_000).ticks
        #expect(
            ticks.prefix(4).compactMap(\.trade?.tradeID) == ["1000000@10", "999999@10", "1000000@10#1", "999999@10#1"])
        #expect(
            ticks.prefix(4).map(\.eventTime)
                == [1_000_000, 999_999].map { recording.book.timeMs($0) + 600_000 }
                + [1_000_000, 999_999].map { recording.book.timeMs($0) + 660_000 })
    }

    @Test("recordings of other tools have no runs: answers in them are nothing, repeats stay")
    func strangers() throws {
        var recording = MadeRecording(isOurs: false)
        recording.hear(500_000, 500_000, 500_010)
        recording.answer(from: 500_001, until: 500_009)
        recording.text.close("binance", reason: .disconnect, wallMs: recording.nowMs)
        recording.hear(500_020)
        let ticks = try recording.play()
        #expect(ticks.ids == [500_000, 500_000, 500_010, 500_020] && ticks.count == 4)
    }
}
