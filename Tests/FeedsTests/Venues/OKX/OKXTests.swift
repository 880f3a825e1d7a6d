import CryptoCore
import Foundation
import TestSupport
import Testing

@testable import Feeds

@Suite("OKX frames")
struct OKXTests {
    /// *Source*: OKX API v5, "WS / All trades channel", push data example.
    static let allTrades =
        #"{"arg":{"channel":"trades-all","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","source":"0","ts":"1630048897897"}]}"#
    /// *Source*: OKX API v5, "WS / Trades channel", push data example.
    static let trades =
        #"{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","ts":"1630048897897","count":"3","source":"0","seqId":1234}]}"#
    /// The documented trade as one of a swap: `sz` is in contracts there.
    static let swap = allTrades.replacingOccurrences(of: "BTC-USDT", with: "BTC-USDT-SWAP")
        .replacingOccurrences(of: "0.12060306", with: "12.3")

    /// The swap of the documentation's list: a contract is 0.01 BTC.
    static let listed: ListedMarket = {
        var market = ListedMarket("BTC-USDT", name: "BTC-USDT-SWAP")
        market.contractSize = "0.01"
        return market
    }()

    private func live(_ market: OKX.Market, _ writer: inout TickWriter, listed: ListedMarket? = listed) -> OKX {
        var okx = OKX(market, listed.map { [$0] } ?? [])
        okx.add(symbol: "BTC-USDT", to: &writer)
        return okx
    }

    private func lines(_ frame: String, _ market: OKX.Market) throws -> [String] {
        var writer = TickWriter()
        var okx = live(market, &writer)
        _ = try okx.decode(Array(frame.utf8), receivedMs: 1_630_048_898_000, into: &writer)
        return writer.batch.lines
    }

