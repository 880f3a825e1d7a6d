package import Feeds
internal import Glibc

/// The sources that `--source` takes: every venue's, recordings and a generator.
package struct SourceName: RawRepresentable, Hashable, Sendable {
    package let rawValue: String

    /// Nil when no source is called so.
    package init?(rawValue: String) {
        guard let known = SourceName.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = known
    }

    private init(_ rawValue: String) { self.rawValue = rawValue }

    package static let replay = SourceName("replay")
    package static let synthetic = SourceName("synthetic")
    /// The source where none is named.
    package static let usual = SourceName(Venue.usual.source)

    /// In the order of `--list-sources`.
    package static let allCases = Venue.all.map { SourceName($0.source) } + [replay, synthetic]

    /// Those that are somewhere on the network.
    package static let venues = allCases.filter { $0.venue != nil }

    /// The venue; nil where ticks come from no network.
    package var venue: Venue? { Venue.named(rawValue) }

    /// Whether it goes on without us: what is not taken in time is lost.
    var isLive: Bool { venue != nil }

    /// The quote where a symbol has none.
    var defaultQuote: String { venue?.profile.defaultQuote ?? "USDT" }
}

extension VenueProfile {
    /// The venue's key in the environment; nil when there is none.
    var key: String? {
        keyVariable.flatMap { getenv($0) }.map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
