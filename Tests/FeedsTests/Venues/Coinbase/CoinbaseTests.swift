import CryptoCore
import Feeds
import Foundation
import TestSupport
import Testing

@Suite("Coinbase frames")
struct CoinbaseTests {
    static let update =
        #"{"channel":"market_trades","timestamp":"2026-08-09T21:05:48.251397169Z","sequence_num":9,"events":[{"type":"update","trades":[{"product_id":"BTC-USD","trade_id":"1068572091","price":"65083.67","size":"0.01034361","time":"2026-08-09T21:05:48.167634Z","side":"SELL"}]}]}"#
    static let match =
        #"{"type":"match","trade_id":280232,"maker_order_id":"a","taker_order_id":"b","side":"sell","size":"985","price":"0.00001305","product_id":"SKL-BTC","sequence":177100030,"time":"2021-04-17T16:43:37.089723Z"}"#

    static func frame(_ type: String, _ ids: [Int], number: Int = 0) -> String {
        let trades = ids.map {
            #"{"product_id":"BTC-USD","trade_id":"\#($0)","price":"1","size":"2","time":"2026-08-09T21:05:48Z","side":"BUY"}"#
        }
        return
            #"{"channel":"market_trades","sequence_num":\#(number),"events":[{"type":"\#(type)","trades":[\#(trades.joined(separator: ","))]}]}"#
    }

    private func live(_ symbols: [String], _ writer: inout TickWriter) -> Coinbase {
        var coinbase = Coinbase(anySymbol: false)
        for symbol in symbols { coinbase.add(symbol: symbol, to: &writer) }
        return coinbase
    }

    private func lines(_ frame: String) throws -> [String] {
        var coinbase = Coinbase(anySymbol: true)
        var writer = TickWriter()
        _ = try coinbase.decode(Array(frame.utf8), into: &writer)
        return writer.batch.lines
    }