    @Test("the documented trade becomes this tick, byte for byte")
    func golden() throws {
        #expect(
            try lines(Self.allTrades, .spot) == [
                #"{"source":"okx","symbol":"BTC-USDT","kind":"trade","event_time":1630048897897,"ingest_time":1630048898000,"trade_id":"130639474","price":42219.9,"quantity":0.12060306,"side":"buy"}"#
            ])
    }

    @Test("a swap's size in contracts becomes coins, exactly")
    func contracts() throws {
        #expect(
            try lines(Self.swap, .swap) == [
                #"{"source":"okx-swap","symbol":"BTC-USDT","kind":"trade","event_time":1630048897897,"ingest_time":1630048898000,"trade_id":"130639474","price":42219.9,"quantity":0.123,"side":"buy"}"#
            ])
    }

    @Test("without the size of its contract a swap is not listened to")
    func noList() throws {
        var recordings = OKX()
        var writer = TickWriter()
        recordings.announce(Series(source: "okx-swap", symbol: "BTC-USDT"), to: &writer)
        #expect(try recordings.decode(Array(Self.swap.utf8), into: &writer) == .data(added: 0))
        #expect(writer.batch.isEmpty && writer.series.count == 0)
        #expect(Venue.okxSwap.markets.areNeeded && !Venue.okx.markets.areNeeded)
    }

    @Test("a recording of the aggregated channel is read too, and one order's fills are one trade there")
    func aggregated() throws {
        var recordings = OKX()
        var writer = TickWriter()
        #expect(try recordings.decode(Array(Self.trades.utf8), into: &writer) == .data(added: 1))
        #expect(try writer.batch.ticks().first?.trade?.tradeID == "130639474")
    }

    @Test("a recording holds spot markets only: swaps, futures and options make nothing")
    func others() throws {
        var recordings = OKX()
        var writer = TickWriter()
        for name in ["BTC-USDT-SWAP", "BTC-USD-191227", "BTC-USD-231229-42000-C"] {
            let frame = Self.allTrades.replacingOccurrences(of: "BTC-USDT", with: name)
            #expect(try recordings.decode(Array(frame.utf8), into: &writer) == .data(added: 0))
        }
        #expect(writer.batch.isEmpty)
    }

    @Test("data before the channel, unknown keys and numbers that are no texts change nothing")
    func shapes() throws {
        let data = Self.allTrades[Self.allTrades.firstRange(of: "\"data\"")!.lowerBound...].dropLast()  // it is there
        let turned = #"{\#(data),"new":[{}],"arg":{"instId":"BTC-USDT","x":1,"channel":"trades-all"}}"#
        #expect(try lines(turned, .spot) == lines(Self.allTrades, .spot))
        let loose = Self.allTrades.replacingOccurrences(of: "\"42219.9\"", with: "42219.9")
            .replacingOccurrences(of: "\"1630048897897\"", with: "1630048897897")
        #expect(try lines(loose, .spot) == lines(Self.allTrades, .spot))
    }

    @Test(
        "a trade that lacks what the venue always tells is malformed, and a hole of its market",
        arguments: ["instId", "tradeId", "px", "sz", "side", "ts"])
    func incomplete(member: String) throws {
        var writer = TickWriter()
        var okx = live(.spot, &writer)
        let start = Self.allTrades.firstRange(of: "\"data\"")!.lowerBound  // it is there
        let head = Self.allTrades[..<start]
        for value in ["x", nil] {
            let data = Self.allTrades[start...]
            let frame =
                value == nil
                ? head + data.replacingOccurrences(of: "\"\(member)\"", with: "\"other\"")
                : head + data.replacingOccurrences(of: "\"\(member)\":\"", with: "\"\(member)\":\"x")
            // Texts that are no numbers are the writer's to see; ids may be any.
            if value != nil, ["tradeId", "px", "sz"].contains(member) { continue }
            #expect(throws: DecodeError.self) { try okx.decode(Array(frame.utf8), into: &writer) }
            #expect(okx.brokenSeries == [writer.series.id(of: Series(source: "okx", symbol: "BTC-USDT"))])
        }
        #expect(writer.batch.isEmpty && writer.counters == TickWriter.Counters())
    }

    @Test("a frame cut anywhere throws, and leaves nothing behind", arguments: [OKX.Market.spot, .swap])
    func truncations(market: OKX.Market) {
        let bytes = Array((market == .spot ? Self.allTrades : Self.swap).utf8)
        var writer = TickWriter(remembering: 10)
        var okx = live(market, &writer)
        for count in bytes.indices {
            #expect(throws: DecodeError.self) { try okx.decode(Array(bytes[..<count]), into: &writer) }
        }
        #expect(writer.batch.isEmpty)
    }

    @Test("requests name channels and carry their id; the ping is a text")
    func requests() {
        let okx = OKX(.swap, [Self.listed])
        #expect(
            okx.request(.subscribe, ["BTC-USDT", "ETH-USDT"], requestID: 7)
                == #"{"id":"7","op":"subscribe","args":[{"channel":"trades-all","instId":"BTC-USDT-SWAP"},{"channel":"trades-all","instId":"ETH-USDT-SWAP"}]}"#
        )
        #expect(
            OKX(.spot, []).request(.unsubscribe, ["BTC-USDT"], requestID: 8)
                == #"{"id":"8","op":"unsubscribe","args":[{"channel":"trades-all","instId":"BTC-USDT"}]}"#)
        #expect(okx.ping == "ping" && okx.address([]) == "wss://ws.okx.com:8443/ws/v5/business")
    }

    @Test("a connection's channels are no longer than 64 KB together, and its requests fewer than 480 an hour")
    func limits() {
        let symbols = (0..<2000).map { "A-LONG-NAME-OF-A-COIN-THAT-NOBODY-HAS-\($0)-USDT" }
        let okx = OKX(.spot, [])
        for group in SubscriptionSession.connections(symbols, okx) {
            #expect(group.map { okx.topic($0).utf8.count + 1 }.reduce(0, +) <= 64 << 10)
            // All together, and after a refusal each alone.
            #expect(group.count + group.count / okx.profile.limits.symbolsPerRequest + 1 < 480 / 2)
        }
    }

    @Test(
        "whether markets fall quiet or are never acknowledged: no hour has more than 480 requests, and each is asked for again",
        arguments: [true, false])
    func requestsOfAnHour(areAcknowledged: Bool) {
        let wall: Int64 = 1_790_000_000_000
        let symbols = (0..<200).map { "C\($0)-USDT" }
        var writer = TickWriter(remembering: 1_000)
        var events: [FeedEvent] = []
        var supervisor = StreamSupervisor(SubscriptionSession(OKX(.spot, []), symbols: symbols, writer: &writer))
        func at(_ ms: Int64) -> Moment { Moment(monotonic: ms, wall: wall + ms) }
        _ = supervisor.next(at: at(0))
        var sent: [(ms: Int64, markets: [String])] = []
        func send(_ texts: [String], _ ms: Int64) {
            for text in texts where text.contains("subscribe") {
                let markets = text.matches(of: /"instId":"([^"]+)"/).map { String($0.1) }
                sent.append((ms, markets))
                guard text.contains(#""op":"subscribe""#), areAcknowledged else { continue }
                for market in markets {
                    let answer = #"{"event":"subscribe","arg":{"channel":"trades-all","instId":"\#(market)"}}"#
                    _ = supervisor.received(
                        Array(answer.utf8).span.bytes, at: at(ms), into: &writer, events: &events)
                }
            }
        }
        send(supervisor.opened(at: at(0), events: &events), 0)
        for second in Int64(1)...10_800 {
            let ms = second * 1_000
            // Each market trades every six minutes, each in a second of its own; of those that are not acknowledged only one does.
            let symbol = areAcknowledged ? symbols[Int(second % 360) % 200] : symbols[0]
            let frame =
                #"{"arg":{"channel":"trades-all","instId":"\#(symbol)"},"data":[{"instId":"\#(symbol)","tradeId":"\#(second)","px":"1","sz":"1","side":"buy","ts":"\#(wall + ms)"}]}"#
            _ = supervisor.received(Array(frame.utf8).span.bytes, at: at(ms), into: &writer, events: &events)
            send(supervisor.elapsed(at: at(ms), into: &writer, events: &events), ms)
            writer.batch.removeAll()
        }
        for start in stride(from: Int64(0), to: 7_200_000, by: 60_000) {
            #expect(sent.count { $0.ms >= start && $0.ms < start + 3_600_000 } <= 480)
        }
        #expect(sent.count > 100, "markets are subscribed anew")
        guard !areAcknowledged else { return }
        #expect(sent.count > 1_200, "the venue's limit is used")
        let asked = Dictionary(grouping: sent.flatMap(\.markets)) { $0 }.mapValues(\.count)
        let counts = symbols.dropFirst().map { asked[$0] ?? 0 }
        #expect(asked[symbols[0]] == 1 && (counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "markets take turns")
    }

    @Test(
        "answers are told apart",
        arguments: [
            // *Source*: "WS / All trades channel", response examples; "Notification"; "Connect"; "Error Code: WebSocket, Public".
            (
                #"{"id":"1512","event":"subscribe","arg":{"channel":"trades-all","instId":"BTC-USDT"},"connId":"a4d3ae55"}"#,
                StreamMessage.acknowledged(requestID: nil, symbols: ["BTC-USDT"])
            ),
            (
                #"{"event":"unsubscribe","arg":{"channel":"trades-all","instId":"BTC-USDT"},"connId":"a4d3ae55"}"#,
                .ignored
            ),
            (
                #"{"id":"1512","event":"error","code":"60012","msg":"Invalid request: {\"op\": \"subscribe\", \"argss\":[{ \"channel\" : \"trades-all\", \"instId\" : \"BTC-USD-191227\"}]}","connId":"a4d3ae55"}"#,
                .refused(
                    requestID: "1512", symbol: nil,
                    .passing(
                        reason:
                            #"Invalid request: {"op": "subscribe", "argss":[{ "channel" : "trades-all", "instId" : "BTC-USD-191227"}]}"#
                    ))
            ),
            (
                #"{"id":"7","event":"error","code":"60018","msg":"Wrong URL or channel:trades-all,instId:NO-SUCH doesn't exist. Please use the correct URL.","connId":"a4d3ae55"}"#,
                .refused(
                    requestID: "7", symbol: "NO-SUCH",
                    .market(
                        reason:
                            "Wrong URL or channel:trades-all,instId:NO-SUCH doesn't exist. Please use the correct URL.")
                )
            ),
            (
                #"{"event":"error","code":"60014","msg":"Requests too frequent","connId":"a4d3ae55"}"#,
                .refused(requestID: nil, symbol: nil, .passing(reason: "Requests too frequent"))
            ),
            (
                #"{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade. Please reconnect.","connId":"a4d3ae55"}"#,
                .closing(reason: "The connection will soon be closed for a service upgrade. Please reconnect.")
            ),
            ("pong", .heartbeat),
            (#"{"event":"channel-conn-count","channel":"orders","connCount":"2","connId":"abcd1234"}"#, .ignored),
            (#"{"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{"last":"1"}]}"#, .ignored), ("{}", .ignored),
        ])
    func answers(frame: String, message: StreamMessage) throws {
        var writer = TickWriter()
        var okx = live(.spot, &writer)
        #expect(try okx.decode(Array(frame.utf8), into: &writer) == message)
        #expect(writer.batch.isEmpty)
    }
}
