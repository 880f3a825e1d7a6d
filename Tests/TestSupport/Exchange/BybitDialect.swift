internal import Foundation

/// Bybit v5, spot or linear: public trades, the newest ones over REST, and the list of instruments.
public struct BybitDialect: ExchangeDialect {
    let isLinear: Bool
    /// Spot ids are long decimals; the first of them.
    private static let spotBase: Int64 = 2_280_000_000_000_000_000

    public func name(_ symbol: String) -> String { symbol.filter { $0 != "-" } }

    /// Spot: digits; linear: a UUID, in which the number is hidden.
    public func tradeID(_ id: Int64) -> String {
        guard isLinear else { return String(BybitDialect.spotBase + id) }
        let digits = String(id, radix: 16)
        return "a9188a0a-82bc-50de-be60-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    public func id(of text: String) -> Int64? {
        isLinear
            ? text.split(separator: "-").last.flatMap { Int64($0, radix: 16) } : Int64(text).map { $0 - Self.spotBase }
    }

    public func conversation(_ request: LoopbackRequest, _ market: Market) -> (any ExchangeConversation)? {
        guard request.path.hasSuffix(isLinear ? "/v5/public/linear" : "/v5/public/spot") else { return nil }
        return BybitConversation(self, market)
    }

    public func answer(_ request: LoopbackRequest, _ market: Market, nowMs: Int64) -> ExchangeAnswer? {
        let isList = request.path.hasSuffix("/v5/market/instruments-info")
        guard isList || request.path.hasSuffix("/v5/market/recent-trade") else { return nil }
        guard request.parameter("category") == category else { return refusal(10001, "Illegal category", nowMs) }
        return isList ? instruments(market, nowMs) : recentTrades(request, market, nowMs)
    }

    // MARK: Parts

    private var category: String { isLinear ? "linear" : "spot" }

