package import CryptoCore

/// What a venue's WebSocket frame was.
package enum StreamMessage: Equatable, Sendable {
    /// Ticks, and how many of them were written: none where all were repeats, or nobody asked for their symbol.
    case data(added: Int)
    /// A subscribe request was taken: the one with this id, or what it was about; with neither, the oldest one.
    case acknowledged(requestID: String?, symbols: [String])
    /// A subscribe request failed: the one with this id, or for this symbol; with neither, the oldest one.
    case refused(requestID: String?, symbol: String?, Refusal)
    /// A pong, a heartbeat, a status: the other side lives.
    case heartbeat
    /// The venue's own count of its messages jumped: something was lost on the way, nobody knows of which series.
    case lost
    /// The venue will end the connection, or wants it ended.
    case closing(reason: String)
    /// No subscription will ever work like this: a key is missing or wrong.
    case unauthorized(reason: String)
    /// Something that we did not ask for.
    case ignored
}

/// What is asked for symbols.
package enum SubscriptionOperation: String, Sendable { case subscribe, unsubscribe }

/// A venue's language on its WebSocket: symbols to requests, frames to ticks. Pure.
package protocol StreamVenue: Sendable {
    var profile: VenueProfile { get }
    /// The series of which the last frame may have told, if it could not be read and the next trades' ids do not show it.
    var brokenSeries: [SeriesID] { get }

    /// Announces a symbol such as `BTC-USDT`; frames of others are passed over.
    mutating func add(symbol: String, to writer: inout TickWriter)

    /// Announces a series of a recording, of any source that the venue's frames become.
    mutating func announce(_ series: Series, to writer: inout TickWriter)

    /// Where to connect; most venues' address does not depend on the symbols.
    func address(_ symbols: [String]) -> String

    /// What the venue calls a symbol's subscription; its length counts against `topicCharacters`.
    func topic(_ symbol: String) -> String

    /// A request for symbols; nil where the address says it all.
    func request(_ operation: SubscriptionOperation, _ symbols: [String], requestID: Int) -> String?

    /// What is sent before the subscriptions on each new connection.
    var greeting: [String] { get }

    /// The venue's own ping; nil where a ping frame is all there is.
    var ping: String? { get }

    /// A new connection stands: what was counted on the last one is over.
    mutating func opened()

    /// Reads one frame and writes its ticks.
    /// - Throws: the frame is not what the venue sends; then nothing of it was written.
    mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage
}

extension StreamVenue {
    package var brokenSeries: [SeriesID] { [] }
    package mutating func announce(_ series: Series, to writer: inout TickWriter) {
        add(symbol: series.symbol, to: &writer)
    }
    package func address(_ symbols: [String]) -> String { profile.stream ?? "" }
    package func request(_ operation: SubscriptionOperation, _ symbols: [String], requestID: Int) -> String? { nil }
    package var greeting: [String] { [] }
    package var ping: String? { nil }
    package mutating func opened() {}

    /// Groups of at most `limit` symbols whose topics fit one connection.
    func cut(_ symbols: [String], _ limit: Int) -> [[String]] {
        var groups: [[String]] = []
        var characters = 0
        for symbol in symbols {
            let count = topic(symbol).utf8.count + 3  // quotes and comma
            if let last = groups.indices.last, groups[last].count < limit,
                characters + count < profile.limits.topicCharacters
            {
                groups[last].append(symbol)
                characters += count
            } else {
                groups.append([symbol])
                characters = count
            }
        }
        return groups
    }
}
