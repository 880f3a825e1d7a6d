internal import Feeds
internal import NetClient
internal import ServiceKit
internal import System

/// Holds the symbols that are wanted against what the venues have, before anything is subscribed to.
enum SymbolCheck {
    /// How long all venues together may take for their lists. *Units*: ms.
    static let deadlineMs: Int64 = 5_000

    /// What is wanted of a source.
    struct Wanted: Sendable {
        var source: SourceName
        /// Such as `BTC-USDT`; of a source that lists coins their ids.
        var names: [String]
        var endpoint: Endpoint?
    }

    /// What came of it.
    struct Findings: Sendable, Equatable {
        /// A line for each name that its venue lacks.
        var problems: [String] = []
        /// Lists that cannot be had, and markets that are closed: the run goes on.
        var warnings: [String] = []
    }

    /// A line for each name that its venue lacks, as the user wrote and can mend it; what else was found is logged.
    static func problems(_ wanted: [Wanted], log: Log, until stop: StopFlag) -> [String] {
        let findings = findings(wanted, until: { stop.isRequested })
        for warning in findings.warnings { log.warning("the symbols were not checked", ["reason": warning]) }
        return findings.problems
    }

    /// Asks all venues at once.
    static func findings(
        _ wanted: [Wanted], deadlineMs: Int64 = deadlineMs, until isStopped: () -> Bool
    ) -> Findings {
        let asked = wanted.compactMap { wanted in
            wanted.names.isEmpty ? nil : wanted.source.lister.map { (wanted, $0) }
        }
        let lists = MarketLookup.lists(
            asked.map { .init($1, endpoint: $0.endpoint) }, deadlineMs: deadlineMs, until: isStopped)
        var findings = Findings()
        for ((wanted, _), list) in zip(asked, lists) {
            switch list {
            case .success(let markets): compare(wanted, markets, &findings)
            case .failure(let failure): findings.warnings.append(failure.description)
            }
        }
        return findings
    }

    private static func compare(_ wanted: Wanted, _ markets: [ListedMarket], _ findings: inout Findings) {
        // No venue has none: its answer is not what we take it for.
        guard !markets.isEmpty else {
            findings.warnings.append("the list of \(wanted.source.rawValue) is empty")
            return
        }
        let isTrading = Dictionary(markets.map { ($0.symbol, $0.isTrading) }) { $0 || $1 }
        let open = markets.filter(\.isTrading).map(\.symbol)
        for name in wanted.names {
            switch isTrading[name] {
            case true?: break
            case false?: findings.warnings.append("\(wanted.source.rawValue) does not trade \(name) now")
            case nil: findings.problems.append(problem(name, wanted.source, open))
            }
        }
    }

    private static func problem(_ name: String, _ source: SourceName, _ open: [String]) -> String {
        let near = source.listsCoins ? NearMatches.ids(name, among: open) : NearMatches.symbols(name, among: open)
        let hint =
            near.isEmpty
            ? "see --list-symbols \(source.rawValue)" : "near: \(near.joined(separator: ", "))"
        return "--symbols \(name): \(source.rawValue) has no such \(source.listsCoins ? "coin" : "market"); \(hint)"
    }
}
