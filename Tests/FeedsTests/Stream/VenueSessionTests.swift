import CryptoCore
import Feeds
import Foundation
import NetClient
import Testing

@Suite("What venues want of a session")
struct VenueSessionTests {
    private static let wall: Int64 = 1_790_000_000_000

    private func at(_ ms: Int64) -> Moment { Moment(monotonic: ms, wall: Self.wall + ms) }

    private func symbols(_ count: Int, _ quote: String) -> [String] { (0..<count).map { "C\($0)-\(quote)" } }

    @Test("Binance gets no more than five messages a second, and every symbol is asked for")
    func pace() throws {
        var writer = TickWriter()
        var events: [FeedEvent] = []
        let wanted = symbols(1000, "USDT")
        var session = SubscriptionSession(Binance(anySymbol: false), symbols: wanted, writer: &writer)
        var sent: [(Int64, String)] = session.opened(at: at(0)).map { (0, $0) }
        for ms in stride(from: Int64(10), through: 60_000, by: 10) {
            sent += session.elapsed(at: at(ms), into: &writer, events: &events).map { (ms, $0) }
        }
        for (ms, _) in sent { #expect(sent.count { $0.0 > ms - 1000 && $0.0 <= ms } <= 5) }
        let text = sent.map(\.1).joined()
        for symbol in wanted {
            #expect(text.contains("\"\(symbol.replacingOccurrences(of: "-", with: "").lowercased())@trade\""))
        }
        #expect(
            SubscriptionSession.connections(symbols(3000, "USDT"), Binance(anySymbol: false)).allSatisfy {
                $0.count <= 1024
            })
    }

