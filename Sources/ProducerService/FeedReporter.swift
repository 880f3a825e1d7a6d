internal import Feeds
internal import ServiceKit
internal import ServiceRuntime

/// Why a replay is not what was asked for.
package enum ReplayFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// A file could not be read to its end.
    case unreadable(file: String, reason: String)
    /// No line of these files became a tick; what was found instead.
    case nothing(files: [String], found: String)

    package var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file) was not replayed to its end: \(reason)"
        case .nothing(let files, let found):
            "no trade, price or gap in \(files.joined(separator: ", ")), but \(found): replay knows frames of the sources of --list-sources, our ticks, and the trades of Bybit's and Binance's dumps"
        }
    }
}

/// Turns a feed's events into log lines, readiness and counters.
struct FeedReporter {
    /// Bad lines and frames are logged so often in a row, then each thousandth.
    private static let verboseCount = 20

    private let context: ServiceContext
    private let name: String
    /// Lines and frames that could not be read.
    private(set) var badCount = 0
    /// The first file that failed.
    private(set) var failure: ReplayFailure?
    /// Markets that are wanted and not subscribed, and why.
    private var unsubscribed: [String: String] = [:]

    init(_ context: ServiceContext, _ name: String) {
        self.context = context
        self.name = name
    }

    mutating func report(_ event: FeedEvent, _ metrics: FeedMetrics) {
        switch event {
        case .connected(let address):
            context.log.info("connected", ["source": name, "address": address])
        case .live:
            context.ready(name)
            metrics.setConnected(true)
        case .disconnected(let reason, let retryMs):
            context.log.warning("not connected", ["source": name, "reason": reason, "retry_ms": retryMs])
            context.notReady(name, because: reason)
            metrics.setConnected(false)
            metrics.reconnects.add()
        case .notReplaced(let reason, let retryMs):
            context.log.warning(
                "a connection seems to be dead, and no other one can be had",
                ["source": name, "reason": reason, "retry_ms": retryMs])
            context.notReady(name, because: reason)
        case .rateLimited(let waitMs):
            context.log.warning("the venue wants fewer requests", ["source": name, "wait_ms": waitMs])
            context.notReady(name, because: "rate limited, the next request is due in \(waitMs / 1000) s")
            metrics.rateLimits.add()
        case .backfillLimited(let waitMs):
            context.log.warning(
                "the venue wants fewer requests for what is missing", ["source": name, "wait_ms": waitMs])
            metrics.rateLimits.add()
        case .slowed(let toMs):
            context.log.warning("polls less often, as the venue allows", ["source": name, "interval_ms": toMs])
        case .subscribed, .refused, .postponed: reportSubscription(event)
        case .missing, .found, .quiet, .doubtfulName: reportSymbol(event)
        case .filling, .filled, .unfilled: reportFill(event)
        case .unauthorized(let reason, let retryMs):
            context.log.error(
                "the venue does not let us in", ["source": name, "reason": reason, "retry_ms": retryMs])
        case .badFrame, .badLine: reportBad(event, metrics)
        case .lap(let file, let lap, let ticks):
            context.log.info("played a file to its end", ["file": file, "lap": lap, "ticks": ticks])
        case .fileCut, .replayed, .fileFailed: reportReplay(event)
        }
    }

    private mutating func reportSubscription(_ event: FeedEvent) {
        switch event {
        case .subscribed(let symbols):
            context.log.info("subscribed", ["source": name, "markets": symbols.count])
            for symbol in symbols { unsubscribed[symbol] = nil }
        case .refused(let symbol, let reason):
            context.log.error("the venue refuses a market", ["source": name, "symbol": symbol, "reason": reason])
            unsubscribed[symbol] = reason
        case .postponed(let symbols, let reason, let retryMs):
            context.log.warning(
                "the venue does not take a subscription now, it is asked again",
                [
                    "source": name, "symbols": symbols.prefix(5).joined(separator: " "), "markets": symbols.count,
                    "reason": reason, "retry_ms": retryMs,
                ])
            for symbol in symbols { unsubscribed[symbol] = reason }
        default: break
        }
        noteUnsubscribed()
    }

