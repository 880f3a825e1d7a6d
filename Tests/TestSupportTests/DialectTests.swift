import Foundation
import TestSupport
import Testing

/// A market that stands still: three trades of known fields.
private func market(_ symbol: String) -> Market {
    let market = Market(symbols: [symbol], perSecond: 1_000, seed: 1, startMs: 1_786_310_748_000)
    market.advance(toMs: 1_786_310_748_200)
    return market
}

private func json(_ text: String) throws -> NSDictionary {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary)
}

private func request(_ target: String, isSocket: Bool = false, _ headers: [String: String] = [:]) -> LoopbackRequest {
    LoopbackRequest(
        method: "GET", target: target, headers: isSocket ? headers.merging(["upgrade": "websocket"]) { $1 } : headers)
}

/// Keys of the first object, sorted: what a documented frame has, a simulated one must have, with the same kinds of value.
private func shape(_ value: Any?) -> String {
    switch value {
    case let object as NSDictionary:
        let keys = (object.allKeys as? [String] ?? []).sorted()
        return "{\(keys.map { "\($0):\(shape(object[$0]))" }.joined(separator: ","))}"
    case let array as [Any]: return "[\(shape(array.first))]"
    case is String: return "text"
    case let number as NSNumber: return CFIsBool(number) ? "bool" : "number"
    default: return "null"
    }
}

private func CFIsBool(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }

@Suite("What the simulated exchanges say is what the venues' documentation shows")
struct DialectTests {
    private func talk(_ venue: SimulatedVenue, _ symbol: String, _ path: String, _ says: [String]) throws -> (
        Market, [String], [String]
    ) {
        let market = market(symbol)
        var conversation = try #require(venue.dialect.conversation(request(path, isSocket: true), market))
        var frames = FrameBuffer()
        conversation.open(nowMs: 1_786_310_819_000, into: &frames)
        for text in says { conversation.hear(text, nowMs: 1_786_310_819_000, into: &frames) }
        let answers = frames.texts
        frames.removeAll()
        conversation.tell(
            market.newest(2, of: 0)[...], of: 0, nowMs: 1_786_310_819_681, into: &frames)
        return (market, answers, frames.texts)
    }

    @Test("Bybit linear: the documented trade, answer and pong")
    func bybitLinear() throws {
        let (market, answers, frames) = try talk(
            .bybitLinear, "BTC-USDT", "/v5/public/linear",
            [#"{"op":"subscribe","args":["publicTrade.BTCUSDT"]}"#, #"{"req_id":"7","op":"ping"}"#])
        let documented =
            #"{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1786310819681,"data":[{"T":1786310819680,"s":"BTCUSDT","S":"Sell","v":"0.004","p":"65114.20","L":"MinusTick","i":"a9188a0a-82bc-50de-be60-03eedbe3cdd7","BT":false,"RPI":false,"seq":753843954913}]}"#
        #expect(try shape(json(frames[0])) == shape(json(documented)))
        let answer =
            #"{"success":true,"ret_msg":"","conn_id":"d8bu1olkndm7crnfs1e0-j6akw","req_id":"","op":"subscribe"}"#
        // The answer comes behind the first data.
        #expect(try shape(json(answers[1])) == shape(json(answer)))
        #expect(try json(answers[2])["ret_msg"] as? String == "pong" && json(answers[2])["req_id"] as? String == "7")
        let last = try #require(market.newest(1, of: 0).first)
        #expect(
            SimulatedVenue.bybitLinear.dialect.id(of: SimulatedVenue.bybitLinear.dialect.tradeID(last.id)) == last.id)
        #expect(
            frames[0].contains(SimulatedVenue.bybitLinear.dialect.tradeID(last.id))
                && UUID(uuidString: SimulatedVenue.bybitLinear.dialect.tradeID(last.id)) != nil)
    }

