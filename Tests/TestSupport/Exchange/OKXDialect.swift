internal import Foundation

/// OKX v5, spot or perpetual swaps: every trade, the newest ones over REST, and the list of instruments.
///
/// *Source*: OKX API v5, "WS / All trades channel", "GET / Trades", "GET / Trades history", "Get instruments", "Error Code: WebSocket, Public".
public struct OKXDialect: ExchangeDialect {
    let isSwap: Bool

    public func name(_ symbol: String) -> String { isSwap ? symbol + "-SWAP" : symbol }

    public func conversation(_ request: LoopbackRequest, _ market: Market) -> (any ExchangeConversation)? {
        // `trades-all` is told there, and not at /ws/v5/public.
        guard request.path.hasSuffix("/ws/v5/business") else { return nil }
        return OKXConversation(self, market)
    }

    public func answer(_ request: LoopbackRequest, _ market: Market, nowMs: Int64) -> ExchangeAnswer? {
        if request.path.hasSuffix("/api/v5/public/instruments") { return instruments(request, market) }
        if request.path.hasSuffix("/api/v5/market/history-trades") { return history(request, market) }
        return request.path.hasSuffix("/api/v5/market/trades") ? trades(request, market) : nil
    }

    // MARK: Parts

    private static func refusal(_ code: Int, _ message: String, status: Int = 200) -> ExchangeAnswer {
        ExchangeAnswer(status, #"{"code":"\#(code)","msg":"\#(message)","data":[]}"#)
    }

    private func instruments(_ request: LoopbackRequest, _ market: Market) -> ExchangeAnswer {
        let type = isSwap ? "SWAP" : "SPOT"
        guard request.parameter("instType") == type else {
            return OKXDialect.refusal(51000, "Parameter instType error", status: 400)
        }
        let rows = market.symbols.map { symbol in
            let (base, quote) = Market.parts(symbol)
            let kind =
                isSwap
                ? #""baseCcy":"","quoteCcy":"","ctType":"linear","ctVal":"0.01","ctValCcy":"\#(base)","ctMult":"1","settleCcy":"\#(quote)","uly":"\#(symbol)","instFamily":"\#(symbol)""#
                : #""baseCcy":"\#(base)","quoteCcy":"\#(quote)","ctType":"","ctVal":"","ctValCcy":"","ctMult":"","settleCcy":"","uly":"","instFamily":"""#
            return
                #"{"alias":"","instId":"\#(name(symbol))","instType":"\#(type)",\#(kind),"lotSz":"1","minSz":"1","state":"live","tickSz":"0.1","ruleType":"normal"}"#
        }
        return ExchangeAnswer(200, #"{"code":"0","msg":"","data":[\#(rows.joined(separator: ","))]}"#)
    }

    /// The newest trades, the newest of them first.
    private func trades(_ request: LoopbackRequest, _ market: Market) -> ExchangeAnswer {
        guard let symbol = market.place(request.parameter("instId") ?? "", name) else {
            return OKXDialect.refusal(51001, "Instrument ID doesn't exist.")
        }
        let limit = request.parameter("limit").map { Int($0) ?? 0 } ?? 100
        guard (1...500).contains(limit) else { return OKXDialect.refusal(51000, "Parameter limit error", status: 400) }
        return answer(market.newest(limit, of: symbol), market.symbols[symbol])
    }

    /// Trades older than the one with the id `after`, the newest of them first; `type` 1 pages by ids, and is the default.
    private func history(_ request: LoopbackRequest, _ market: Market) -> ExchangeAnswer {
        guard let symbol = market.place(request.parameter("instId") ?? "", name) else {
            return OKXDialect.refusal(51001, "Instrument ID doesn't exist.")
        }
        let limit = request.parameter("limit").map { Int($0) ?? 0 } ?? 100
        guard (1...100).contains(limit), request.parameter("type") ?? "1" == "1" else {
            return OKXDialect.refusal(51000, "Parameter limit error", status: 400)
        }
        let after = request.parameter("after").flatMap { Int64($0) } ?? .max
        return answer(market.trades(of: symbol, from: 0).filter { $0.id < after }.suffix(limit), market.symbols[symbol])
    }

    private func answer(_ trades: [MarketTrade], _ symbol: String) -> ExchangeAnswer {
        var json = TextBytes()
        json.put(#"{"code":"0","msg":"","data":["#)
        for (index, trade) in trades.reversed().enumerated() {
            if index > 0 { json.put(",") }
            put(trade, symbol, &json)
        }
        json.put("]}")
        return ExchangeAnswer(200, json.text)
    }

    /// Sizes of swaps are contracts of 0.01 coins.
    func put(_ trade: MarketTrade, _ symbol: String, _ json: inout TextBytes) {
        json.put("{\"instId\":\"")
        json.put(name(symbol))
        json.put("\",\"tradeId\":\"")
        json.put(trade.id)
        json.put("\",\"px\":\"")
        json.putDecimal(trade.cents, places: 2)
        json.put("\",\"sz\":\"")
        json.putDecimal(trade.grains, places: isSwap ? 6 : 8, isTrimmed: true)
        json.put(
            trade.isBuy
                ? "\",\"side\":\"buy\",\"source\":\"0\",\"ts\":\"" : "\",\"side\":\"sell\",\"source\":\"0\",\"ts\":\"")
        json.put(trade.timeMs)
        json.put("\"}")
    }
}

struct OKXConversation: ExchangeConversation {
    private let dialect: OKXDialect
    private let market: Market
    var places: [Int: Int] = [:]
    private static let connectionID = "a4d3ae55"

    init(_ dialect: OKXDialect, _ market: Market) {
        self.dialect = dialect
        self.market = market
    }

    mutating func hear(_ text: String, nowMs: Int64, into frames: inout FrameBuffer) {
        if text == "ping" { return frames.add(text: "pong") }
        guard let request = ClientText(text), let op = request["op"] else {
            return error(60012, "Invalid request: \(text)", nil, &frames)
        }
        let id = request["id"]
        guard op == "subscribe" || op == "unsubscribe" else { return error(60019, "Invalid op: \(op)", id, &frames) }
        for channel in request.objects("args") {
            let (name, instrument) = (channel["channel"] ?? "", channel["instId"] ?? "")
            guard name == "trades-all", let symbol = market.place(instrument, dialect.name) else {
                error(
                    60018,
                    "Wrong URL or channel:\(name),instId:\(instrument) doesn't exist. Please use the correct URL, channel and parameters referring to API document.",
                    id, &frames)
                continue
            }
            places[symbol] = op == "subscribe" ? market.subscribe(to: symbol) : nil
            let echo = id.map { #""id":"\#($0)","# } ?? ""
            frames.add(
                text:
                    #"{\#(echo)"event":"\#(op)","arg":{"channel":"trades-all","instId":"\#(instrument)"},"connId":"\#(Self.connectionID)"}"#
            )
        }
    }

    /// Every update contains one trade.
    mutating func tell(_ trades: ArraySlice<MarketTrade>, of symbol: Int, nowMs: Int64, into frames: inout FrameBuffer)
    {
        let name = dialect.name(market.symbols[symbol])
        for trade in trades {
            frames.add(isData: true) { json in
                json.put("{\"arg\":{\"channel\":\"trades-all\",\"instId\":\"")
                json.put(name)
                json.put("\"},\"data\":[")
                dialect.put(trade, market.symbols[symbol], &json)
                json.put("]}")
            }
        }
    }

    private func error(_ code: Int, _ message: String, _ id: String?, _ frames: inout FrameBuffer) {
        let echo = id.map { #""id":"\#($0)","# } ?? ""
        let words = message.replacingOccurrences(of: "\"", with: "\\\"")
        frames.add(
            text: #"{\#(echo)"event":"error","code":"\#(code)","msg":"\#(words)","connId":"\#(Self.connectionID)"}"#)
    }
}
