internal import Feeds
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
        "list-symbols", among: SourceName.venues, value: "SOURCE",
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
            + Venue.all.map(\.profile).map { profile in
                [profile.source, profile.summary, profile.defaultQuote, profile.keyVariable ?? "-", profile.past]
            } + [
                [SourceName.replay.rawValue, "what its files hold", "-", "-", "-"],
                [SourceName.synthetic.rawValue, "invented trades", "-", "-", "-"],
            ]
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
        guard let venue = source.venue else {
            throw MarketLookup.Failure(source: source.rawValue, reason: "it is no venue")
        }
        let lister = venue.markets.lister(key: venue.profile.key)
        let lists = MarketLookup.lists(
            [.init(lister, endpoint: endpoint)], deadlineMs: deadlineMs, until: isStopped)
        return try lists[0].get().filter { $0.isTrading && $0.refusal == nil }.map { "\($0.symbol)\n" }.joined()
    }
}