    @Test("Bybit spot: the documented trade; an unknown symbol, or more than ten, is refused as a whole")
    func bybitSpot() throws {
        let topics = Array(repeating: #""publicTrade.BTCUSDT""#, count: 11).joined(separator: ",")
        let (_, answers, frames) = try talk(
            .bybit, "BTC-USDT", "/v5/public/spot",
            [
                #"{"op":"subscribe","args":["publicTrade.BTCUSDT","publicTrade.NOPEUSDT"]}"#,
                #"{"op":"subscribe","args":[\#(topics)]}"#,
            ])
        let documented =
            #"{"topic":"publicTrade.ETHUSDT","ts":1786310821917,"type":"snapshot","data":[{"i":"2280000001739247417","T":1786310821917,"p":"1923.28","v":"0.04537","S":"Sell","seq":178477362706,"s":"ETHUSDT","BT":false,"RPI":false}]}"#
        #expect(try shape(json(frames[0])) == shape(json(documented)))
        #expect(answers.count == 2)
        #expect(try answers.allSatisfy { try json($0)["success"] as? Bool == false })
    }

    @Test("Binance: the documented trade without order ids, answers by id, `m` is true where the taker sold")
    func binance() throws {
        let (market, answers, frames) = try talk(
            .binance, "BTC-USDT", "/stream",
            [#"{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}"#, "rubbish"])
        #expect(answers[0] == #"{"result":null,"id":1}"# && answers[1].hasPrefix(#"{"code":3,"msg":"Invalid JSON"#))
        let documented =
            #"{"stream":"btcusdt@trade","data":{"e":"trade","E":1680652800000,"s":"BTCUSDT","t":3071245454,"p":"28165.47000000","q":"0.00056000","T":1680652799999,"m":true,"M":true}}"#
        #expect(try shape(json(frames[0])) == shape(json(documented)))
        for (frame, trade) in zip(frames, market.newest(2, of: 0)) {
            let data = try #require(try json(frame)["data"] as? NSDictionary)
            #expect(data["m"] as? Bool == !trade.isBuy)
            #expect(data["t"] as? Int64 == trade.id && data["T"] as? Int64 == trade.timeMs)
            #expect(Double(data["p"] as? String ?? "") == trade.price)
            #expect(Double(data["q"] as? String ?? "") == trade.quantity)
            #expect((data["p"] as? String)?.split(separator: ".").last?.count == 8)
        }
    }

    @Test("Binance ends a connection on which more than five messages a second come")
    func binanceLimit() throws {
        let market = market("BTC-USDT")
        var conversation = try #require(
            SimulatedVenue.binance.dialect.conversation(request("/stream", isSocket: true), market))
        var frames = FrameBuffer()
        for id in 0..<6 {
            #expect(!conversation.isOver)
            conversation.hear(#"{"method":"LIST_SUBSCRIPTIONS","id":\#(id)}"#, nowMs: 1_000, into: &frames)
        }
        #expect(conversation.isOver)
    }

    @Test("Coinbase: a snapshot of a hundred, newest first, before its answer; numbers of frames; the maker's side")
    func coinbase() throws {
        let (market, answers, frames) = try talk(
            .coinbase, "BTC-USD", "/",
            [
                #"{"type":"subscribe","product_ids":["BTC-USD"],"channel":"market_trades"}"#,
                #"{"type":"subscribe","channel":"heartbeats"}"#,
            ])
        let documented =
            #"{"channel":"market_trades","timestamp":"2026-08-09T21:05:48.251397169Z","sequence_num":9,"client_id":"","events":[{"type":"update","trades":[{"product_id":"BTC-USD","trade_id":"1068572091","price":"65083.67","size":"0.01034361","time":"2026-08-09T21:05:48.167634Z","side":"SELL"}]}]}"#
        #expect(try shape(json(frames[0])) == shape(json(documented)))
        #expect(frames[0].contains(#""timestamp":"2026-08-09T21:26:59.681000169Z""#))
        let numbers = try (answers + frames).map { try json($0)["sequence_num"] as? Int }
        #expect(numbers == Array(0..<numbers.count))
        let event = try #require((try json(answers[0])["events"] as? [NSDictionary])?.first)
        let trades = try #require(event["trades"] as? [[String: String]])
        #expect(event["type"] as? String == "snapshot" && trades.count == 100)
        let truth = Array(market.newest(100, of: 0).reversed())
        #expect(trades.map { $0["trade_id"] } == truth.map { String($0.id) })
        #expect(trades.map { $0["side"] } == truth.map { $0.isBuy ? "SELL" : "BUY" })
        #expect(try json(answers[1])["channel"] as? String == "subscriptions")
    }

    @Test("Kraken v2: an answer for each symbol, the last fifty, JSON numbers, the taker's side")
    func kraken() throws {
        let (market, answers, frames) = try talk(
            .kraken, "BTC-USD", "/v2",
            [
                #"{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD","NOPE/USD"],"snapshot":true},"req_id":5}"#,
                #"{"method":"ping"}"#,
            ])
        #expect(answers.count == 5)
        #expect(try json(answers[1])["req_id"] as? Int == 5 && json(answers[1])["success"] as? Bool == true)
        #expect(try json(answers[3])["success"] as? Bool == false && answers[3].contains("NOPE/USD"))
        let snapshot = try #require(try json(answers[2])["data"] as? [NSDictionary])
        #expect(snapshot.count == 50)
        let update = try #require(try json(frames[0])["data"] as? [NSDictionary])
        #expect(
            (update[0].allKeys as? [String])?.sorted() == [
                "ord_type", "price", "qty", "side", "symbol", "timestamp", "trade_id",
            ])
        for (item, trade) in zip(update, market.newest(2, of: 0)) {
            #expect(item["side"] as? String == (trade.isBuy ? "buy" : "sell"))
            #expect(item["price"] as? Double == trade.price && item["qty"] as? Double == trade.quantity)
        }
    }

    @Test("CoinCap without a key says so in plain text; with one it tells prices as text")
    func coinCap() throws {
        let (_, refusal, _) = try talk(.coincap, "BTC-USD", "/prices?assets=bitcoin", [])
        #expect(refusal == ["Unauthorized: invalid API key"])
        let (_, _, frames) = try talk(.coincap, "BTC-USD", "/prices?assets=bitcoin,nope&apiKey=k", [])
        #expect(try shape(json(frames[0])) == "{bitcoin:text}")
    }
}

@Suite("What the simulated exchanges answer over REST is what the venues' documentation shows")
struct AnswerTests {
    private func answer(_ venue: SimulatedVenue, _ symbol: String, _ target: String) throws -> ExchangeAnswer {
        try #require(venue.dialect.answer(request(target), market(symbol), nowMs: 1_786_310_819_000))
    }

    private func array(_ text: String) throws -> [Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Any])
    }

