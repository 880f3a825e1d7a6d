internal import CryptoCore

/// A source of ticks that is polled: it owns no thread and writes no log, but says what happened in events.
///
/// *Thread*: one; a feed and its writer stay on the thread that polls.
package protocol Feed: ~Copyable {
    /// Waits at most `waitMs` for something to happen, adds the ticks that came to `writer` and what else happened to
    /// `events`.
    mutating func poll(waitMs: Int64, into writer: inout TickWriter, events: inout [FeedEvent]) -> FeedState
}

/// Whether more can come.
package enum FeedState: Sendable, Equatable {
    case running
    /// Everything was delivered; polling again gives nothing.
    case finished
}

/// What a feed tells apart from its ticks: for logs, metrics and health.
package enum FeedEvent: Sendable, Equatable {
    /// The connection stands; the subscriptions were sent.
    case connected(address: String)
    /// The venue gives what is wanted: it has taken the subscriptions, or data came where it answers none.
    case live
    /// The connection is gone, or none could be made.
    case disconnected(reason: String, retryMs: Int64)
    /// No connection could be made beside one that seems to be dead, which is kept.
    case notReplaced(reason: String, retryMs: Int64)
    /// The subscriptions of these markets stand.
    case subscribed(symbols: [String])
    /// The venue refuses a market; the others go on without it, and it is asked for again in an hour.
    case refused(symbol: String, reason: String)
    /// The venue does not take the subscriptions of these markets now; they are asked for again.
    case postponed(symbols: [String], reason: String, retryMs: Int64)
    /// The venue wants fewer requests, and gives nothing meanwhile.
    case rateLimited(waitMs: Int64)
    /// The venue wants fewer requests for what is missing; its stream goes on.
    case backfillLimited(waitMs: Int64)
    /// The source answers, but not about this symbol.
    case missing(symbol: String)
    /// The source answers about this symbol again.
    case found(symbol: String)
    /// An answer or frame that could not be read; the first bytes of it.
    case badFrame(reason: String, excerpt: String)
    /// A line of a replayed file that could not be read.
    case badLine(file: String, line: Int, reason: String)
    /// A subscribed symbol had no data for so long; its subscription is made anew. *Units*: s.
    case quiet(symbol: String, seconds: Int64)
    /// A recording's market of which nobody knows for certain where its name is to be cut; told once for each name.
    case doubtfulName(DoubtfulName)
    /// The venue does not let us in: a key is missing or wrong.
    case unauthorized(reason: String, retryMs: Int64)
    /// Trades that were missing come from the venue's history; how many are left, where that is known.
    case filling(symbol: String, trades: Int64, left: Int64?)
    /// All that was missing has come.
    case filled(symbol: String, trades: Int64)
    /// What is missing cannot be had; a gap says so.
    case unfilled(symbol: String, trades: Int64?, reason: String)
    /// Polling happens less often than asked for, or the venue would refuse it.
    case slowed(toMs: Int64)
    /// A file was read to its end for the `lap`-th time, from 0.
    case lap(file: String, lap: Int, ticks: Int)
    /// A compressed file breaks off; everything before that was played.
    case fileCut(file: String, reason: String)
    /// A recording was read to its end for the first time: its ticks, and what became none, by kind.
    case replayed(files: [String], ticks: Int, unused: String)
    /// A file cannot be read on.
    case fileFailed(file: String, reason: String)
}

extension FeedEvent {
    /// An answer that could not be read.
    static func badFrame(_ error: DecodeError, _ body: [UInt8]) -> FeedEvent {
        .badFrame(reason: error.label, excerpt: String(decoding: body.prefix(80), as: UTF8.self))
    }
}
