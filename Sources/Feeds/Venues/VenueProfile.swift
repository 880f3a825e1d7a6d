/// Where a venue is, what it calls itself, and how much it takes.
///
/// *Source*: each venue's documentation, as named in its folder.
package struct VenueProfile: Sendable, Equatable {
    /// What its side of a WebSocket takes.
    package struct StreamLimits: Sendable, Equatable {
        /// Symbols in one subscribe request.
        package var symbolsPerRequest: Int
        /// Symbols on one connection.
        package var symbolsPerConnection: Int
        /// Characters of all topic names of one connection together.
        package var topicCharacters = Int.max
        /// How often the other side can be expected to say something, because we ask. *Units*: ms.
        package var keepaliveMs: Int64 = 20_000
        /// Two messages of ours on one connection are at least this far apart. *Units*: ms.
        package var messageSpacingMs: Int64 = 0
        /// So many subscribe and unsubscribe requests may be made on one connection in an hour; nil: any number.
        package var requestsPerHour: Int?
        /// Silent markets are subscribed anew no more often than this, all of one connection together. *Units*: ms.
        package var renewalSpacingMs: Int64 = 1_000
        /// Two attempts to connect, of this process, are at least this far apart. *Units*: ms.
        package var attemptSpacingMs: Int64 = 1_000
        /// The venue ends a connection of this age, so we renew it a little earlier. *Units*: ms.
        package var lifetimeMs: Int64?
        /// Whether subscribe requests are answered; else silence says nothing about them.
        package var answersRequests = true

        package init(symbolsPerRequest: Int = 100, symbolsPerConnection: Int = 100) {
            self.symbolsPerRequest = symbolsPerRequest
            self.symbolsPerConnection = symbolsPerConnection
        }
    }

    /// The source of its series, as `--source` takes it.
    package var source: String
    /// What it gives, in a few words, for `--list-sources`.
    package var summary: String
    /// What can be had of the time before, or of a hole, in a few words.
    package var past = "-"
    /// The quote where a symbol has none.
    package var defaultQuote: String
    /// The WebSocket's address, without what depends on the symbols.
    package var stream: String?
    /// The REST interface's scheme and host.
    package var rest: String?
    /// The environment variable that holds a key, where the venue has keys for what we ask.
    package var keyVariable: String?
    /// Whether nothing works without it.
    package var needsKey = false
    package var limits = StreamLimits()

    package init(
        source: String, summary: String, past: String = "-", defaultQuote: String, stream: String? = nil,
        rest: String? = nil, keyVariable: String? = nil, needsKey: Bool = false,
        limits: StreamLimits = StreamLimits()
    ) {
        self.source = source
        self.summary = summary
        self.past = past
        self.defaultQuote = defaultQuote
        self.stream = stream
        self.rest = rest
        self.keyVariable = keyVariable
        self.needsKey = needsKey
        self.limits = limits
    }
}