    @Test("Binance's past trades begin at an id; a key is demanded where it is; an unknown symbol is code -1121")
    func binance() throws {
        let truth = market("BTC-USDT").trades(of: 0, from: 0)
        let first = truth[5].id
        let text = try answer(.binance, "BTC-USDT", "/api/v3/historicalTrades?symbol=BTCUSDT&fromId=\(first)&limit=3")
            .body
        let trades = try array(text).compactMap { $0 as? NSDictionary }
        #expect(trades.map { $0["id"] as? Int64 } == [first, first + 1, first + 2])
        #expect(
            shape(trades[0])
                == "{id:number,isBestMatch:bool,isBuyerMaker:bool,price:text,qty:text,quoteQty:text,time:number}")
        #expect(trades[0]["isBuyerMaker"] as? Bool == !truth[5].isBuy)
        #expect(try answer(.binance, "BTC-USDT", "/api/v3/exchangeInfo?symbol=NOPE").body.contains("-1121"))
        let locked = BinanceDialect(demandsKey: true)
        let target = "/api/v3/historicalTrades?symbol=BTCUSDT"
        #expect(locked.answer(request(target), market("BTC-USDT"), nowMs: 0)?.status == 401)
        #expect(locked.answer(request(target, ["x-mbx-apikey": "k"]), market("BTC-USDT"), nowMs: 0)?.status == 200)
        let one = try answer(.binance, "BTC-USDT", "/api/v3/ticker/24hr?symbol=BTCUSDT").body
        #expect(try json(one).count == 21)
        let some = try answer(.binance, "BTC-USDT", "/api/v3/ticker/24hr?symbols=%5B%22BTCUSDT%22%5D").body
        #expect(try array(some).count == 1)
    }

    @Test("Coinbase's past trades are those before an id, newest first, with the next page's id in CB-AFTER")
    func coinbase() throws {
        let truth = market("BTC-USD").trades(of: 0, from: 0)
        let reply = try answer(.coinbase, "BTC-USD", "/products/BTC-USD/trades?limit=3&after=\(truth[10].id)")
        let trades = try array(reply.body).compactMap { $0 as? NSDictionary }
        #expect(trades.map { $0["trade_id"] as? Int64 } == [truth[9].id, truth[8].id, truth[7].id])
        #expect(trades.map { $0["side"] as? String } == [9, 8, 7].map { truth[$0].isBuy ? "sell" : "buy" })
        #expect(reply.headers.contains { $0.0 == "CB-AFTER" && $0.1 == String(truth[7].id) })
        #expect(try answer(.coinbase, "BTC-USD", "/products/NOPE-USD/trades").status == 404)
        #expect(try array(answer(.coinbase, "BTC-USD", "/products").body).count == 1)
    }

    @Test("Kraken's past trades come after a time, with a cursor in ns as text and the id seventh")
    func kraken() throws {
        let truth = market("BTC-USD").trades(of: 0, from: 0)
        let text = try answer(.kraken, "BTC-USD", "/0/public/Trades?pair=XBTUSD&since=\(truth[4].timeUs * 1000)").body
        let result = try #require(try json(text)["result"] as? NSDictionary)
        let trades = try #require(result["XXBTZUSD"] as? [[Any]])
        #expect(trades.map { $0[6] as? Int64 } == truth[5...].map(\.id))
        #expect(trades[0][3] as? String == (truth[5].isBuy ? "b" : "s"))
        #expect(result["last"] as? String == String(truth[truth.count - 1].timeUs * 1000))
        #expect(try answer(.kraken, "BTC-USD", "/0/public/Trades?pair=NOPE").body.contains("Unknown asset pair"))
        #expect(try answer(.kraken, "BTC-USD", "/0/public/AssetPairs").body.contains(#""wsname":"XBT/USD""#))
    }

    @Test("CoinGecko leaves unknown coins out, and gives a day's prices; Bybit lists what it has")
    func lists() throws {
        let prices = try answer(
            .coingecko, "BTC-USD",
            "/api/v3/simple/price?ids=bitcoin,nope&vs_currencies=usd&include_last_updated_at=true"
        ).body
        #expect(
            try shape(json(prices))
                == "{bitcoin:{last_updated_at:number,usd:number,usd_24h_change:number,usd_24h_vol:number,usd_market_cap:number}}"
        )
        let chart = try answer(.coingecko, "BTC-USD", "/api/v3/coins/bitcoin/market_chart?vs_currency=usd&days=1").body
        #expect((try json(chart)["prices"] as? [[Any]])?.count == 289)
        let instruments = try answer(.bybit, "BTC-USDT", "/v5/market/instruments-info?category=spot").body
        #expect(instruments.contains(#""symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT""#))
    }
}
