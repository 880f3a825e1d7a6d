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
                FrameOrigin.stranger("stream.bybit.com/v5/public/inverse")
            ),
            ("wss://stream.bybit.com/v5/public/option", .stranger("stream.bybit.com/v5/public/option")),
            ("wss://stream.binance.us:9443/ws", .stranger("stream.binance.us")),
            ("wss://dstream.binance.com/ws", .stranger("dstream.binance.com")),
            ("wss://futures.kraken.com/ws/v1", .stranger("futures.kraken.com")),
            ("wss://stream.binance.com.evil.example/ws", .stranger("stream.binance.com.evil.example")),
            ("ws://127.0.0.1:9400/", .unknown), ("ws://localhost:1/stream", .unknown), ("", .unknown), ("x", .unknown),
            ("wss:/stream.binance.com", .unknown),
        ])
    func strangers(address: String, origin: FrameOrigin) { #expect(FrameOrigin(address: address) == origin) }
}