    @Test("the recorded update becomes this tick, byte for byte: the maker sold, so the taker bought")
    func golden() throws {
        #expect(
            try lines(Self.update) == [
                #"{"source":"coinbase","symbol":"BTC-USD","kind":"trade","event_time":1786309548167,"ingest_time":1800000000000,"trade_id":"1068572091","price":65083.67,"quantity":0.01034361,"side":"buy"}"#
            ])
    }

    @Test("a trade of the older feed has a number for an id; the one from before the subscription is history")
    func old() throws {
        let tick =
            #"{"source":"coinbase","symbol":"SKL-BTC","kind":"trade","event_time":1618677817089,"ingest_time":1800000000000,"trade_id":"280232","price":1.305e-05,"quantity":985.0,"side":"buy""#
        #expect(try lines(Self.match) == [tick + "}"])
        let last = Self.match.replacingOccurrences(of: "\"match\"", with: "\"last_match\"")
        #expect(try lines(last) == [tick + #","backfilled":true}"#])
    }

    @Test(
        "trades are written by ascending id, whichever way they came", arguments: [[1, 2, 3], [3, 2, 1], [2, 3, 1]])
    func order(ids: [Int]) throws {
        var coinbase = Coinbase(anySymbol: true)
        var writer = TickWriter()
        #expect(try coinbase.decode(Array(Self.frame("update", ids).utf8), into: &writer) == .data(added: 3))
        #expect(try writer.batch.ticks().compactMap(\.trade?.tradeID) == ["1", "2", "3"])
        #expect(try writer.batch.ticks().allSatisfy { $0.trade?.isBackfilled == false })
    }

    @Test("the trades of a snapshot are history, wherever its type stands")
    func snapshot() throws {
        let frame = Self.frame("snapshot", [9, 8])
        let turned = frame.replacingOccurrences(of: #""type":"snapshot","#, with: "")
            .replacingOccurrences(of: "]}]}", with: #"],"type":"snapshot"}]}"#)
        for text in [frame, turned] {
            var coinbase = Coinbase(anySymbol: true)
            var writer = TickWriter()
            #expect(try coinbase.decode(Array(text.utf8), into: &writer) == .data(added: 2))
            #expect(try writer.batch.ticks().allSatisfy { $0.trade?.isBackfilled == true })
        }
    }

    @Test("events before the channel, unknown keys and numbers that are no texts change nothing")
    func shapes() throws {
        let events = Self.update[Self.update.firstRange(of: "\"events\"")!.lowerBound...].dropLast()  // it is there
        let turned = #"{\#(events),"new":{"x":[null]},"sequence_num":"9","channel":"market_trades"}"#
            .replacingOccurrences(of: "\"1068572091\"", with: "1068572091")
            .replacingOccurrences(of: "\"65083.67\"", with: "65083.67")
        #expect(try lines(turned) == lines(Self.update))
    }

    @Test("a jump of the connection's count is a loss, and the frame's trades are written all the same")
    func loss() throws {
        var writer = TickWriter(remembering: 100)
        var coinbase = live(["BTC-USD"], &writer)
        func decode(_ number: Int, _ id: Int) throws -> StreamMessage {
            try coinbase.decode(Array(Self.frame("update", [id], number: number).utf8), into: &writer)
        }
        #expect(try decode(4, 1) == .data(added: 1))
        #expect(try decode(5, 2) == .data(added: 1))
        let heartbeat = #"{"channel":"heartbeats","sequence_num":6,"events":[{"heartbeat_counter":"7"}]}"#
        #expect(try coinbase.decode(Array(heartbeat.utf8), into: &writer) == .heartbeat)
        #expect(try decode(8, 3) == .lost)
        #expect(try decode(9, 4) == .data(added: 1))
        #expect(throws: DecodeError.self) { try coinbase.decode(Array("{\"sequence_num\":10,".utf8), into: &writer) }
        #expect(try decode(11, 6) == .lost)
        coinbase.opened()
        #expect(try decode(0, 7) == .data(added: 1))
        #expect(writer.batch.count == 6)
    }

    @Test(
        "answers are told apart",
        arguments: [
            (
                #"{"channel":"subscriptions","sequence_num":2,"events":[{"subscriptions":{"market_trades":["BTC-USD","ETH-USD"]}}]}"#,
                StreamMessage.acknowledged(requestID: nil, symbols: ["BTC-USD", "ETH-USD", "BTC-USDC"])
            ),
            (
                #"{"events":[{"subscriptions":{"heartbeats":["heartbeats"],"market_trades":["ETH-USD"]}}],"channel":"subscriptions"}"#,
                .acknowledged(requestID: nil, symbols: ["ETH-USD"])
            ),
            (
                #"{"channel":"subscriptions","events":[{"subscriptions":{"heartbeats":["heartbeats"]}}]}"#, .heartbeat
            ),
            (
                #"{"type":"error","message":"Failed to subscribe","reason":"BTC-USDC is not a valid product"}"#,
                .refused(
                    requestID: nil, symbol: "BTC-USDC",
                    .market(reason: "Failed to subscribe: BTC-USDC is not a valid product"))
            ),
            (
                #"{"type":"error","message":"rate limit exceeded"}"#,
                .closing(reason: "rate limit exceeded")
            ),
            (
                #"{"type":"error","message":"authentication failure"}"#,
                .unauthorized(reason: "authentication failure")
            ),
            (#"{"channel":"ticker","sequence_num":1,"events":[{"type":"update","tickers":[]}]}"#, .ignored),
            (#"{"type":"ticker","product_id":"BTC-USD","price":"1"}"#, .ignored),
        ])
    func answers(frame: String, message: StreamMessage) throws {
        var writer = TickWriter()
        var coinbase = live(["BTC-USD", "BTC-USDC", "ETH-USD"], &writer)
        #expect(try coinbase.decode(Array(frame.utf8), into: &writer) == message)
        #expect(writer.batch.isEmpty)
    }

    @Test(
        "what is told of the USD book is of each wanted market of it",
        arguments: [
            (["BTC-USDC", "ETH-USD"], ["BTC-USDC"]), (["BTC-USDC", "BTC-USD"], ["BTC-USD", "BTC-USDC"]),
            (["BTC-USD", "ETH-USD", "BTC-USDC"], ["BTC-USD", "BTC-USDC"]), (["BTC-USD", "ETH-USDC"], ["BTC-USD"]),
        ])
    func alias(wanted: [String], told: [String]) throws {
        var writer = TickWriter(remembering: 100)
        var coinbase = live(wanted, &writer)
        let answer =
            #"{"channel":"subscriptions","client_id":"","timestamp":"2026-01-01T00:00:00Z","sequence_num":1,"events":[{"subscriptions":{"market_trades":["BTC-USD","ETH-USD"]}}]}"#
        guard case .acknowledged(nil, let symbols) = try coinbase.decode(Array(answer.utf8), into: &writer) else {
            Issue.record("no acknowledgement")
            return
        }
        #expect(Set(symbols).isSuperset(of: wanted))
        let frames = [Self.frame("update", [6, 5], number: 2), Self.frame("update", [6, 7], number: 3)]
        for (frame, new) in zip(frames, [2, 1]) {
            let message = try coinbase.decode(Array(frame.utf8), into: &writer)
            #expect(message == .data(added: new * told.count))
        }
        let ticks = try writer.batch.ticks()
        #expect(Set(ticks.map(\.series.symbol)) == Set(told))
        for symbol in told {
            let ids = ticks.filter { $0.series.symbol == symbol }.compactMap(\.trade?.tradeID)
            #expect(ids == ["5", "6", "7"])
        }
    }

    @Test("the venue's list says under which name a market is told; past trades are those of that book")
    func listedAlias() throws {
        let list = #"[{"id":"EURC-USDC","status":"online","alias":"EURC-EUR"}]"#
        guard
            case .page(let markets, nil) = try CoinbaseMarkets().decode(
                VenueResponse(status: 200, body: Array(list.utf8)))
        else { return }
        #expect(markets.map(\.alias) == ["EURC-EUR"])
        let page = HistoryPage(symbol: "EURC-USDC", first: 5, sinceMs: 0)
        #expect(CoinbaseHistory(markets).request(page).address.contains("/products/EURC-EUR/trades"))
        #expect(CoinbaseHistory().request(page).address.contains("/products/EURC-USD/trades"))
    }

    @Test("a request has one channel; heartbeats are asked for first, without products")
    func requests() {
        let coinbase = Coinbase(anySymbol: false)
        #expect(
            coinbase.request(.subscribe, ["BTC-USD", "ETH-USD"], requestID: 1)
                == #"{"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],"channel":"market_trades"}"#)
        #expect(coinbase.greeting == [#"{"type":"subscribe","channel":"heartbeats"}"#])
    }

    @Test("a trade whose number is none is counted and leaves the other trades of the frame alone")
    func malformed() throws {
        let bad = Self.trade.replacingOccurrences(of: "65083.67", with: "0")
        let frame = Self.update.replacingOccurrences(of: "\"trades\":[", with: "\"trades\":[\(bad),")
        var coinbase = Coinbase(anySymbol: true)
        var writer = TickWriter()
        #expect(try coinbase.decode(Array(frame.utf8), into: &writer) == .data(added: 1))
        #expect(writer.counters.malformed == 1)
    }

    @Test(
        "a trade that lacks what the venue always tells makes its whole frame malformed: nothing of it is written",
        arguments: [
            "null", "[7]", "{}", without(#""product_id":"BTC-USD","#), without(#""trade_id":"1068572091","#),
            without(#""price":"65083.67","#), without(#""size":"0.01034361","#),
            without(#""time":"2026-08-09T21:05:48.167634Z","#), without(#","side":"SELL""#),
            trade.replacingOccurrences(of: "SELL", with: "UNKNOWN_ORDER_SIDE"),
            trade.replacingOccurrences(of: "2026-08-09T", with: "yesterday"),
        ])
    func incomplete(item: String) {
        let frame = Self.update.replacingOccurrences(of: "\"trades\":[", with: "\"trades\":[\(Self.trade),\(item),")
        var coinbase = Coinbase(anySymbol: true)
        var writer = TickWriter()
        #expect(throws: DecodeError.self) { try coinbase.decode(Array(frame.utf8), into: &writer) }
        #expect(writer.batch.isEmpty && writer.counters == TickWriter.Counters())
    }

    @Test("a trade of the older feed without a side is malformed, too")
    func incompleteOld() {
        let frame = Self.match.replacingOccurrences(of: #""side":"sell","#, with: "")
        #expect(throws: DecodeError.self) { try lines(frame) }
    }

    /// The trade of the update.
    static let trade =
        #"{"product_id":"BTC-USD","trade_id":"1068572091","price":"65083.67","size":"0.01034361","time":"2026-08-09T21:05:48.167634Z","side":"SELL"}"#

    private static func without(_ member: String) -> String { trade.replacingOccurrences(of: member, with: "") }

    @Test("a frame cut anywhere throws", arguments: [update, match])
    func truncations(frame: String) {
        let bytes = Array(frame.utf8)
        var coinbase = Coinbase(anySymbol: true)
        var writer = TickWriter()
        for count in bytes.indices {
            #expect(throws: DecodeError.self) { try coinbase.decode(Array(bytes[..<count]), into: &writer) }
        }
        #expect(writer.batch.isEmpty)
    }

    // MARK: Recordings

    private static let advanced = "data/coinbase/ws-advanced-trade-20260809-firsthalf.jsonl.gz"
    private static let exchange = "data/coinbase/ws-exchange-matches-ticker-20210417.txt.gz"

    private struct Frame: Decodable {
        struct Event: Decodable {
            struct Trade: Decodable { let product_id, trade_id, price, size, time, side: String }
            struct Ticker: Decodable { let product_id, best_bid, best_ask: String }
            let type: String?
            let trades: [Trade]?
            let tickers: [Ticker]?
        }
        let channel: String
        let events: [Event]
    }

    @Test(
        "the recording's trades are those that Foundation reads, each market's in order",
        .enabled(if: SharedData.isPresent))
    func recording() throws {
        let iso = ISO8601DateFormatter()
        iso.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        var coinbase = Coinbase(anySymbol: true)
        var writer = TickWriter()
        var expected: [Tick] = []
        for (_, bytes) in try Frames.recorded(Self.advanced) {
            _ = try coinbase.decode(bytes, into: &writer)
            let frame = try JSONDecoder().decode(Frame.self, from: Data(bytes))
            guard frame.channel == "market_trades" else { continue }
            for event in frame.events {
                let trades = (event.trades ?? []).sorted { Int($0.trade_id)! < Int($1.trade_id)! }  // recorded numbers
                for trade in trades {
                    let seconds = try #require(iso.date(from: trade.time)).timeIntervalSince1970
                    expected.append(
                        Tick(
                            series: Series(source: "coinbase", symbol: trade.product_id),
                            kind: .trade(
                                Tick.Trade(
                                    tradeID: trade.trade_id, price: Double(trade.price)!,
                                    quantity: Double(trade.size)!,  // too
                                    side: trade.side == "SELL" ? .buy : .sell, isBackfilled: event.type == "snapshot")),
                            eventTime: Int64((seconds * 1000).rounded(.down)), ingestTime: Frames.receivedMs))
                }
            }
        }
        let ticks = try writer.batch.ticks()
        #expect(ticks.count == 256 && ticks.count(where: { $0.trade?.isBackfilled == true }) == 200)
        #expect(ticks.map { $0.kind } == expected.map { $0.kind } && ticks.map(\.series) == expected.map(\.series))
        // Foundation's dates are doubles: their milliseconds may be one less.
        #expect(zip(ticks, expected).allSatisfy { (0...1).contains($0.eventTime - $1.eventTime) })
        for symbol in ["BTC-USD", "ETH-USD"] {
            let ids = ticks.filter { $0.series.symbol == symbol }.compactMap { $0.trade.flatMap { Int($0.tradeID) } }
            #expect(zip(ids, ids.dropFirst()).allSatisfy { $1 == $0 + 1 })
        }
    }

    @Test("recorded takers buy at the ask and sell at the bid", .enabled(if: SharedData.isPresent))
    func takerSide() throws {
        var coinbase = Coinbase(anySymbol: true)
        var writer = TickWriter()
        var quotes: [String: (bid: Double, ask: Double)] = [:]
        var touching = 0
        var crossing = 0
        for (_, bytes) in try Frames.recorded(Self.advanced) {
            let frame = try JSONDecoder().decode(Frame.self, from: Data(bytes))
            for ticker in frame.events.flatMap({ $0.tickers ?? [] }) {
                quotes[ticker.product_id] = (Double(ticker.best_bid)!, Double(ticker.best_ask)!)  // recorded numbers
            }
            writer.batch.removeAll()
            _ = try coinbase.decode(bytes, into: &writer)
            for tick in try writer.batch.ticks() {
                guard let trade = tick.trade, !trade.isBackfilled, let quote = quotes[tick.series.symbol] else {
                    continue
                }
                switch trade.side {
                case .buy where trade.price >= quote.ask, .sell where trade.price <= quote.bid: touching += 1
                default: crossing += 1
                }
            }
        }
        #expect(touching >= 50 && crossing <= 3)
    }

    @Test(
        "the older recording holds 97 trades and 10 from before, takers where prices move",
        .enabled(if: SharedData.isPresent))
    func oldRecording() throws {
        struct Match: Decodable {
            let type: String
            let trade_id: Int?
            let size, price: String?
        }
        var coinbase = Coinbase(anySymbol: true)
        var writer = TickWriter()
        var matches: [Match] = []
        for bytes in try Frames.colonStamped(Self.exchange) {
            _ = try coinbase.decode(bytes, into: &writer)
            let match = try JSONDecoder().decode(Match.self, from: Data(bytes))
            if match.type.hasSuffix("match") { matches.append(match) }
        }
        let trades = try writer.batch.ticks().compactMap(\.trade)
        #expect(trades.count == 107 && trades.count(where: \.isBackfilled) == 10)
        #expect(trades.map(\.tradeID) == matches.map { String($0.trade_id ?? 0) })
        #expect(trades.map(\.price) == matches.map { Double($0.price ?? "") })
        #expect(trades.map(\.quantity) == matches.map { Double($0.size ?? "") })
        var last: [String: Double] = [:]
        var with = 0
        var against = 0
        for tick in try writer.batch.ticks() {
            guard let trade = tick.trade else { continue }
            if let before = last[tick.series.symbol], before != trade.price {
                if (trade.price > before) == (trade.side == .buy) { with += 1 } else { against += 1 }
            }
            last[tick.series.symbol] = trade.price
        }
        #expect(with > 5 * against)
    }
}
