package import CryptoCore
internal import NetClient

/// CoinGecko `simple/price`: requests to addresses, answers to quotes.
///
/// *Source*: docs.coingecko.com; answers recorded in 2021, 2022 and 2026.
package struct CoinGecko: Sendable {
    /// The source of its series.
    package static let source = "coingecko"
    /// Where the keyless and the demo API answer.
    package static let address = "https://api.coingecko.com/api/v3"
    /// The environment variable with a demo key.
    package static let keyVariable = "COINGECKO_DEMO_API_KEY"
    /// The header that carries a demo key.
    package static let keyHeader = "x-cg-demo-api-key"
    /// Prices change at most this often in the venue's cache. *Units*: ms.
    package static let cacheMs: Int64 = 30_000

    /// A coin's price in a currency.
    package struct Market: Sendable, Hashable {
        /// CoinGecko's id of the coin: `bitcoin`.
        package let coinID: String
        /// Such as `BTC-USD`.
        package let symbol: String

        package init(coinID: String, symbol: String) {
            self.coinID = coinID
            self.symbol = symbol
        }

        /// As the API names it: `usd`.
        var currency: String { Series(source: "", symbol: symbol).quote.lowercased() }
    }

    /// What an answer held.
    package enum Answer: Equatable, Sendable {
        /// How many quotes were new; the markets that were asked for and not answered, or without a price.
        case prices(new: Int, missing: [Market])
        case refused(VenueRefusal)
    }

    /// Currencies that the API gives prices in.
    package static let currencies: Set<String> = [
        "btc", "eth", "ltc", "bch", "bnb", "eos", "xrp", "xlm", "link", "dot", "yfi", "sol", "usd", "aed", "ars", "aud",
        "bdt", "bhd", "bmd", "brl", "cad", "chf", "clp", "cny", "czk", "dkk", "eur", "gbp", "gel", "hkd", "huf", "idr",
        "ils", "inr", "jpy", "krw", "kwd", "lkr", "mmk", "mxn", "myr", "ngn", "nok", "nzd", "php", "pkr", "pln", "rub",
        "sar", "sek", "sgd", "thb", "try", "twd", "uah", "vef", "vnd", "zar", "xdr", "xag", "xau", "bits", "sats",
    ]

    /// How often the venue may be asked. *Units*: requests a minute.
    package enum Plan: Int64, Sendable {
        /// Shared by everybody behind the same address; measured: about 8, then refusals.
        case keyless = 5
        case demoKey = 30
    }

    private let demoKey: String?
    private let plan: Plan
    private let markets: [Market]
    private let marketOf: [String: Market]

    /// Prices of these markets, each symbol once; a demo key allows more requests a minute.
    package init(_ markets: [Market], demoKey: String? = nil) {
        self.init(markets, demoKey: demoKey, plan: demoKey == nil ? .keyless : .demoKey)
    }

    package init(_ markets: [Market], demoKey: String? = nil, plan: Plan) {
        self.markets = markets
        self.demoKey = demoKey
        self.plan = plan
        marketOf = Dictionary(markets.map { ($0.symbol, $0) }) { first, _ in first }
    }

    // MARK: Requests

    /// The path and query of one request, for at most so many markets as one address can name.
    ///
    /// No spaces stand in its lists: with `bitcoin,%20ethereum` the venue answers only for the first.
    package static func path(for markets: [Market]) -> String {
        let ids = unique(markets.map(\.coinID)).map(PercentText.escaped).joined(separator: ",")
        let currencies = unique(markets.map(\.currency)).map(PercentText.escaped).joined(separator: ",")
        return "/simple/price?ids=\(ids)&vs_currencies=\(currencies)&include_market_cap=true&include_24hr_vol=true"
            + "&include_24hr_change=true&include_last_updated_at=true"
    }

    /// The markets cut into requests of at most 200 coins each.
    package static func requests(_ markets: [Market]) -> [[Market]] {
        var requests: [[Market]] = []
        for id in unique(markets.map(\.coinID)) {
            let same = markets.filter { $0.coinID == id }
            if let last = requests.indices.last, Set(requests[last].map(\.coinID)).count < 200 {
                requests[last] += same
            } else {
                requests.append(same)
            }
        }
        return requests
    }

    private static func unique(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }
    }
}

extension CoinGecko: PriceVenue {
    package var profile: VenueProfile { .coingecko }

    package var spacingMs: Int64 { 60_000 / plan.rawValue }

    package var questions: [[String]] { CoinGecko.requests(markets).map { $0.map(\.symbol) } }

    package func request(_ question: [String]) -> VenueRequest { request(path: CoinGecko.path(for: markets(question))) }

    func request(path: String) -> VenueRequest {
        VenueRequest(CoinGecko.address + path, headers: demoKey.map { [CoinGecko.keyHeader: $0] } ?? [:])
    }

    package func decode(
        _ response: VenueResponse, _ question: [String], receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> PriceAnswer {
        switch try CoinGecko.decode(response, for: markets(question), receivedMs: receivedMs, into: &writer) {
        case .prices(let new, let missing): .prices(new: new, missing: missing.map(\.symbol))
        case .refused(let refusal): .refused(refusal)
        }
    }

    func market(_ symbol: String) -> Market? { marketOf[symbol] }

    private func markets(_ question: [String]) -> [Market] { question.compactMap { marketOf[$0] } }
}
