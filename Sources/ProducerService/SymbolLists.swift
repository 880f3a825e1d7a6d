internal import Feeds
internal import Glibc
internal import NetClient
package import ServiceKit
internal import System

extension ProducerCommand {
    /// Flags that ask for a list instead of a run; `pipeline` takes them over.
    package static let questions: [any AnyFlag] = [listSources, listSymbols]

    static let listSources = Flag.toggle(
        "list-sources", help: "print what --source takes, what each gives and needs, and exit"
    ).question
    static let listSymbols = Flag.choice(
        "list-symbols", among: SourceName.allCases.filter(\.hasAddress), value: "SOURCE",
        help: "ask a venue which markets, or coins, it has now, print them and exit"
    ).question

    /// The list that the settings ask for, when nothing else in them needs to make sense; nil when they ask for none.
    ///
    /// The answer throws `MarketLookup.Failure` when a venue's list cannot be had.
    package static func answer(_ settings: Settings) -> Answer? {
        if settings[listSources] { return { _ in SymbolLists.sources() } }
        guard let source = settings[listSymbols] else { return nil }
        let endpoint = settings[ProducerFlags.endpoint][source]
        return { stop in try SymbolLists.symbols(of: source, endpoint, until: { stop.isRequested }) }
    }
}

/// What there is to choose from, as text.
enum SymbolLists {
    /// How long a venue may take for its whole list. *Units*: ms.
    static let deadlineMs: Int64 = 30_000

    /// A table of the sources, a line each.
    static func sources() -> String {
        let head = ["SOURCE", "GIVES", "QUOTE", "KEY", "PAST"]
        let rows =
            [head]
            + SourceName.allCases.map { source in
                let profile = source.lister?.profile
                return [
                    source.rawValue, profile?.summary ?? source.summary, profile?.defaultQuote ?? "-",
                    profile?.keyVariable ?? "-", source.past,
                ]
            }
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { text, width in text + String(repeating: " ", count: width - text.count) }
            var line = Substring(cells.joined(separator: "  "))
            while line.last == " " { line = line.dropLast() }
            return line + "\n"
        }.joined()
    }

    /// The symbols that a venue trades now, sorted, a line each.
    static func symbols(
        of source: SourceName, _ endpoint: Endpoint?, until isStopped: () -> Bool
    ) throws(MarketLookup.Failure) -> String {
        guard let lister = source.lister else {
            throw MarketLookup.Failure(source: source.rawValue, reason: "it is no venue")
        }
        let lists = MarketLookup.lists(
            [.init(lister, endpoint: endpoint)], deadlineMs: deadlineMs, until: isStopped)
        return try lists[0].get().filter(\.isTrading).map { "\($0.symbol)\n" }.joined()
    }
}

extension SourceName {
    /// What asks the venue for its markets; nil where there is no venue.
    var lister: (any MarketLister)? {
        switch self {
        case .bybit: BybitMarkets(.spot)
        case .bybitLinear: BybitMarkets(.linear)
        case .binance: BinanceMarkets(.binance)
        case .binance24h: BinanceMarkets(.binanceTickers)
        case .coinbase: CoinbaseMarkets()
        case .kraken: KrakenMarkets()
        case .coincap: CoinCapMarkets(key: SourceName.key(CoinCapMarkets.keyVariable))
        case .coingecko: CoinGeckoMarkets(demoKey: SourceName.key(CoinGecko.keyVariable))
        case .replay, .synthetic: nil
        }
    }

    /// Whether its markets are coins, named by an id, in place of pairs.
    var listsCoins: Bool { self == .coingecko || self == .coincap }

    /// A venue's key in the environment; nil when there is none.
    static func key(_ variable: String) -> String? {
        getenv(variable).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What it gives, where there is no venue to say so.
    fileprivate var summary: String { self == .replay ? "what its files hold" : "invented trades" }

    /// What can be had of the time before, or of a hole.
    fileprivate var past: String {
        switch self {
        case .binance: "by trade id, best with a key"
        case .coinbase: "by trade id"
        case .kraken: "from any time on"
        case .coingecko: "a chart of 5 min or 1 h"
        case .bybit: "the newest 60"
        case .bybitLinear: "the newest 1000"
        case .binance24h, .coincap, .replay, .synthetic: "-"
        }
    }
}
