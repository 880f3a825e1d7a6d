import CryptoCore
import Feeds
import Foundation
import NetClient
import System
import TestSupport
import TestTraits
import Testing

@Suite("A socket that dies in silence", .waiting)
struct DeadSocketTests {
    private static let wall: Int64 = 1_790_000_000_000

    private func at(_ ms: Int64) -> Moment { Moment(monotonic: ms, wall: Self.wall + ms) }

    /// A supervisor whose connection has told 500 trades in five seconds and answered a ping, at 5,000 ms.
    private func busy(
        _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) -> StreamSupervisor<Bybit> {
        var supervisor = StreamSupervisor(
            SubscriptionSession(Bybit(.spot, anySymbol: false), symbols: ["ETH-USDT"], writer: &writer))
        _ = supervisor.next(at: at(0))
        _ = supervisor.opened(at: at(0), events: &events)
        for index in 0...500 { tell(index, at: Int64(index) * 10, &supervisor, &writer, &events) }
        supervisor.heard(at: at(5_000))
        return supervisor
    }

    private func tell(
        _ id: Int, at ms: Int64, _ supervisor: inout StreamSupervisor<Bybit>, _ writer: inout TickWriter,
        _ events: inout [FeedEvent]
    ) {
        let frame = BybitTests.spotFrame.replacingOccurrences(of: "2280000001739247417", with: String(1_000 + id))
            .replacingOccurrences(of: "1786310821917", with: String(Self.wall + ms))
        _ = supervisor.received(Array(frame.utf8).span.bytes, at: at(ms), into: &writer, events: &events)
    }

    @Test("it is pinged after 2 s, and after 3 s more another connection is made beside it, which leaves a gap")
    func replaced() throws {
        var writer = TickWriter(remembering: 1_000)
        var events: [FeedEvent] = []
        var supervisor = busy(&writer, &events)
        #expect(supervisor.next(at: at(6_999)) == .wait(ms: 100))
        #expect(supervisor.next(at: at(7_000)) == .ping([#"{"op":"ping"}"#]))
        #expect(supervisor.next(at: at(9_999)) == .wait(ms: 100))
        #expect(supervisor.next(at: at(10_000)) == .connectBeside(address: "wss://stream.bybit.com/v5/public/spot"))
        #expect(supervisor.isOpen && supervisor.isReplacing)
        writer.batch.removeAll()
        let requests = supervisor.replaced(at: at(10_200), &writer, events: &events)
        #expect(requests.count == 1 && !supervisor.isReplacing)
        #expect(
            try writer.batch.ticks().compactMap(\.gap) == [
                Tick.Gap(from: Self.wall + 5_000, to: Self.wall + 10_200, reason: "silent")
            ])
        tell(900, at: 10_400, &supervisor, &writer, &events)
        #expect(try writer.batch.ticks().last?.trade?.tradeID == "1900")
    }

    @Test("one that speaks again is kept, and what it says is taken")
    func kept() {
        var writer = TickWriter(remembering: 1_000)
        var events: [FeedEvent] = []
        var supervisor = busy(&writer, &events)
        _ = supervisor.next(at: at(7_000))
        _ = supervisor.next(at: at(10_000))
        #expect(supervisor.isReplacing)
        let before = writer.counters.ticks
        tell(901, at: 10_100, &supervisor, &writer, &events)
        #expect(!supervisor.isReplacing && writer.counters.ticks == before + 1)
        #expect(supervisor.next(at: at(10_101)) == .wait(ms: 100))
    }

    @Test("where no other connection can be had the old one is kept, and attempts keep the venue's pace")
    func cannotBeReplaced() {
        var writer = TickWriter(remembering: 1_000)
        var events: [FeedEvent] = []
        var supervisor = busy(&writer, &events)
        var attempts: [Int64] = []
        var given: Int64?
        for ms in stride(from: Int64(5_000), to: 60_000, by: 10) where given == nil {
            switch supervisor.next(at: at(ms)) {
            case .connectBeside:
                attempts.append(ms)
                supervisor.notReplaced("refused", at: at(ms), events: &events)
            case .giveUp: given = ms
            case .wait, .ping, .connect: break
            }
        }
        #expect(attempts.count >= 3 && zip(attempts, attempts.dropFirst()).allSatisfy { $1 - $0 >= 500 })
        #expect(events.last.map { if case .notReplaced = $0 { true } else { false } } == true)
        #expect(given == 55_000, "nothing for 50 s is the end, as ever")
        #expect(events.count { if case .notReplaced = $0 { true } else { false } } == attempts.count)
    }

    @Test(
        "over the network: a stalled socket of a busy market is replaced within 8 s; a market without trades is left in peace"
    )
    func overTheNetwork() throws {
        let exchange = try ExchangeSimulator(.bybit, symbols: ["BTC-USDT"], perSecond: 50, seed: 5)
        defer { exchange.stop() }
        var writer = TickWriter(remembering: 1 << 16)
        let session = SubscriptionSession(Bybit(.spot, anySymbol: false), symbols: ["BTC-USDT"], writer: &writer)
        var feed = WebSocketFeed(
            StreamSupervisor(session), endpoint: try Endpoint(parsing: exchange.url), clock: SystemClock())
        var events: [FeedEvent] = []
        var gaps: [Tick.Gap] = []
        func poll(seconds: Double, until isDone: () -> Bool) throws {
            let end = Date().addingTimeInterval(seconds)
            while Date() < end, !isDone() {
                _ = feed.poll(waitMs: 10, into: &writer, events: &events)
                gaps += try writer.batch.ticks().compactMap(\.gap)
                writer.batch.removeAll()
            }
        }
        try poll(seconds: 60) { writer.counters.ticks > 100 }
        #expect(exchange.handshakes == 1)
        let struck = Date()
        exchange.strike(.stall)
        try poll(seconds: 30) { exchange.handshakes == 2 && exchange.listeners == 1 }
        #expect(Date().timeIntervalSince(struck) < 9, "the stall itself begins with the next frame")
        let before = writer.counters.ticks
        try poll(seconds: 10) { writer.counters.ticks > before + 10 }
        exchange.market.setRate(perSecond: 0)
        try poll(seconds: 12) { exchange.handshakes > 2 }
        #expect(exchange.handshakes == 2)
        #expect(!gaps.isEmpty && gaps.allSatisfy { $0.reason == "silent" && $0.to - $0.from <= 10_000 }, "\(gaps)")
        #expect(events.count { if case .connected = $0 { true } else { false } } == 2)
    }
}