    private func refusal(_ code: Int, _ message: String, _ nowMs: Int64) -> ExchangeAnswer {
        ExchangeAnswer(
            200, #"{"retCode":\#(code),"retMsg":"\#(message)","result":{},"retExtInfo":{},"time":\#(nowMs)}"#)
    }

    private func instruments(_ market: Market, _ nowMs: Int64) -> ExchangeAnswer {
        let items = market.symbols.map { symbol in
            let (base, quote) = Market.parts(symbol)
            let kind = isLinear ? #""contractType":"LinearPerpetual","settleCoin":"\#(quote)""# : #""innovation":"0""#
            return
                #"{"symbol":"\#(name(symbol))","baseCoin":"\#(base)","quoteCoin":"\#(quote)",\#(kind),"status":"Trading"}"#
        }
        return ExchangeAnswer(
            200,
            #"{"retCode":0,"retMsg":"OK","result":{"category":"\#(category)","list":[\#(items.joined(separator: ","))],"nextPageCursor":""},"retExtInfo":{},"time":\#(nowMs)}"#
        )
    }

    /// The newest trades, the newest of them first; times and sequences are texts here.
    private func recentTrades(_ request: LoopbackRequest, _ market: Market, _ nowMs: Int64) -> ExchangeAnswer {
        guard let symbol = market.place(request.parameter("symbol") ?? "", name) else {
            return refusal(10001, "Not supported symbols", nowMs)
        }
        let limits = isLinear ? (usual: 500, most: 1000) : (usual: 60, most: 60)
        let limit = request.parameter("limit").map { Int($0) ?? 0 } ?? limits.usual
        guard (1...limits.most).contains(limit) else { return refusal(10001, "params error: limit invalid", nowMs) }
        var json = TextBytes()
        json.put(#"{"retCode":0,"retMsg":"OK","result":{"category":"\#(category)","list":["#)
        for (index, trade) in market.newest(limit, of: symbol).reversed().enumerated() {
            json.put(index > 0 ? ",{\"execId\":\"" : "{\"execId\":\"")
            json.put(tradeID(trade.id))
            json.put("\",\"symbol\":\"")
            json.put(name(market.symbols[symbol]))
            json.put("\",\"price\":\"")
            json.putDecimal(trade.cents, places: 2)
            json.put("\",\"size\":\"")
            json.putDecimal(trade.grains, places: 8, isTrimmed: true)
            json.put(trade.isBuy ? "\",\"side\":\"Buy\",\"time\":\"" : "\",\"side\":\"Sell\",\"time\":\"")
            json.put(trade.timeMs)
            json.put("\",\"isBlockTrade\":false,\"isRPITrade\":false,\"seq\":\"")
            json.put(178_477_362_000 + trade.id)
            json.put("\"}")
        }
        json.put(#"]},"retExtInfo":{},"time":\#(nowMs)}"#)
        return ExchangeAnswer(200, json.text)
    }
}

struct BybitConversation: ExchangeConversation {
    private let dialect: BybitDialect
    private let market: Market
    var places: [Int: Int] = [:]
    private var sequence: Int64 = 178_477_362_000
    private static let connectionID = "d9avt8shteepr00gfc1g-4zd1x"

    init(_ dialect: BybitDialect, _ market: Market) {
        self.dialect = dialect
        self.market = market
    }

    mutating func hear(_ text: String, nowMs: Int64, into frames: inout FrameBuffer) {
        guard let request = ClientText(text) else { return answer("subscribe", "Invalid JSON", nil, false, &frames) }
        let id = request["req_id"]
        switch request["op"] {
        case "ping": answer("ping", "pong", id, true, &frames)
        case "subscribe": subscribe(request.list("args"), id, nowMs, &frames)
        case "unsubscribe":
            for topic in request.list("args") {
                if let place = place(topic) { places[place] = nil }
            }
            answer("unsubscribe", dialect.isLinear ? "" : "unsubscribe", id, true, &frames)
        default: answer(request["op"] ?? "", "unknown op", id, false, &frames)
        }
    }

    mutating func tell(_ trades: ArraySlice<MarketTrade>, of symbol: Int, nowMs: Int64, into frames: inout FrameBuffer)
    {
        let name = dialect.name(market.symbols[symbol])
        var rest = trades
        while !rest.isEmpty {
            let part = rest.prefix(200)
            rest = rest.dropFirst(200)
            sequence += 1
            let sequence = sequence
            frames.add(isData: true) { json in
                json.put("{\"topic\":\"publicTrade.")
                json.put(name)
                json.put(dialect.isLinear ? "\",\"type\":\"snapshot\",\"ts\":" : "\",\"ts\":")
                json.put(nowMs)
                json.put(dialect.isLinear ? ",\"data\":[" : ",\"type\":\"snapshot\",\"data\":[")
                for (index, trade) in part.enumerated() {
                    if index > 0 { json.put(",") }
                    put(trade, name, sequence, &json)
                }
                json.put("]}")
            }
        }
    }

    // MARK: Parts

    private mutating func subscribe(_ topics: [String], _ id: String?, _ nowMs: Int64, _ frames: inout FrameBuffer) {
        guard dialect.isLinear || topics.count <= 10 else {
            return answer("subscribe", "args size >10", id, false, &frames)
        }
        let unknown = topics.filter { place($0) == nil }
        guard unknown.isEmpty else {
            return answer("subscribe", "Invalid symbol :[\(unknown.joined(separator: ","))]", id, false, &frames)
        }
        for symbol in topics.compactMap(place) {
            places[symbol] = market.subscribe(to: symbol)
            // Data may come before the answer, and rarely old data.
            tell(market.newest(2, of: symbol)[...], of: symbol, nowMs: nowMs, into: &frames)
        }
        answer("subscribe", dialect.isLinear ? "" : "subscribe", id, true, &frames)
    }

    private func place(_ topic: String) -> Int? {
        market.place(topic) { "publicTrade." + dialect.name($0) }
    }

    /// The answer to linear requests always has an id, that to others only when one was sent.
    private func answer(_ op: String, _ message: String, _ id: String?, _ isDone: Bool, _ frames: inout FrameBuffer) {
        let echo = dialect.isLinear || id != nil ? #""req_id":"\#(id ?? "")","# : ""
        frames.add(
            text:
                #"{"success":\#(isDone),"ret_msg":"\#(message)","conn_id":"\#(Self.connectionID)",\#(echo)"op":"\#(op)"}"#
        )
    }

    private func put(_ trade: MarketTrade, _ name: String, _ sequence: Int64, _ json: inout TextBytes) {
        let id = dialect.tradeID(trade.id)
        if dialect.isLinear {
            json.put("{\"T\":")
            json.put(trade.timeMs)
            json.put(",\"s\":\"")
            json.put(name)
            json.put(trade.isBuy ? "\",\"S\":\"Buy\",\"v\":\"" : "\",\"S\":\"Sell\",\"v\":\"")
            json.putDecimal(trade.grains, places: 8, isTrimmed: true)
            json.put("\",\"p\":\"")
            json.putDecimal(trade.cents, places: 2)
            json.put(trade.isBuy ? "\",\"L\":\"PlusTick\",\"i\":\"" : "\",\"L\":\"MinusTick\",\"i\":\"")
            json.put(id)
            json.put("\",\"BT\":false,\"RPI\":false,\"seq\":")
            json.put(sequence)
        } else {
            json.put("{\"i\":\"")
            json.put(id)
            json.put("\",\"T\":")
            json.put(trade.timeMs)
            json.put(",\"p\":\"")
            json.putDecimal(trade.cents, places: 2)
            json.put("\",\"v\":\"")
            json.putDecimal(trade.grains, places: 8, isTrimmed: true)
            json.put(trade.isBuy ? "\",\"S\":\"Buy\",\"seq\":" : "\",\"S\":\"Sell\",\"seq\":")
            json.put(sequence)
            json.put(",\"s\":\"")
            json.put(name)
            json.put("\",\"BT\":false,\"RPI\":false")
        }
        json.put("}")
    }
}
