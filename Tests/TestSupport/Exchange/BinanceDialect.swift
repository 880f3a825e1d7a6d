internal import Foundation

/// Binance spot: trades on the combined and the raw stream, past trades, tickers, the list of symbols.
public struct BinanceDialect: ExchangeDialect {
    /// Whether past trades are told to those only who send a key.
    public var demandsKey = false

    public init(demandsKey: Bool = false) { self.demandsKey = demandsKey }

    public func name(_ symbol: String) -> String { symbol.filter { $0 != "-" } }

    public func conversation(_ request: LoopbackRequest, _ market: Market) -> (any ExchangeConversation)? {
        let isCombined = request.path.hasSuffix("/stream")
        guard isCombined || request.path.hasSuffix("/ws") || request.path.contains("/ws/") else { return nil }
        let streams =
            isCombined
            ? (request.parameter("streams") ?? "").split(separator: "/").map(String.init)
            : request.path.split(separator: "/").drop { $0 != "ws" }.dropFirst().map(String.init)
        return BinanceConversation(self, market, streams, isCombined: isCombined)
    }

    public func answer(_ request: LoopbackRequest, _ market: Market, nowMs: Int64) -> ExchangeAnswer? {
        guard let start = request.path.firstRange(of: "/api/v3/")?.upperBound else { return nil }
        switch request.path[start...] {
        case "exchangeInfo": return exchangeInfo(request, market, nowMs)
        case "ticker/24hr": return tickers(request, market, nowMs)
        case "trades", "historicalTrades": return trades(request, market)
        default: return nil
        }
    }

    // MARK: Parts

    private static let badSymbol = ExchangeAnswer(400, #"{"code":-1121,"msg":"Invalid symbol."}"#)

    private func trades(_ request: LoopbackRequest, _ market: Market) -> ExchangeAnswer {
        let isOld = request.path.hasSuffix("historicalTrades")
        if isOld, demandsKey, request.headers["x-mbx-apikey"] == nil {
            return ExchangeAnswer(401, #"{"code":-2014,"msg":"API-key format invalid."}"#)
        }
        guard let symbol = market.place(request.parameter("symbol") ?? "", name) else { return Self.badSymbol }
        let limit = min(1000, request.parameter("limit").flatMap(Int.init) ?? 500)
        let first = isOld ? request.parameter("fromId").flatMap(Int64.init) : nil
        let trades =
            first.map { market.trades(of: symbol, from: Int(max(0, $0 - market.firstID)), limit: limit) }
            ?? market.newest(limit, of: symbol)
        var json = TextBytes()
        json.put("[")
        for (index, trade) in trades.enumerated() {
            json.put(index > 0 ? ",{\"id\":" : "{\"id\":")
            json.put(trade.id)
            json.put(",\"price\":\"")
            json.putDecimal(trade.cents * 1_000_000, places: 8)
            json.put("\",\"qty\":\"")
            json.putDecimal(trade.grains, places: 8)
            json.put("\",\"quoteQty\":\"")
            json.putDecimal(Int64(trade.price * trade.quantity * 100), places: 2)
            json.put("\",\"time\":")
            json.put(trade.timeMs)
            json.put(trade.isBuy ? ",\"isBuyerMaker\":false" : ",\"isBuyerMaker\":true")
            json.put(",\"isBestMatch\":true}")
        }
        json.put("]")
        return ExchangeAnswer(200, json.text, headers: [("X-MBX-USED-WEIGHT-1M", "25")])
    }

    private func exchangeInfo(_ request: LoopbackRequest, _ market: Market, _ nowMs: Int64) -> ExchangeAnswer {
        var symbols = market.symbols
        if let asked = request.parameter("symbol") {
            guard let place = market.place(asked, name) else { return Self.badSymbol }
            symbols = [market.symbols[place]]
        }
        let items = symbols.map { symbol in
            let (base, quote) = Market.parts(symbol)
            return
                #"{"symbol":"\#(name(symbol))","status":"TRADING","baseAsset":"\#(base)","baseAssetPrecision":8,"quoteAsset":"\#(quote)","quotePrecision":8,"isSpotTradingAllowed":true}"#
        }
        return ExchangeAnswer(
            200,
            #"{"timezone":"UTC","serverTime":\#(nowMs),"rateLimits":[],"exchangeFilters":[],"symbols":[\#(items.joined(separator: ","))]}"#
        )
    }

    private func tickers(_ request: LoopbackRequest, _ market: Market, _ nowMs: Int64) -> ExchangeAnswer {
        func ticker(_ place: Int) -> String {
            var json = TextBytes()
            json.putDecimal(market.cents(of: place) * 1_000_000, places: 8)
            let price = json.text
            let last = market.firstID + Int64(market.count(of: place)) - 1
            return
                #"{"symbol":"\#(name(market.symbols[place]))","priceChange":"-166.82000000","priceChangePercent":"-2.427","weightedAvgPrice":"\#(price)","prevClosePrice":"\#(price)","lastPrice":"\#(price)","lastQty":"0.01000000","bidPrice":"\#(price)","bidQty":"0.18401100","askPrice":"\#(price)","askQty":"0.19518800","openPrice":"\#(price)","highPrice":"\#(price)","lowPrice":"\#(price)","volume":"57857.49485700","quoteVolume":"392659910.62660750","openTime":\#(nowMs - 86_400_000),"closeTime":\#(nowMs),"firstId":\#(market.firstID),"lastId":\#(last),"count":\#(market.count(of: place))}"#
        }
        if let asked = request.parameter("symbol") {
            return market.place(asked, name).map { ExchangeAnswer(200, ticker($0)) } ?? Self.badSymbol
        }
        var places = Array(market.symbols.indices)
        if let text = request.parameter("symbols") {
            let asked = (try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String]) ?? []
            let found = asked.compactMap { market.place($0, name) }
            guard found.count == asked.count else { return Self.badSymbol }
            places = found
        }
        return ExchangeAnswer(200, "[\(places.map(ticker).joined(separator: ","))]")
    }
}

struct BinanceConversation: ExchangeConversation {
    private let dialect: BinanceDialect
    private let market: Market
    private let isCombined: Bool
    private let streams: [String]
    var places: [Int: Int] = [:]
    private(set) var isOver = false
    /// When the last messages came, for the limit of five a second.
    private var heard: [Int64] = []
    private var nextPingMs: Int64 = 0
    private var openPings = 0
    /// The venue's are 20 s apart; ours come sooner, so that a short test meets them.
    private static let pingMs: Int64 = 3_000

