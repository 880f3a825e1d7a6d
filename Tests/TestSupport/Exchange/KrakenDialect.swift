/// Kraken: trades on the v2 socket, past trades and pairs over REST.
public struct KrakenDialect: ExchangeDialect {
    /// As the v2 socket writes it: `BTC/USD`.
    public func name(_ symbol: String) -> String {
        let (base, quote) = Market.parts(symbol)
        return "\(base)/\(quote)"
    }

    /// As REST calls a currency: bitcoin is XBT there, Dogecoin XDG.
    private static func old(_ currency: String) -> String { ["BTC": "XBT", "DOGE": "XDG"][currency] ?? currency }

    private static func altname(_ symbol: String) -> String {
        let (base, quote) = Market.parts(symbol)
        return old(base) + old(quote)
    }

    private static func wsname(_ symbol: String) -> String {
        let (base, quote) = Market.parts(symbol)
        return "\(old(base))/\(old(quote))"
    }

    /// The name in answers: older currencies have a letter before them.
    private static func key(_ symbol: String) -> String {
        let (base, quote) = Market.parts(symbol)
        let isOld = ["BTC", "ETH", "XRP", "LTC", "DOGE"].contains(base) && ["USD", "EUR", "BTC"].contains(quote)
        guard isOld else { return altname(symbol) }
        return "X\(old(base))\(quote == "BTC" ? "X" : "Z")\(old(quote))"
    }

    public func conversation(_ request: LoopbackRequest, _ market: Market) -> (any ExchangeConversation)? {
        request.path.hasSuffix("/v2") ? KrakenConversation(self, market) : nil
    }

    public func answer(_ request: LoopbackRequest, _ market: Market, nowMs: Int64) -> ExchangeAnswer? {
        if request.path.hasSuffix("/0/public/Trades") { return trades(request, market) }
        if request.path.hasSuffix("/0/public/AssetPairs") { return pairs(market) }
        return nil
    }

    // MARK: Parts

