internal import CryptoCore
internal import NetClient

/// Past prices, which come before a market's present ones.
extension PricePoller {
    /// The step towards the next symbol's past prices; nil when all are there.
    mutating func nextPast(nowMs: Int64) -> Step? {
        while let symbol = past.symbol {
            guard let request = venue.pastRequest(symbol, lengthMs: past.lengthMs) else {
                past.advance()
                continue
            }
            if past.dueMs > nowMs { return .wait(ms: past.dueMs - nowMs) }
            let gateMs = enter(nowMs: nowMs)
            if gateMs > 0 { return .wait(ms: gateMs) }
            past.isAsked = true
            return .send(request)
        }
        return nil
    }

    /// The request for past prices was answered.
    mutating func answeredPast(
        _ response: VenueResponse, _ now: Moment, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        past.isAsked = false
        guard let symbol = past.symbol else { return }
        do throws(DecodeError) {
            let answer = try venue.decodePast(
                response, symbol, sinceMs: now.wall - past.lengthMs, receivedMs: now.wall, into: &writer)
            switch answer {
            case .prices(let new, _):
                past.advance()
                // Until the first present price nobody watches; the past ones end somewhat before now.
                if new > 0 {
                    writer.gaps.open(
                        writer.series.intern(Series(source: venue.profile.source, symbol: symbol)), .start)
                }
                events.append(.filled(symbol: symbol, trades: Int64(new)))
            case .refused(.rateLimited(let waitMs)):
                let askedMs = min(waitMs ?? 60_000, ReconnectPolicy.longestRetryAfterMs)
                pause(untilMs: now.monotonic + askedMs)
                if let retryMs = failPast("too many requests", askedMs, now, &events) {
                    events.append(.rateLimited(waitMs: retryMs))
                }
            case .refused(.forbidden(let reason)):
                past.advance()
                events.append(.unfilled(symbol: symbol, trades: nil, reason: reason))
            case .refused(.failed(let reason)): failedPast(reason, now, &events)
            }
        } catch {
            let excerpt = String(decoding: response.body.prefix(80), as: UTF8.self)
            events.append(.badFrame(reason: error.label, excerpt: excerpt))
            _ = failPast("the answer is none: \(error)", nil, now, &events)
        }
    }

    /// The request for past prices came to nothing.
    mutating func failedPast(_ reason: String, _ now: Moment, _ events: inout [FeedEvent]) {
        past.isAsked = false
        if let retryMs = failPast(reason, nil, now, &events) {
            events.append(.disconnected(reason: reason, retryMs: retryMs))
        }
    }

    private mutating func failPast(
        _ reason: String, _ askedMs: Int64?, _ now: Moment, _ events: inout [FeedEvent]
    ) -> Int64? {
        guard let symbol = past.symbol else { return nil }
        let retryMs = past.fail(nowMs: now.monotonic, askedMs: askedMs, using: &random)
        if retryMs == nil { events.append(.unfilled(symbol: symbol, trades: nil, reason: reason)) }
        return retryMs
    }
}
