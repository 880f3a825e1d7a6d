/// What CoinGecko and CoinCap call coins.
private func coinID(_ symbol: String) -> String {
    let base = Market.parts(symbol).base
    return ["BTC": "bitcoin", "ETH": "ethereum", "SOL": "solana"][base] ?? base.lowercased()
}

/// CoinGecko's prices: the latest ones, those of the past, and the list of coins.
public struct CoinGeckoDialect: ExchangeDialect {
    public func name(_ symbol: String) -> String { coinID(symbol) }

    public func answer(_ request: LoopbackRequest, _ market: Market, nowMs: Int64) -> ExchangeAnswer? {
        if request.path.hasSuffix("/simple/price") { return prices(request, market, nowMs) }
        if request.path.hasSuffix("/coins/list") { return list(market) }
        let words = request.path.split(separator: "/")
        if words.last == "market_chart", words.count > 1 { return chart(String(words[words.count - 2]), market, nowMs) }
        return nil
    }

    /// An unknown coin is silently absent.
    private func prices(_ request: LoopbackRequest, _ market: Market, _ nowMs: Int64) -> ExchangeAnswer {
        let currencies = (request.parameter("vs_currencies") ?? "").split(separator: ",")
        guard !currencies.isEmpty else { return ExchangeAnswer(422, #"{"error":"Missing parameter vs_currencies"}"#) }
        var items: [String] = []
        for id in (request.parameter("ids") ?? "").split(separator: ",") {
            guard let symbol = market.place(String(id), coinID) else { continue }
            let price = Double(market.cents(of: symbol)) / 100
            var fields: [String] = []
            for currency in currencies {
                fields.append(#""\#(currency)":\#(price)"#)
                fields.append(#""\#(currency)_market_cap":8474612022.806003"#)
                fields.append(#""\#(currency)_24h_vol":476280865.7456335"#)
                fields.append(#""\#(currency)_24h_change":7.567819671750593"#)
            }
            // A cache stands before it.
            fields.append(#""last_updated_at":\#(nowMs / 10_000 * 10 - 20)"#)
            items.append(#""\#(id)":{\#(fields.joined(separator: ","))}"#)
        }
        return ExchangeAnswer(
            200, "{\(items.joined(separator: ","))}", headers: [("Cache-Control", "public, max-age=30")])
    }

    private func list(_ market: Market) -> ExchangeAnswer {
        let items = market.symbols.map {
            #"{"id":"\#(coinID($0))","symbol":"\#(Market.parts($0).base.lowercased())","name":"\#(coinID($0))"}"#
        }
        return ExchangeAnswer(200, "[\(items.joined(separator: ","))]")
    }

    /// Five minutes apart, the last one now.
    private func chart(_ coin: String, _ market: Market, _ nowMs: Int64) -> ExchangeAnswer {
        guard let symbol = market.place(coin, coinID) else {
            return ExchangeAnswer(404, #"{"error":"coin not found"}"#)
        }
        let times = stride(from: nowMs - 86_400_000, through: nowMs, by: 300_000)
        func series(_ value: String) -> String { "[\(times.map { "[\($0),\(value)]" }.joined(separator: ","))]" }
        let price = "\(Double(market.cents(of: symbol)) / 100)"
        return ExchangeAnswer(
            200,
            #"{"prices":\#(series(price)),"market_caps":\#(series("8474612022.806003")),"total_volumes":\#(series("476280865.7456335"))}"#
        )
    }
}

/// CoinCap v3's socket of prices, which wants a key.
public struct CoinCapDialect: ExchangeDialect {
    public func name(_ symbol: String) -> String { coinID(symbol) }

    public func conversation(_ request: LoopbackRequest, _ market: Market) -> (any ExchangeConversation)? {
        guard request.path.hasSuffix("/prices") else { return nil }
        let assets = (request.parameter("assets") ?? "").split(separator: ",").map(String.init)
        let hasKey = request.parameter("apiKey")?.isEmpty == false || request.headers["authorization"] != nil
        return CoinCapConversation(market, assets, hasKey: hasKey)
    }
}

struct CoinCapConversation: ExchangeConversation {
    private let market: Market
    private let assets: [String]
    private let hasKey: Bool
    var places: [Int: Int] = [:]
    private(set) var isOver = false

    init(_ market: Market, _ assets: [String], hasKey: Bool) {
        self.market = market
        self.assets = assets
        self.hasKey = hasKey
    }

    mutating func open(nowMs: Int64, into frames: inout FrameBuffer) {
        guard hasKey else {
            isOver = true
            return frames.add(text: "Unauthorized: invalid API key")
        }
        for symbol in market.symbols.indices where assets == ["ALL"] || assets.contains(coinID(market.symbols[symbol]))
        {
            places[symbol] = market.subscribe(to: symbol)
        }
    }

    mutating func tell(_ trades: ArraySlice<MarketTrade>, of symbol: Int, nowMs: Int64, into frames: inout FrameBuffer)
    {
        guard let last = trades.last else { return }
        frames.add(isData: true) { json in
            json.put("{\"")
            json.put(coinID(market.symbols[symbol]))
            json.put("\":\"")
            json.putDecimal(last.cents, places: 2)
            json.put("\"}")
        }
    }
}
