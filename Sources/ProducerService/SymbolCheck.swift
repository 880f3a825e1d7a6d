internal import Feeds
internal import NetClient
internal import ServiceKit
internal import System

/// Finds what is wanted in the venues' own lists, before anything is subscribed to.
enum SymbolCheck {
    /// How long all venues together may take for their lists. *Units*: ms.
    static let deadlineMs: Int64 = 5_000

    /// What came of it.
    struct Findings: Sendable {
        /// What is wanted as the venues call it, in the order in which it was asked for; as it was where there is no list.
        var orders: [VenueOrder]
        /// A line for each word that means no market, as the user wrote and can mend it.
        var problems: [String] = []
        /// Lists that cannot be had, names that nobody could look up, markets that are closed: the run goes on.
        var warnings: [String] = []
    }

    /// Asks all venues at once.
    static func findings(
        _ wanted: [ProducerPlan.VenueSource], coins: Coins, deadlineMs: Int64 = deadlineMs, until isStopped: () -> Bool
    ) -> Findings {
        let asked = wanted.indices.filter { wanted[$0].needsList(coins) }
        let lists = MarketLookup.lists(
            asked.map { index in
                let venue = wanted[index].venue
                return .init(venue.markets.lister(key: venue.profile.key), endpoint: wanted[index].endpoint)
            }, deadlineMs: deadlineMs, until: isStopped)
        var findings = Findings(orders: wanted.map(\.order))
        for (index, list) in zip(asked, lists) {
            let venue = wanted[index].venue
            switch list {
            // No venue has none: its answer is not what we take it for.
            case .success(let markets) where markets.isEmpty:
                findings.missList("the list of \(venue.source) is empty", of: wanted[index].order)
            case .failure(let failure): findings.missList(failure.description, of: wanted[index].order)
            case .success(let markets):
                let found = SymbolMatch(venue, markets, coins: coins).order(wanted[index].order, &findings)
                findings.orders[index] = found
            }
        }
        return findings
    }
}

extension ProducerPlan.VenueSource {
    /// Whether the venue's list is to be asked for: not where the choice is the venue's, nor where only coins are wanted that are
    /// known anyway and the venue allows few requests.
    fileprivate func needsList(_ coins: Coins) -> Bool {
        if order.items.isEmpty { return false }
        return !venue.markets.isAskedRarely || order.markets.contains { coins.ticker(ofID: $0.name) == nil }
    }
}

extension SymbolCheck.Findings {
    /// There is no list: words are taken as they were understood without one, and what was doubtful is told.
    fileprivate mutating func missList(_ reason: String, of order: VenueOrder) {
        warnings.append(reason)
        for doubt in order.items.compactMap(\.doubt) {
            let others = doubt.others.isEmpty ? "" : ", not for \(doubt.others.joined(separator: " or "))"
            warnings.append("\(doubt.name) was taken for \(doubt.symbol ?? "nothing")\(others); write it with a dash")
        }
    }
}

/// What the words of an order mean in one venue's list.
private struct SymbolMatch {
    private let venue: Venue
    private let coins: Coins
    private let markets: [ListedMarket]
    private let index: MarketIndex

    init(_ venue: Venue, _ markets: [ListedMarket], coins: Coins) {
        self.venue = venue
        self.coins = coins
        self.markets = markets
        index = MarketIndex(markets, coins: coins, defaultQuote: venue.profile.defaultQuote)
    }

    /// The order in the list's words, without what the list lacks.
    func order(_ order: VenueOrder, _ findings: inout SymbolCheck.Findings) -> VenueOrder {
        var found = order
        found.items = []
        found.isListed = true
        for item in order.items {
            guard let market = venue.markets.areCoins ? coin(item, &findings) : pair(item.word, &findings),
                !found.items.contains(where: { $0.market.symbol == market.symbol })
            else { continue }
            found.items.append(.init(word: item.word, market: market))
        }
        return found
    }

    private func pair(_ word: String, _ findings: inout SymbolCheck.Findings) -> ListedMarket? {
        switch index.find(word) {
        case .market(let market):
            if let refusal = market.refusal {
                findings.problems.append(
                    "--symbols \(word): \(venue.source) \(market.symbol) cannot be had: \(refusal)")
                return nil
            }
            if !market.isTrading { findings.warnings.append("\(venue.source) does not trade \(market.symbol) now") }
            return market
        case .several(let symbols):
            findings.problems.append(
                "--symbols \(word): \(venue.source) has several such markets; write one of: \(symbols.joined(separator: ", "))"
            )
        case .none(let near): findings.problems.append(problem(word, "market", near))
        }
        return nil
    }

    private func coin(_ item: VenueOrder.Item, _ findings: inout SymbolCheck.Findings) -> ListedMarket? {
        // A coin that the table knows has its id, whatever part of the list has come.
        let isKnown = venue.markets.isAskedRarely && coins.ticker(ofID: item.market.name) != nil
        if isKnown || markets.contains(where: { $0.symbol == item.market.name }) { return item.market }
        let near = NearMatches.ids(item.market.name, among: markets.filter(\.isTrading).map(\.symbol))
        findings.problems.append(problem(item.market.name, "coin", near))
        return nil
    }

    private func problem(_ word: String, _ what: String, _ near: [String]) -> String {
        let hint = near.isEmpty ? "see --list-symbols \(venue.source)" : "near: \(near.joined(separator: ", "))"
        return "--symbols \(word): \(venue.source) has no such \(what); \(hint)"
    }
}