    init(_ dialect: BinanceDialect, _ market: Market, _ streams: [String], isCombined: Bool) {
        self.dialect = dialect
        self.market = market
        self.streams = streams
        self.isCombined = isCombined
    }

    mutating func open(nowMs: Int64, into frames: inout FrameBuffer) {
        for stream in streams { subscribe(stream) }
        nextPingMs = nowMs + BinanceConversation.pingMs
    }

    mutating func hear(_ text: String, nowMs: Int64, into frames: inout FrameBuffer) {
        heard = heard.filter { nowMs - $0 < 1_000 } + [nowMs]
        guard heard.count <= 5 else {
            isOver = true
            return frames.add(.close, [0x03, 0xF0] + "Too many requests".utf8)
        }
        guard let request = ClientText(text) else {
            return frames.add(text: #"{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}"#)
        }
        let id = request.echo("id") ?? "null"
        switch request["method"] {
        case "SUBSCRIBE":
            // A stream of an unknown symbol is accepted and stays silent.
            for stream in request.list("params") { subscribe(stream) }
            frames.add(text: #"{"result":null,"id":\#(id)}"#)
        case "UNSUBSCRIBE":
            for stream in request.list("params") {
                if let place = place(stream) { places[place] = nil }
            }
            frames.add(text: #"{"result":null,"id":\#(id)}"#)
        default:
            frames.add(text: #"{"code":2,"msg":"Invalid request: unknown variant","id":\#(id)}"#)
        }
    }

    mutating func hearPong() { openPings = 0 }

    mutating func beat(nowMs: Int64, into frames: inout FrameBuffer) {
        guard nowMs >= nextPingMs else { return }
        nextPingMs = nowMs + BinanceConversation.pingMs
        openPings += 1
        // A minute without a pong: dropped.
        if openPings > 20 { isOver = true }
        frames.add(.ping, Array(String(nowMs).utf8))
    }

    mutating func tell(_ trades: ArraySlice<MarketTrade>, of symbol: Int, nowMs: Int64, into frames: inout FrameBuffer)
    {
        let name = dialect.name(market.symbols[symbol])
        let stream = name.lowercased()
        for trade in trades {
            frames.add(isData: true) { json in
                if isCombined {
                    json.put("{\"stream\":\"")
                    json.put(stream)
                    json.put("@trade\",\"data\":")
                }
                json.put("{\"e\":\"trade\",\"E\":")
                json.put(nowMs)
                json.put(",\"s\":\"")
                json.put(name)
                json.put("\",\"t\":")
                json.put(trade.id)
                json.put(",\"p\":\"")
                json.putDecimal(trade.cents * 1_000_000, places: 8)
                json.put("\",\"q\":\"")
                json.putDecimal(trade.grains, places: 8)
                json.put("\",\"T\":")
                json.put(trade.timeMs)
                // The buyer rested, so the taker sold.
                json.put(trade.isBuy ? ",\"m\":false,\"M\":true}" : ",\"m\":true,\"M\":true}")
                if isCombined { json.put("}") }
            }
        }
    }

    private mutating func subscribe(_ stream: String) {
        guard let place = place(stream) else { return }
        places[place] = market.subscribe(to: place)
    }

    private func place(_ stream: String) -> Int? {
        market.place(stream) { dialect.name($0).lowercased() + "@trade" }
    }
}