    /// A market that is wanted and not subscribed is missing, whatever the others do.
    private func noteUnsubscribed() {
        let condition = "subscriptions-\(name)"
        guard let (symbol, reason) = unsubscribed.min(by: { $0.key < $1.key }) else {
            return context.ready(condition)
        }
        let others = unsubscribed.count > 1 ? " and \(unsubscribed.count - 1) more" : ""
        context.notReady(condition, because: "\(symbol)\(others) not subscribed: \(reason)")
    }

    private mutating func reportReplay(_ event: FeedEvent) {
        switch event {
        case .fileCut(let file, let reason):
            context.log.warning("a file breaks off, what comes before was played", ["file": file, "reason": reason])
        case .replayed(let files, 0, let unused):
            let found = unused.isEmpty ? "nothing" : unused
            failure = failure ?? .nothing(files: files, found: found)
        case .replayed(_, let ticks, let unused):
            context.log.info("not all of the recording is trades, prices or gaps", ["ticks": ticks, "beside": unused])
        case .fileFailed(let file, let reason):
            context.log.error("a file cannot be read on", ["file": file, "reason": reason])
            failure = failure ?? .unreadable(file: file, reason: reason)
        default: break
        }
    }

    private mutating func reportSymbol(_ event: FeedEvent) {
        switch event {
        case .missing(let symbol):
            context.log.warning("the source has no price of a symbol", ["source": name, "symbol": symbol])
        case .found(let symbol):
            context.log.info("the source has a price of the symbol again", ["source": name, "symbol": symbol])
            unsubscribed[symbol] = nil
            noteUnsubscribed()
        case .quiet(let symbol, let seconds):
            context.log.warning(
                "a symbol is quiet, and is subscribed anew", ["source": name, "symbol": symbol, "seconds": seconds])
        case .doubtfulName(let doubt):
            context.log.warning(
                doubt.symbol == nil
                    ? "nobody knows which market a name means, its trades are passed over"
                    : "nobody knows for certain which market a name means",
                [
                    "name": doubt.name, "taken_for": doubt.symbol ?? "-",
                    "or": doubt.others.isEmpty ? "-" : doubt.others.joined(separator: " "),
                ])
        default: break
        }
    }

    private func reportFill(_ event: FeedEvent) {
        switch event {
        case .filling(let symbol, let trades, let left):
            context.log.info(
                "missing trades are coming",
                ["source": name, "symbol": symbol, "trades": trades, "left": left.map { "\($0)" } ?? "unknown"])
        case .filled(let symbol, let trades):
            context.log.info("missing trades have come", ["source": name, "symbol": symbol, "trades": trades])
        case .unfilled(let symbol, let trades, let reason):
            context.log.warning(
                "missing trades cannot be had, a gap says so",
                [
                    "source": name, "symbol": symbol, "trades": trades.map { "\($0)" } ?? "unknown",
                    "reason": reason,
                ])
        default: break
        }
    }

    private mutating func reportBad(_ event: FeedEvent, _ metrics: FeedMetrics) {
        badCount += 1
        let isLogged = badCount <= FeedReporter.verboseCount || badCount % 1000 == 0
        switch event {
        case .badFrame(let reason, let excerpt):
            metrics.badFrames.add()
            guard isLogged else { return }
            context.log.warning(
                "cannot read a frame", ["source": name, "reason": reason, "excerpt": excerpt, "count": badCount])
        case .badLine(let file, let line, let reason):
            metrics.badLines.add()
            guard isLogged else { return }
            context.log.warning(
                "cannot read a line", ["file": file, "line": line, "reason": reason, "count": badCount])
        default: break
        }
    }
}
