import CryptoCore
import TestSupport
import Testing

@testable import Feeds

@Suite("The registry of venues")
struct VenueTests {
    @Test("a source has one venue, and a recorded host one source")
    func unique() {
        #expect(Set(Venue.all.map(\.source)).count == Venue.all.count)
        #expect(Venue.all.allSatisfy { Venue.named($0.source)?.profile == $0.profile })
        let places = FrameSource.all.flatMap { source in source.hosts.flatMap { host in source.paths.map { host + $0 } }
        }
        #expect(Set(places).count == places.count)
    }

    @Test("what a venue is connected to is known as its own when it is played")
    func ownAddresses() throws {
        for venue in Venue.all {
            guard let address = venue.profile.stream else { continue }
            guard case .known(let index) = FrameOrigin(address: address) else {
                Issue.record("\(address) is nobody's")
                continue
            }
            #expect(FrameSource.all[index].sources.contains(venue.source))
            #expect(FrameOrigin(source: venue.source) == .known(index))
        }
    }

    private func source(_ address: String) -> String? {
        guard case .known(let index) = FrameOrigin(address: address) else { return nil }
        return FrameSource.all[index].sources.first
    }

    @Test(
        "an address says whose its frames are",
        arguments: [
            ("wss://stream.bybit.com/v5/public/spot", "bybit"),
            ("wss://stream.bybit.com:443/v5/public/linear?x=1", "bybit-linear"),
            ("wss://STREAM.binance.com:9443/ws/btcusdt@trade", "binance"),
            ("wss://fstream.binance.com/stream", "binance-linear"), ("wss://ws.kraken.com", "kraken"),
            ("wss://ws-feed.pro.coinbase.com", "coinbase"), ("wss://user:pw@ws.coincap.io/trades/binance", "coincap"),
            ("ws://127.0.0.1:9400/v5/public/linear", "bybit-linear"), ("ws://[::1]:1/v5/public/spot", "bybit"),
            ("ws://exchange/bybit/v5/public/spot", "bybit"),
        ])
    func known(address: String, source: String) { #expect(self.source(address) == source) }

    @Test(
        "the same host's other markets are nobody's, and so is whoever only has a like name",
        arguments: [
            (
                "wss://stream.bybit.com/v5/public/inverse",
                FrameOrigin.otherMarkets("stream.bybit.com/v5/public/inverse")
            ),
            ("wss://stream.bybit.com/v5/public/option", .otherMarkets("stream.bybit.com/v5/public/option")),
            ("wss://stream.binance.us:9443/ws", .stranger("stream.binance.us")),
            ("wss://dstream.binance.com/ws", .stranger("dstream.binance.com")),
            ("wss://futures.kraken.com/ws/v1", .stranger("futures.kraken.com")),
            ("wss://stream.binance.com.evil.example/ws", .stranger("stream.binance.com.evil.example")),
            ("ws://127.0.0.1:9400/", .unknown), ("ws://localhost:1/stream", .unknown), ("", .unknown), ("x", .unknown),
            ("wss:/stream.binance.com", .unknown),
        ])
    func strangers(address: String, origin: FrameOrigin) { #expect(FrameOrigin(address: address) == origin) }

    /// Trades whose sizes are dollars, and options' contracts.
    private static let otherFrames = [
        (
            "inverse",
            #"{"topic":"publicTrade.BTCUSD","type":"snapshot","ts":1765000000400,"data":[{"T":1765000000399,"s":"BTCUSD","S":"Buy","v":"25000","p":"90000.00","L":"PlusTick","i":"11111111-2222-5333-8444-555555555555","BT":false,"RPI":false,"seq":1}]}"#
        ),
        (
            "option",
            #"{"topic":"publicTrade.BTC","type":"snapshot","ts":1765000000400,"data":[{"p":"5070","v":"2","i":"2b1a3b2e-0000-0000-0000-000000000001","T":1765000000399,"BT":false,"s":"BTC-26DEC25-90000-C-USDT","S":"Buy"}]}"#
        ),
    ]

    @Test("frames of the same host's other markets make nothing, though they look like ours", arguments: otherFrames)
    func otherMarkets(category: String, frame: String) throws {
        var frames = RecordedFrames(coins: SymbolTests.coins)
        var writer = TickWriter()
        let origin = FrameOrigin(address: "wss://stream.bybit.com/v5/public/\(category)")
        let bytes = Array(frame.utf8)
        #expect(
            try frames.decode(bytes.span.bytes, receivedMs: Frames.receivedMs, of: origin, into: &writer) == .ignored)
        #expect(writer.batch.isEmpty && writer.series.count == 0)
    }

    @Test(
        "a frame of unknown origin is told by its keys",
        arguments: [
            (BybitTests.spotFrame, "bybit"), (BybitTests.linearFrame, "bybit-linear"),
            (BinanceTests.spotFrame, "binance"), (BinanceTests.futuresFrame, "binance-linear"),
            (CoinbaseTests.update, "coinbase"), (CoinbaseTests.match, "coinbase"), (KrakenTests.update, "kraken"),
            (KrakenTests.old, "kraken"),
        ])
    func keys(frame: String, source: String) throws {
        var frames = RecordedFrames(coins: SymbolTests.coins)
        var writer = TickWriter()
        let bytes = Array(frame.utf8)
        _ = try frames.decode(bytes.span.bytes, receivedMs: Frames.receivedMs, of: .unknown, into: &writer)
        #expect(Set(try writer.batch.ticks().map(\.series.source)) == [source])
    }
}
