import CryptoCore
import Feeds
import TestSupport
import Testing

@Suite("Gaps and a venue whose clock is wrong now and then")
struct GapTimeTests {
    private static let noon: Int64 = 1_800_000_000_000

    /// A spot trade's frame, read 20 ms after `happenedMs`, with the time that the venue says.
    private func read(
        _ id: Int, happenedMs: Int64, saysMs: Int64, _ venue: inout Bybit, _ writer: inout TickWriter
    ) throws {
        let frame =
            #"{"topic":"publicTrade.BTCUSDT","ts":\#(happenedMs),"type":"snapshot","data":[{"i":"\#(id)","T":\#(saysMs),"p":"1","v":"1","S":"Sell","seq":1,"s":"BTCUSDT","BT":false,"RPI":false}]}"#
        _ = try venue.decode(Array(frame.utf8).span.bytes, receivedMs: happenedMs + 20, into: &writer)
    }

    @Test(
        "a trade whose time is far ahead, or far back, moves no gap away from what was missed",
        arguments: [0, 1, 7, 40], [30_000, 2_000, -3_600_000] as [Int64])
    func outlier(before count: Int, skewMs: Int64) throws {
        var venue = Bybit(.spot, anySymbol: false)
        var writer = TickWriter(remembering: 1 << 10)
        venue.add(symbol: "BTC-USDT", to: &writer)
        var now = Self.noon
        // At least one trade tells what time it is at the venue.
        for id in 0...count {
            now += 100
            try read(id, happenedMs: now, saysMs: now, &venue, &writer)
        }
        now += 100
        try read(1_000, happenedMs: now, saysMs: now + skewMs, &venue, &writer)
        let cutMs = now
        writer.beginOutages(.disconnect, nowMs: cutMs + 30)
        now += 10_000
        writer.gaps.noteConnected(wallMs: now + 20)
        try read(2_000, happenedMs: now, saysMs: now, &venue, &writer)
        let gaps = try writer.batch.ticks().compactMap(\.gap)
        #expect(gaps.contains { $0.from <= cutMs && $0.to >= now }, "\(gaps), \(cutMs) to \(now)")
        #expect(gaps.allSatisfy { $0.to <= now + 5_000 })
    }

    @Test("a second connection that begins with old trades does not end the start's gap at them")
    func oldTradesFirst() throws {
        var venue = Bybit(.spot, anySymbol: false)
        var writer = TickWriter(remembering: 1 << 10)
        venue.add(symbol: "BTC-USDT", to: &writer)
        writer.gaps.open(SeriesID(index: 0), .start)
        // Of the first connection nothing was delivered.
        writer.beginOutages(.disconnect, nowMs: Self.noon + 5_000)
        writer.gaps.noteConnected(wallMs: Self.noon + 10_000)
        let frame =
            #"{"topic":"publicTrade.BTCUSDT","ts":1,"type":"snapshot","data":[{"i":"1","T":\#(Self.noon + 1_000),"p":"1","v":"1","S":"Sell","seq":1,"s":"BTCUSDT","BT":false,"RPI":false}]}"#
        _ = try venue.decode(Array(frame.utf8).span.bytes, receivedMs: Self.noon + 10_000, into: &writer)
        let gap = try #require(try writer.batch.ticks().compactMap(\.gap).first)
        #expect(gap.from == Self.noon && gap.to > Self.noon + 1_000)
    }

    @Test("a clock that stays wrong is believed")
    func step() throws {
        var venue = Bybit(.spot, anySymbol: false)
        var writer = TickWriter(remembering: 1 << 10)
        venue.add(symbol: "BTC-USDT", to: &writer)
        for id in 0..<100 {
            let now = Self.noon + Int64(id) * 100
            try read(id, happenedMs: now, saysMs: now + (id < 50 ? 0 : 40_000), &venue, &writer)
        }
        #expect(writer.gaps.lastEventTime(SeriesID(index: 0)) == Self.noon + 9_900 + 40_000)
    }
}
