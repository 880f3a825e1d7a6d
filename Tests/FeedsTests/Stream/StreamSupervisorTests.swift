import CryptoCore
import Feeds
import Foundation
import TestSupport
import Testing

@Suite("Keeping a connection")
struct StreamSupervisorTests {
    private static let wall: Int64 = 1_790_000_000_000

    private func at(_ ms: Int64) -> Moment { Moment(monotonic: ms, wall: Self.wall + ms) }

    private func make(_ writer: inout TickWriter) -> StreamSupervisor<Bybit> {
        StreamSupervisor(
            SubscriptionSession(Bybit(.spot, anySymbol: false), symbols: ["BTC-USDT", "ETH-USDT"], writer: &writer))
    }

    private func frame(_ symbol: String, id: Int, time: Int64) -> [UInt8] {
        Array(
            BybitTests.spotFrame.replacingOccurrences(of: "ETHUSDT", with: symbol)
                .replacingOccurrences(of: "2280000001739247417", with: String(id))
                .replacingOccurrences(of: "1786310821917", with: String(time)).utf8)
    }

    private let ack = Array(#"{"success":true,"ret_msg":"subscribe","op":"subscribe"}"#.utf8)
    private let pong = Array(#"{"success":true,"ret_msg":"pong","op":"ping"}"#.utf8)

    @Test("after a loss: the gap is announced at once, and written from the last data to the first new data")
    func disconnect() throws {
        var writer = TickWriter(remembering: 100)
        var events: [FeedEvent] = []
        var supervisor = make(&writer)
        #expect(supervisor.next(at: at(0)) == .connect(address: "wss://stream.bybit.com/v5/public/spot"))
        #expect(supervisor.opened(at: at(10), events: &events).count == 1)
        let btc = Series(source: "bybit", symbol: "BTC-USDT")
        _ = supervisor.received(
            frame("BTCUSDT", id: 1, time: Self.wall + 20).span.bytes, at: at(20), into: &writer, events: &events)
        writer.batch.removeAll()
        supervisor.closed(.disconnect, "cut", at: at(1000), into: &writer, events: &events)
        #expect(
            try writer.batch.ticks().map(\.kind) == [
                .gap(Tick.Gap(from: Self.wall + 20, to: Self.wall + 1000, reason: "disconnect"))
            ])
        guard case .wait(let ms) = supervisor.next(at: at(1000)) else {
            Issue.record("no wait")
            return
        }
        #expect(supervisor.next(at: at(1000 + ms)) == .connect(address: "wss://stream.bybit.com/v5/public/spot"))
        #expect(supervisor.opened(at: at(3000), events: &events).count == 1)
        writer.batch.removeAll()
        // What the venue sends again is dropped and does not close the gap.
        for (id, time) in [(1, Int64(20)), (2, 3050), (3, 3060)] {
            _ = supervisor.received(
                frame("BTCUSDT", id: id, time: Self.wall + time).span.bytes, at: at(3020 + Int64(id) * 20),
                into: &writer,
                events: &events)
        }
        let ticks = try writer.batch.ticks()
        #expect(ticks.map(\.series) == [btc, btc, btc])
        #expect(ticks[0].gap == Tick.Gap(from: Self.wall + 20, to: Self.wall + 3050, reason: "disconnect"))
        #expect(ticks.dropFirst().compactMap(\.trade?.tradeID) == ["2", "3"])
    }

    @Test("silence counts from subscribing; pongs keep the link alive, but not for ever without data")
    func silence() {
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var supervisor = make(&writer)
        _ = supervisor.next(at: at(0))
        _ = supervisor.opened(at: at(0), events: &events)
        _ = supervisor.received(ack.span.bytes, at: at(1), into: &writer, events: &events)
        #expect(supervisor.next(at: at(49_000)) == .wait(ms: 100))
        #expect(supervisor.next(at: at(50_001)) == .giveUp(.silent, "nothing came for 50 s", retryAfterSeconds: nil))
        for ms in stride(from: Int64(20_000), to: 300_000, by: 20_000) {
            _ = supervisor.received(pong.span.bytes, at: at(ms), into: &writer, events: &events)
            #expect(supervisor.next(at: at(ms + 1)) == .wait(ms: 100))
        }
        #expect(supervisor.next(at: at(300_000)) == .giveUp(.silent, "no data came for 300 s", retryAfterSeconds: nil))
    }

    @Test("rubbish is reported, and is no sign of life")
    func rubbish() {
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var supervisor = make(&writer)
        _ = supervisor.next(at: at(0))
        _ = supervisor.opened(at: at(0), events: &events)
        _ = supervisor.received(ack.span.bytes, at: at(1), into: &writer, events: &events)
        for ms in stride(from: Int64(0), to: 50_000, by: 1000) {
            let answers = supervisor.received(
                Array("<html>".utf8).span.bytes, at: at(ms), into: &writer, events: &events)
            #expect(answers.isEmpty)
        }
        #expect(events.contains(.badFrame(reason: "not_json", excerpt: "<html>")))
        #expect(supervisor.next(at: at(50_001)) == .giveUp(.silent, "nothing came for 50 s", retryAfterSeconds: nil))
    }

    @Test("a subscription without an answer, and a connection that never stands, are given up")
    func unanswered() {
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var supervisor = make(&writer)
        _ = supervisor.next(at: at(0))
        #expect(supervisor.next(at: at(19_999)) == .wait(ms: 100))
        #expect(
            supervisor.next(at: at(20_000)) == .giveUp(.disconnect, "no connection after 20 s", retryAfterSeconds: nil))
        _ = supervisor.opened(at: at(20_000), events: &events)
        #expect(
            supervisor.next(at: at(30_001))
                == .giveUp(.silent, "the subscription was not answered", retryAfterSeconds: nil))
    }

    @Test("a connection is live when each market is acknowledged or told of, and only then; once each time")
    func live() throws {
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var supervisor = StreamSupervisor(
            SubscriptionSession(Kraken(anySymbol: false), symbols: ["BTC-USD", "ETH-USD", "NO-USD"], writer: &writer))
        func isLive() -> Bool { events.contains(.live) }
        func receive(_ text: String, _ ms: Int64) {
            _ = supervisor.received(Array(text.utf8).span.bytes, at: at(ms), into: &writer, events: &events)
            _ = supervisor.elapsed(at: at(ms), into: &writer, events: &events)
        }
        for opening in Int64(0)..<2 {
            let ms = opening * 100_000
            _ = supervisor.next(at: at(ms))
            _ = supervisor.opened(at: at(ms), events: &events)
            #expect(events.count { if case .connected = $0 { true } else { false } } == 1 && !isLive())
            receive(#"{"channel":"heartbeat"}"#, ms + 1)
            receive(
                #"{"method":"subscribe","result":{"channel":"trade","symbol":"BTC/USD"},"success":true,"req_id":1}"#,
                ms + 2)
            #expect(!isLive(), "ETH was not answered")
            receive(
                #"{"channel":"trade","type":"update","data":[{"symbol":"ETH/USD","side":"sell","price":1,"qty":1,"ord_type":"limit","trade_id":\#(7 + opening),"timestamp":"2026-09-21T14:13:32.000000Z"}]}"#,
                ms + 3)
            // A verdict is an answer, too; on the second connection nobody asks for that market.
            #expect(isLive() == (opening == 1))
            receive(
                #"{"error":"Currency pair not supported NO/USD","method":"subscribe","success":false,"symbol":"NO/USD","req_id":1}"#,
                ms + 4)
            #expect(events.count { $0 == .live } == 1)
            supervisor.closed(.disconnect, "cut", at: at(ms + 10), into: &writer, events: &events)
            events.removeAll()
        }
    }

    @Test("where the venue acknowledges nothing a connection is live with its first data")
    func liveWithData() {
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var supervisor = StreamSupervisor(
            SubscriptionSession(
                CoinCap([CoinGecko.Market(coinID: "bitcoin", symbol: "BTC-USD")], key: "k"), symbols: ["BTC-USD"],
                writer: &writer))
        _ = supervisor.next(at: at(0))
        _ = supervisor.opened(at: at(0), events: &events)
        _ = supervisor.elapsed(at: at(1_000), into: &writer, events: &events)
        #expect(!events.contains(.live) && supervisor.openMs(at: at(1_000)) == 0)
        _ = supervisor.received(
            Array(#"{"bitcoin":"6929.82"}"#.utf8).span.bytes, at: at(2_000), into: &writer, events: &events)
        #expect(events.last == .live)
    }

    @Test("attempts go on for ever, never more than a venue allows")
    func forever() {
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var supervisor = make(&writer)
        var now: Int64 = 0
        var attempts: [Int64] = []
        while now < 3_600_000 {
            switch supervisor.next(at: at(now)) {
            case .connect:
                attempts.append(now)
                supervisor.closed(.disconnect, "refused", at: at(now), into: &writer, events: &events)
            case .wait(let ms): now += ms
            case .giveUp, .ping, .connectBeside: Issue.record("it has no connection")
            }
        }
        #expect((120...250).contains(attempts.count))
        #expect(zip(attempts, attempts.dropFirst()).allSatisfy { $1 - $0 >= 500 && $1 - $0 <= 31_000 })
    }

    @Test(
        "a first gap goes from the last tick on record to the connection, else from the start of the first data's minute"
    )
    func startGaps() throws {
        var writer = TickWriter(remembering: 10)
        var events: [FeedEvent] = []
        var supervisor = make(&writer)
        let minute = Self.wall / 60_000 * 60_000
        let known = try #require(writer.series.id(of: Series(source: "bybit", symbol: "BTC-USDT")))
        writer.gaps.resume(known, after: minute - 500_000)
        for index in 0..<writer.series.count { writer.gaps.open(SeriesID(index: Int32(index)), .start) }
        _ = supervisor.next(at: at(0))
        _ = supervisor.opened(at: at(0), events: &events)
        for symbol in ["BTCUSDT", "ETHUSDT"] {
            _ = supervisor.received(
                frame(symbol, id: 1, time: minute + 61_234).span.bytes, at: at(90_000), into: &writer, events: &events)
        }
        #expect(
            try writer.batch.ticks().compactMap(\.gap) == [
                // What happened before the connection can be missing, whatever the venue sends first.
                Tick.Gap(from: minute - 500_000, to: Self.wall + 90_000, reason: "start"),
                Tick.Gap(from: minute + 60_000, to: minute + 61_234, reason: "start"),
            ])
    }
}