    /// Those after `since` (ns), oldest first; without it the newest.
    private func trades(_ request: LoopbackRequest, _ market: Market) -> ExchangeAnswer {
        let pair = request.parameter("pair") ?? ""
        let found = market.symbols.firstIndex { symbol in
            [Self.altname(symbol), Self.key(symbol), Self.wsname(symbol)].contains(pair)
        }
        guard let symbol = found else { return ExchangeAnswer(200, #"{"error":["EQuery:Unknown asset pair"]}"#) }
        let limit = min(1000, request.parameter("count").flatMap(Int.init) ?? 1000)
        let trades: [MarketTrade]
        if let since = request.parameter("since").flatMap(Int64.init) {
            // Within a second, seconds: as Kraken takes both.
            let sinceNs = since < 100_000_000_000 ? since * 1_000_000_000 : since
            trades = market.trades(of: symbol, from: market.place(after: sinceNs / 1000, of: symbol), limit: limit)
        } else {
            trades = market.newest(limit, of: symbol)
        }
        var json = TextBytes()
        json.put("{\"error\":[],\"result\":{\"")
        json.put(Self.key(market.symbols[symbol]))
        json.put("\":[")
        for (index, trade) in trades.enumerated() {
            if index > 0 { json.put(",") }
            put(trade, &json)
        }
        json.put("],\"last\":\"")
        json.put((trades.last?.happenedUs ?? 0) * 1000)
        json.put("\"}}")
        return ExchangeAnswer(200, json.text)
    }

    /// Price, volume, seconds with seven decimals, side, kind, misc, id.
    private func put(_ trade: MarketTrade, _ json: inout TextBytes) {
        json.put("[\"")
        json.putDecimal(trade.cents * 1_000, places: 5)
        json.put("\",\"")
        json.putDecimal(trade.grains, places: 8)
        json.put("\",")
        json.putDecimal(trade.timeUs * 10, places: 7)
        json.put(trade.isBuy ? ",\"b\",\"m\",\"\"," : ",\"s\",\"l\",\"\",")
        json.put(trade.id)
        json.put("]")
    }

    private func pairs(_ market: Market) -> ExchangeAnswer {
        let items = market.symbols.map { symbol in
            let (base, quote) = Market.parts(symbol)
            return
                #""\#(Self.key(symbol))":{"altname":"\#(Self.altname(symbol))","wsname":"\#(Self.wsname(symbol))","aclass_base":"currency","base":"\#(Self.old(base))","aclass_quote":"currency","quote":"\#(Self.old(quote))","pair_decimals":1,"lot_decimals":8,"status":"online"}"#
        }
        return ExchangeAnswer(200, #"{"error":[],"result":{\#(items.joined(separator: ","))}}"#)
    }
}

extension Market {
    /// The place of the first trade after a time.
    fileprivate func place(after timeUs: Int64, of symbol: Int) -> Int {
        // Times ascend but for those of a wrong clock, of which there are few: a search from the newest back is short.
        var end = count(of: symbol)
        while end > 0 {
            let start = max(0, end - 1_000)
            let block = trades(of: symbol, from: start, limit: end - start)
            if let last = block.lastIndex(where: { $0.happenedUs <= timeUs }) { return start + last + 1 }
            end = start
        }
        return 0
    }
}

struct KrakenConversation: ExchangeConversation {
    private let dialect: KrakenDialect
    private let market: Market
    var places: [Int: Int] = [:]
    private var quietSinceMs: Int64 = 0

    init(_ dialect: KrakenDialect, _ market: Market) {
        self.dialect = dialect
        self.market = market
    }

    mutating func open(nowMs: Int64, into frames: inout FrameBuffer) {
        quietSinceMs = nowMs
        frames.add(
            text:
                #"{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":12393906104898154338}]}"#
        )
    }

    mutating func hear(_ text: String, nowMs: Int64, into frames: inout FrameBuffer) {
        guard let request = ClientText(text), let method = request["method"] else {
            return frames.add(text: #"{"error":"Malformed request","success":false}"#)
        }
        let id = request.echo("req_id").map { #""req_id":\#($0),"# } ?? ""
        let times = #""time_in":"2026-08-09T21:05:48.167634Z","time_out":"2026-08-09T21:05:48.167701Z""#
        guard method == "subscribe" || method == "unsubscribe" else {
            return frames.add(text: #"{"method":"pong",\#(id)\#(times)}"#)
        }
        let parameters = request.inside("params")
        guard parameters?["channel"] == "trade" else {
            return frames.add(
                text: #"{"error":"Channel not found","method":"\#(method)",\#(id)"success":false,\#(times)}"#)
        }
        let wantsSnapshot = parameters?.bool("snapshot") ?? true
        // One answer for each symbol.
        for name in parameters?.list("symbol") ?? [] {
            guard let symbol = market.place(name, dialect.name) else {
                frames.add(
                    text:
                        #"{"error":"Currency pair not supported \#(name)","method":"\#(method)",\#(id)"success":false,"symbol":"\#(name)",\#(times)}"#
                )
                continue
            }
            frames.add(
                text:
                    #"{"method":"\#(method)",\#(id)"result":{"channel":"trade","snapshot":\#(wantsSnapshot),"symbol":"\#(name)"},"success":true,\#(times)}"#
            )
            places[symbol] = method == "subscribe" ? market.subscribe(to: symbol) : nil
            let last = market.newest(50, of: symbol)
            if method == "subscribe", wantsSnapshot { add("snapshot", last[...], symbol, &frames) }
        }
    }

    mutating func beat(nowMs: Int64, into frames: inout FrameBuffer) {
        guard nowMs - quietSinceMs >= 1_000, !places.isEmpty else { return }
        quietSinceMs = nowMs
        frames.add(text: #"{"channel":"heartbeat"}"#)
    }

    mutating func tell(_ trades: ArraySlice<MarketTrade>, of symbol: Int, nowMs: Int64, into frames: inout FrameBuffer)
    {
        quietSinceMs = nowMs
        var rest = trades
        while !rest.isEmpty {
            add("update", rest.prefix(50), symbol, &frames)
            rest = rest.dropFirst(50)
        }
    }

    private func add(
        _ type: StaticString, _ trades: ArraySlice<MarketTrade>, _ symbol: Int, _ frames: inout FrameBuffer
    ) {
        let name = dialect.name(market.symbols[symbol])
        frames.add(isData: true) { json in
            json.put("{\"channel\":\"trade\",\"type\":\"")
            json.put(type)
            json.put("\",\"data\":[")
            for (index, trade) in trades.enumerated() {
                json.put(index > 0 ? ",{\"symbol\":\"" : "{\"symbol\":\"")
                json.put(name)
                json.put(trade.isBuy ? "\",\"side\":\"buy\",\"price\":" : "\",\"side\":\"sell\",\"price\":")
                json.putDecimal(trade.cents, places: 2, isTrimmed: trade.id % 2 == 0)
                json.put(",\"qty\":")
                json.putDecimal(trade.grains, places: 8, isTrimmed: trade.id % 3 == 0)
                json.put(",\"ord_type\":\"market\",\"trade_id\":")
                json.put(trade.id)
                json.put(",\"timestamp\":\"")
                json.putTime(us: trade.timeUs)
                json.put("\"}")
            }
            json.put("]}")
        }
    }
}
