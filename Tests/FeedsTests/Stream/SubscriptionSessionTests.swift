import CryptoCore
import Feeds
import Foundation
import Testing

@Suite("Our side of a connection")
struct SubscriptionSessionTests {
    private func at(_ ms: Int64) -> Moment { Moment(monotonic: ms, wall: 1_790_000_000_000 + ms) }

    private func symbols(_ count: Int) -> [String] { (0..<count).map { "COIN\($0)-USDT" } }

    private struct Request: Decodable {
        let req_id: String
        let op: String
        let args: [String]
    }

    private func parse(_ text: String) throws -> Request {
        try JSONDecoder().decode(Request.self, from: Data(text.utf8))
    }

    private func receive(
        _ session: inout SubscriptionSession<Bybit>, _ frame: String, _ writer: inout TickWriter,
        _ events: inout [FeedEvent]
    ) throws -> [String] {
        try session.received(Array(frame.utf8).span.bytes, at: at(100), into: &writer, events: &events)
    }

    @Test("spot takes ten topics a request, linear many; every opening asks for all of them again")
    func requests() throws {
        var writer = TickWriter()
        var spot = SubscriptionSession(Bybit(.spot, anySymbol: false), symbols: symbols(23), writer: &writer)
        for opening in 0..<3 {
            let requests = try spot.opened(at: at(Int64(opening) * 1000)).map(parse)
            #expect(requests.map(\.args.count) == [10, 10, 3])
            #expect(requests.allSatisfy { $0.op == "subscribe" })
            #expect(requests.flatMap(\.args) == symbols(23).map(Bybit(.spot, anySymbol: false).topic))
        }
        var linear = SubscriptionSession(Bybit(.linear, anySymbol: false), symbols: symbols(23), writer: &writer)
        #expect(try linear.opened(at: at(0)).map(parse).map(\.args.count) == [23])
    }

    @Test("one connection never has more than 21,000 characters of topics")
    func connections() {
        let groups = SubscriptionSession.connections(symbols(3000), Bybit(.linear, anySymbol: false))
        #expect(groups.count > 1 && groups.flatMap { $0 } == symbols(3000))
        for group in groups {
            #expect(group.map(Bybit(.linear, anySymbol: false).topic).joined(separator: "\",\"").utf8.count < 21_000)
        }
    }

    @Test("a refused request is asked again symbol by symbol, and only the guilty one is dropped for good")
    func refused() throws {
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var session = SubscriptionSession(
            Bybit(.spot, anySymbol: false), symbols: ["BTC-USDT", "NOPE-USDT"], writer: &writer)
        let first = try parse(session.opened(at: at(0))[0])
        let singles = try receive(
            &session, #"{"success":false,"ret_msg":"Invalid symbol","req_id":"\#(first.req_id)","op":"subscribe"}"#,
            &writer, &events
        ).map(parse)
        #expect(singles.map(\.args) == [["publicTrade.BTCUSDT"], ["publicTrade.NOPEUSDT"]])
        for (single, success) in zip(singles, [true, false]) {
            _ = try receive(
                &session,
                #"{"success":\#(success),"ret_msg":"Invalid symbol","req_id":"\#(single.req_id)","op":"subscribe"}"#,
                &writer, &events)
        }
        #expect(
            events == [.subscribed(symbols: ["BTC-USDT"]), .refused(symbol: "NOPE-USDT", reason: "Invalid symbol")])
        #expect(session.wantedSymbols == ["BTC-USDT"])
        #expect(try session.opened(at: at(10)).map(parse).map(\.args) == [["publicTrade.BTCUSDT"]])
        #expect(!session.isUnanswered(at: at(11)))
    }

    @Test("an answer without an id is for the oldest request; without any answer the connection is of no use")
    func answers() throws {
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var session = SubscriptionSession(Bybit(.spot, anySymbol: false), symbols: symbols(12), writer: &writer)
        _ = session.opened(at: at(0))
        let ack = #"{"success":true,"ret_msg":"subscribe","conn_id":"x","op":"subscribe"}"#
        _ = try receive(&session, ack, &writer, &events)
        #expect(!session.isSubscribed && !session.isUnanswered(at: at(20_000)))
        _ = try receive(&session, ack, &writer, &events)
        #expect(session.isSubscribed)
        #expect(events.map { if case .subscribed(let symbols) = $0 { symbols.count } else { 0 } } == [10, 2])
        _ = session.opened(at: at(30_000))
        #expect(!session.isUnanswered(at: at(40_000)) && session.isUnanswered(at: at(40_001)))
    }

    @Test("a JSON ping goes out every 20 s")
    func pings() {
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var session = SubscriptionSession(Bybit(.spot, anySymbol: false), symbols: ["BTC-USDT"], writer: &writer)
        _ = session.opened(at: at(0))
        var sent: [Int64] = []
        for ms in stride(from: Int64(0), through: 100_000, by: 100)
        where session.elapsed(at: at(ms), into: &writer, events: &events) == [#"{"op":"ping"}"#] {
            sent.append(ms)
        }
        #expect(sent == [20_000, 40_000, 60_000, 80_000, 100_000])
    }

    @Test("data before the answer is taken; half a frame leaves a gap in its series")
    func dataAndHalfFrames() throws {
        var writer = TickWriter(remembering: 100)
        var events: [FeedEvent] = []
        var session = SubscriptionSession(Bybit(.spot, anySymbol: false), symbols: ["ETH-USDT"], writer: &writer)
        _ = session.opened(at: at(0))
        _ = try receive(&session, BybitTests.spotFrame, &writer, &events)
        #expect(writer.batch.count == 1)
        #expect(throws: DecodeError.self) {
            try receive(&session, String(BybitTests.spotFrame.prefix(120)), &writer, &events)
        }
        let next = BybitTests.spotFrame.replacingOccurrences(of: "2280000001739247417", with: "2280000001739247418")
            .replacingOccurrences(of: "1786310821917", with: "1786310822000")
        _ = try receive(&session, next, &writer, &events)
        let gaps = try writer.batch.ticks().compactMap(\.gap)
        #expect(gaps.count == 2)
        #expect(gaps.last == Tick.Gap(from: 1_786_310_821_917, to: 1_786_310_822_000, reason: "malformed"))
    }
}
