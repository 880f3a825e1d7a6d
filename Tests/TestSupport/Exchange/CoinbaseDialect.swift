/// Coinbase: Advanced Trade's `market_trades` and `heartbeats`, and the Exchange's past trades and products.
public struct CoinbaseDialect: ExchangeDialect {
    public func name(_ symbol: String) -> String { symbol }

    public func conversation(_ request: LoopbackRequest, _ market: Market) -> (any ExchangeConversation)? {
        request.isWebSocketUpgrade ? CoinbaseConversation(market) : nil
    }

    public func answer(_ request: LoopbackRequest, _ market: Market, nowMs: Int64) -> ExchangeAnswer? {
        guard let start = request.path.firstRange(of: "/products")?.upperBound else { return nil }
        let words = request.path[start...].split(separator: "/").map(String.init)
        if words.isEmpty { return products(market) }
        guard let symbol = market.symbols.firstIndex(of: words[0]) else {
            return ExchangeAnswer(404, #"{"message":"NotFound"}"#)
        }
        return words.dropFirst().first == "trades" ? trades(request, symbol, market) : nil
    }

    // MARK: Parts

    /// Newest first: those older than `after`, without it the newest.
    private func trades(_ request: LoopbackRequest, _ symbol: Int, _ market: Market) -> ExchangeAnswer {
        let limit = min(1000, request.parameter("limit").flatMap(Int.init) ?? 1000)
        let end =
            request.parameter("after").flatMap(Int64.init).map { Int($0 - market.firstID) } ?? market.count(of: symbol)
        let start = max(0, end - limit)
        let trades = end > 0 ? market.trades(of: symbol, from: start, limit: end - start) : []
        var json = TextBytes()
        json.put("[")
        for (index, trade) in trades.reversed().enumerated() {
            json.put(index > 0 ? ",{\"trade_id\":" : "{\"trade_id\":")
            json.put(trade.id)
            // The maker's side.
            json.put(trade.isBuy ? ",\"side\":\"sell\",\"size\":\"" : ",\"side\":\"buy\",\"size\":\"")
            json.putDecimal(trade.grains, places: 8)
            json.put("\",\"price\":\"")
            json.putDecimal(trade.cents, places: 2)
            json.put("\",\"time\":\"")
            json.putTime(us: trade.timeUs)
            json.put("\"}")
        }
        json.put("]")
        let cursors = trades.first.map { first in
            [("CB-AFTER", String(first.id)), ("CB-BEFORE", String(trades.last?.id ?? first.id))]
        }
        return ExchangeAnswer(200, json.text, headers: cursors ?? [])
    }

    private func products(_ market: Market) -> ExchangeAnswer {
        let items = market.symbols.map { symbol in
            let (base, quote) = Market.parts(symbol)
            return
                #"{"id":"\#(symbol)","base_currency":"\#(base)","quote_currency":"\#(quote)","quote_increment":"0.01","base_increment":"0.00000001","display_name":"\#(base)/\#(quote)","post_only":false,"limit_only":false,"cancel_only":false,"status":"online","trading_disabled":false}"#
        }
        return ExchangeAnswer(200, "[\(items.joined(separator: ","))]")
    }
}

struct CoinbaseConversation: ExchangeConversation {
    private let market: Market
    var places: [Int: Int] = [:]
    private(set) var isOver = false
    private var sequence: Int64 = 0
    private var openedMs: Int64 = 0
    private var hasSubscribed = false
    private var beats: (isWanted: Bool, next: Int64, count: Int64) = (false, 0, 0)
    private var isAscending = false

    init(_ market: Market) { self.market = market }

    mutating func open(nowMs: Int64, into frames: inout FrameBuffer) { openedMs = nowMs }