    @Test("Kraken answers for each symbol; a refused one is dropped and the others stay")
    func bySymbol() throws {
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var session = SubscriptionSession(
            Kraken(anySymbol: false), symbols: ["BTC-USD", "NO-USD", "ETH-USD"], writer: &writer)
        #expect(session.opened(at: at(0)).count == 1)
        for frame in [
            #"{"method":"subscribe","result":{"channel":"trade","snapshot":true,"symbol":"BTC/USD"},"success":true,"req_id":1}"#,
            #"{"error":"Currency pair not supported NO/USD","method":"subscribe","success":false,"symbol":"NO/USD","req_id":1}"#,
        ] {
            _ = try session.received(Array(frame.utf8).span.bytes, at: at(5), into: &writer, events: &events)
        }
        #expect(session.wantedSymbols == ["BTC-USD", "ETH-USD"])
        #expect(!session.isSubscribed, "ETH was not answered")
        _ = try session.received(
            Array(
                #"{"method":"subscribe","result":{"channel":"trade","snapshot":true,"symbol":"ETH/USD"},"success":true,"req_id":1}"#
                    .utf8
            ).span.bytes, at: at(5), into: &writer, events: &events)
        #expect(session.isSubscribed)
        // Nobody has to be told that it is not subscribed.
        _ = try session.received(
            Array(
                #"{"error":"Subscription Not Found","method":"unsubscribe","success":false,"symbol":"ETH/USD","req_id":2}"#
                    .utf8
            ).span.bytes, at: at(6), into: &writer, events: &events)
        #expect(session.wantedSymbols == ["BTC-USD", "ETH-USD"])
        #expect(
            events == [
                .subscribed(symbols: ["BTC-USD"]),
                .refused(symbol: "NO-USD", reason: "Currency pair not supported NO/USD"),
                .subscribed(symbols: ["ETH-USD"]),
            ])
        // Markets open: an hour later it is asked for again.
        let early = session.elapsed(at: at(3_600_000), into: &writer, events: &events)
        #expect(!early.contains { $0.contains("NO/USD") })
        var later: [String] = []
        for ms in stride(from: Int64(3_600_006), to: 3_601_000, by: 100) {
            later += session.elapsed(at: at(ms), into: &writer, events: &events)
        }
        #expect(later.contains { $0.contains("NO/USD") })
    }

    @Test("a venue that says it will close, or that a key is wrong, is left, and not asked again at once")
    func endings() throws {
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var binance = SubscriptionSession(Binance(anySymbol: false), symbols: ["BTC-USDT"], writer: &writer)
        _ = binance.opened(at: at(0))
        _ = try binance.received(
            Array(#"{"e":"serverShutdown","E":1770123456789}"#.utf8).span.bytes, at: at(1), into: &writer,
            events: &events)
        #expect(binance.ending?.gap == .disconnect)
        _ = binance.opened(at: at(2))
        #expect(binance.ending == nil)
        var coincap = SubscriptionSession(
            CoinCap([CoinGecko.Market(coinID: "bitcoin", symbol: "BTC-USD")], key: "secret"), symbols: ["BTC-USD"],
            writer: &writer)
        #expect(coincap.address.contains("apiKey=secret") && coincap.opened(at: at(0)).isEmpty)
        _ = try coincap.received(
            Array("Unauthorized: no such key".utf8).span.bytes, at: at(1), into: &writer, events: &events)
        #expect((coincap.ending?.retryAfterSeconds ?? 0) >= 60)
        #expect(events.contains { if case .unauthorized = $0 { true } else { false } })
    }

    @Test("a symbol without data is subscribed anew, then left in peace for longer each time; others do not suffer")
    func quietSymbol() throws {
        var writer = TickWriter()
        writer.continuity.policy = BackfillPolicy(quota: DiskQuota(bytes: 0, folder: "/"))
        var events: [FeedEvent] = []
        let session = SubscriptionSession(
            Binance(anySymbol: false), symbols: ["BTC-USDT", "DULL-USDT"], writer: &writer)
        var supervisor = StreamSupervisor(session, limits: .init(silenceMs: 50_000, dataSilenceMs: 100_000))
        _ = supervisor.next(at: at(0))
        for text in supervisor.opened(at: at(0), events: &events) where text.contains("SUBSCRIBE") {
            let id = text.firstMatch(of: /"id":"?(\d+)/)?.1 ?? ""
            _ = supervisor.received(
                Array(#"{"result":null,"id":\#(id)}"#.utf8).span.bytes, at: at(1), into: &writer, events: &events)
        }
        var asked: [Int64] = []
        for ms in stride(from: Int64(1000), through: 2_000_000, by: 1000) {
            let frame =
                #"{"stream":"x","data":{"e":"trade","E":1,"s":"BTCUSDT","t":\#(ms),"p":"1","q":"1","T":\#(Self.wall + ms),"m":true}}"#
            _ = supervisor.received(Array(frame.utf8).span.bytes, at: at(ms), into: &writer, events: &events)
            for text in supervisor.elapsed(at: at(ms), into: &writer, events: &events) where text.contains("dull") {
                if text.contains("\"SUBSCRIBE\"") { asked.append(ms / 1000) }
                let id = text.firstMatch(of: /"id":"?(\d+)/)?.1 ?? ""
                _ = supervisor.received(
                    Array(#"{"result":null,"id":\#(id)}"#.utf8).span.bytes, at: at(ms), into: &writer, events: &events)
            }
            guard case .wait = supervisor.next(at: at(ms)) else {
                Issue.record("it gave up after \(ms) ms")
                return
            }
        }
        #expect(asked.count == 4, "\(asked)")
        for (asked, wanted) in zip(asked, [100, 300, 700, 1500]) { #expect(abs(asked - Int64(wanted)) <= 2) }
        #expect(events.count { if case .quiet(symbol: "DULL-USDT", _) = $0 { true } else { false } } == 4)
    }

    @Test("CoinCap's prices are data: its connection is kept while they flow")
    func prices() {
        var writer = TickWriter()
        var events: [FeedEvent] = []
        let coinCap = CoinCap([CoinGecko.Market(coinID: "bitcoin", symbol: "BTC-USD")], key: "secret")
        var supervisor = StreamSupervisor(
            SubscriptionSession(coinCap, symbols: ["BTC-USD"], writer: &writer),
            limits: .init(silenceMs: 50_000, dataSilenceMs: 10_000))
        _ = supervisor.next(at: at(0))
        _ = supervisor.opened(at: at(0), events: &events)
        for ms in stride(from: Int64(1_000), through: 100_000, by: 1_000) {
            _ = supervisor.received(
                Array(#"{"bitcoin":"65114.2"}"#.utf8).span.bytes, at: at(ms), into: &writer, events: &events)
            _ = supervisor.elapsed(at: at(ms), into: &writer, events: &events)
            guard case .wait = supervisor.next(at: at(ms)) else {
                Issue.record("it gave up after \(ms) ms")
                return
            }
        }
        #expect(!events.contains { if case .quiet = $0 { true } else { false } })
        // Frames without a price of ours are none.
        for ms in stride(from: Int64(101_000), to: 110_000, by: 1_000) {
            _ = supervisor.received(
                Array(#"{"ethereum":"1919.5"}"#.utf8).span.bytes, at: at(ms), into: &writer, events: &events)
        }
        #expect(
            supervisor.next(at: at(110_000)) == .giveUp(.silent, "no data came for 10 s", retryAfterSeconds: nil))
    }

    @Test("all connections to a venue together keep its limit on attempts")
    func gate() {
        let gate = RateLimiter()
        var writer = TickWriter()
        var supervisors = (0..<20).map { index in
            StreamSupervisor(
                SubscriptionSession(Binance(anySymbol: false), symbols: ["C\(index)-USDT"], writer: &writer), gate: gate
            )
        }
        var events: [FeedEvent] = []
        var attempts: [Int64] = []
        for ms in stride(from: Int64(0), to: 900_000, by: 50) {
            for index in supervisors.indices {
                guard case .connect = supervisors[index].next(at: at(ms)) else { continue }
                attempts.append(ms)
                supervisors[index].closed(.disconnect, "refused", at: at(ms), into: &writer, events: &events)
            }
        }
        // 300 in five minutes.
        for start in attempts { #expect(attempts.count { $0 >= start && $0 < start + 300_000 } <= 300) }
        #expect(attempts.count > 300)
    }
}
