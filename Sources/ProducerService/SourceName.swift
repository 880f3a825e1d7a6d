internal import Feeds

/// The sources that `--source` takes.
package enum SourceName: String, CaseIterable, Sendable {
    case bybit
    case bybitLinear = "bybit-linear"
    case binance
    case binance24h = "binance-24h"
    case coinbase
    case kraken
    case coincap
    case coingecko
    case replay
    case synthetic

    /// Whether it is somewhere on the network.
    var hasAddress: Bool { self != .replay && self != .synthetic }

    /// Whether it goes on without us: what is not taken in time is lost.
    var isLive: Bool { hasAddress }

    /// The quote where a symbol has none.
    var defaultQuote: String { lister?.profile.defaultQuote ?? "USDT" }
}