    mutating func hear(_ text: String, nowMs: Int64, into frames: inout FrameBuffer) {
        guard let request = ClientText(text), let channel = request["channel"], let type = request["type"],
            type == "subscribe" || type == "unsubscribe"
        else { return frames.add(text: #"{"type":"error","message":"failed to parse the request"}"#) }
        hasSubscribed = true
        let products = request.list("product_ids")
        switch channel {
        case "heartbeats": beats = (type == "subscribe", nowMs, 0)
        case "market_trades":
            if let unknown = products.first(where: { !market.symbols.contains($0) }) {
                return frames.add(text: #"{"type":"error","message":"\#(unknown) is not a valid product"}"#)
            }
            for symbol in products.compactMap({ market.symbols.firstIndex(of: $0) }) {
                places[symbol] = type == "subscribe" ? market.subscribe(to: symbol) : nil
                if type == "subscribe" { snapshot(symbol, nowMs, &frames) }
            }
        default: return frames.add(text: #"{"type":"error","message":"\#(channel) is not a channel"}"#)
        }
        acknowledge(nowMs, &frames)
    }

    mutating func beat(nowMs: Int64, into frames: inout FrameBuffer) {
        // A subscription has to come within five seconds.
        if !hasSubscribed, nowMs - openedMs > 5_000 { isOver = true }
        guard beats.isWanted, nowMs >= beats.next else { return }
        beats = (true, nowMs + 1_000, beats.count + 1)
        let count = beats.count
        frame("heartbeats", nowMs, isData: false, &frames) { json in
            // Go's own text form of a time.
            json.put("{\"current_time\":\"2026-08-09 21:05:48.251397169 +0000 UTC m=+91717.525857105\",")
            json.put("\"heartbeat_counter\":")
            json.put(count)
            json.put("}")
        }
    }

    mutating func tell(_ trades: ArraySlice<MarketTrade>, of symbol: Int, nowMs: Int64, into frames: inout FrameBuffer)
    {
        var rest = trades
        while !rest.isEmpty {
            // Both orders occur.
            isAscending.toggle()
            let part = Array(rest.prefix(50))
            rest = rest.dropFirst(50)
            event("update", isAscending ? part : part.reversed(), symbol, nowMs, &frames)
        }
    }

    // MARK: Parts

    /// The last hundred trades, newest first.
    private mutating func snapshot(_ symbol: Int, _ nowMs: Int64, _ frames: inout FrameBuffer) {
        event("snapshot", market.newest(100, of: symbol).reversed(), symbol, nowMs, &frames)
    }

    private mutating func event(
        _ type: StaticString, _ trades: [MarketTrade], _ symbol: Int, _ nowMs: Int64, _ frames: inout FrameBuffer
    ) {
        let product = market.symbols[symbol]
        frame("market_trades", nowMs, isData: true, &frames) { json in
            json.put("{\"type\":\"")
            json.put(type)
            json.put("\",\"trades\":[")
            for (index, trade) in trades.enumerated() {
                json.put(index > 0 ? ",{\"product_id\":\"" : "{\"product_id\":\"")
                json.put(product)
                json.put("\",\"trade_id\":\"")
                json.put(trade.id)
                json.put("\",\"price\":\"")
                json.putDecimal(trade.cents, places: 2)
                json.put("\",\"size\":\"")
                json.putDecimal(trade.grains, places: 8, isTrimmed: true)
                json.put("\",\"time\":\"")
                json.putTime(us: trade.timeUs)
                // The maker's side.
                json.put(trade.isBuy ? "\",\"side\":\"SELL\"}" : "\",\"side\":\"BUY\"}")
            }
            json.put("]}")
        }
    }

    private mutating func acknowledge(_ nowMs: Int64, _ frames: inout FrameBuffer) {
        let products = places.keys.sorted().map { "\"\(market.symbols[$0])\"" }.joined(separator: ",")
        let trades = places.isEmpty ? [] : [#""market_trades":[\#(products)]"#]
        let held = trades + (beats.isWanted ? [#""heartbeats":["heartbeats"]"#] : [])
        frame("subscriptions", nowMs, isData: false, &frames) { json in
            json.put("{\"subscriptions\":{\(held.joined(separator: ","))}}" as String)
        }
    }

    /// Every frame of the connection has the next number.
    private mutating func frame(
        _ channel: StaticString, _ nowMs: Int64, isData: Bool, _ frames: inout FrameBuffer,
        _ event: (inout TextBytes) -> Void
    ) {
        let number = sequence
        sequence += 1
        frames.add(isData: isData) { json in
            json.put("{\"channel\":\"")
            json.put(channel)
            json.put("\",\"client_id\":\"\",\"timestamp\":\"")
            json.putTime(us: nowMs * 1000, extraDigits: 169)
            json.put("\",\"sequence_num\":")
            json.put(number)
            json.put(",\"events\":[")
            event(&json)
            json.put("]}")
        }
    }
}
