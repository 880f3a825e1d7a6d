package import CryptoCore

/// Bybit's side of a connection: subscribes in requests the venue takes, pings, finds out which symbol it refuses.
package struct BybitSession: StreamSession {
    /// A subscribe request that was not answered yet.
    private struct Request: Sendable {
        var id: Int
        var symbols: [String]
    }

    /// An unanswered subscribe request is given up after this. *Units*: ms.
    package static let answerMs: Int64 = 10_000

    private let category: Bybit.Category
    private var decoder: Bybit
    private var symbols: [String]
    private var pending: [Request] = []
    private var askedMs: Int64?
    private var pingedMs: Int64 = 0
    private var nextID = 1

    /// - Parameter symbols: such as `BTC-USDT`; no more than fit one connection, see `connections`.
    package init(_ category: Bybit.Category, symbols: [String], writer: inout TickWriter) {
        self.category = category
        self.symbols = symbols
        decoder = Bybit(category, anySymbol: false)
        for symbol in symbols { decoder.add(symbol: symbol, to: &writer) }
    }

    /// Cuts symbols into as many connections as the limit on topic names asks for.
    package static func connections(_ symbols: [String], _ category: Bybit.Category) -> [[String]] {
        cut(symbols, limit: .max, category)
    }

    package var address: String { decoder.profile.stream ?? "" }
    package var source: String { category.source }
    package var keepaliveMs: Int64 { decoder.profile.limits.keepaliveMs }
    package var wantedSymbols: [String] { symbols }

    package mutating func opened(at now: Moment) -> [String] {
        pingedMs = now.monotonic
        pending = BybitSession.cut(symbols, limit: decoder.profile.limits.symbolsPerRequest, category).map {
            request($0)
        }
        askedMs = pending.isEmpty ? nil : now.monotonic
        return pending.map { frame($0) }
    }

    package mutating func received(
        _ frame: RawSpan, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) throws(DecodeError) -> [String] {
        let message: StreamMessage
        do throws(DecodeError) {
            message = try decoder.decode(frame, receivedMs: now.wall, into: &writer)
        } catch {
            if let series = decoder.brokenSeries { writer.openGap(series, .malformed, nowMs: now.wall) }
            throw error
        }
        switch message {
        case .acknowledged(let id, _):
            if let request = take(id) { events.append(.subscribed(topics: request.symbols.count)) }
            return []
        case .refused(let id, _, let reason): return refused(take(id), reason, now, &writer, &events)
        default: return []
        }
    }

    package mutating func elapsed(at now: Moment) -> [String] {
        guard now.monotonic - pingedMs >= decoder.profile.limits.keepaliveMs else { return [] }
        pingedMs = now.monotonic
        return decoder.ping.map { [$0] } ?? []
    }

    package func isUnanswered(at now: Moment) -> Bool {
        guard let askedMs, !pending.isEmpty else { return false }
        return now.monotonic - askedMs > BybitSession.answerMs
    }

    // MARK: Parts

    /// One bad topic fails its whole request: ask for each alone, and drop the one that fails alone.
    private mutating func refused(
        _ request: Request?, _ reason: String, _ now: Moment, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) -> [String] {
        guard let request else {
            events.append(.badFrame(reason: "refused", excerpt: reason))
            return []
        }
        if request.symbols.count == 1 {
            symbols.removeAll { $0 == request.symbols[0] }
            events.append(.refused(symbol: request.symbols[0], reason: reason))
            return []
        }
        let singles = request.symbols.map { self.request([$0]) }
        pending += singles
        askedMs = now.monotonic
        return singles.map { frame($0) }
    }

    /// The request that an answer is for: by its id, else the oldest, since answers come in order.
    private mutating func take(_ id: String?) -> Request? {
        if let id, let index = pending.firstIndex(where: { String($0.id) == id }) { return pending.remove(at: index) }
        return pending.isEmpty ? nil : pending.removeFirst()
    }

    private mutating func request(_ symbols: [String]) -> Request {
        defer { nextID += 1 }
        return Request(id: nextID, symbols: symbols)
    }

    private func frame(_ request: Request) -> String {
        decoder.subscribe(request.symbols, requestID: request.id) ?? ""
    }

    /// Groups of at most `limit` symbols whose topics fit one connection's limit.
    private static func cut(_ symbols: [String], limit: Int, _ category: Bybit.Category) -> [[String]] {
        let venue = Bybit(category, anySymbol: false)
        var groups: [[String]] = []
        var characters = 0
        for symbol in symbols {
            let count = venue.topic(symbol).utf8.count + 3  // quotes and comma
            if let last = groups.indices.last, groups[last].count < limit,
                characters + count < venue.profile.limits.topicCharacters
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
