package import CryptoCore

/// Our side of a venue's WebSocket, from opening to opening: subscribes the wanted set in requests that the venue takes, pings,
/// finds out which symbol it refuses. Pure.
package struct SubscriptionSession<Venue: StreamVenue> {
    /// A subscribe request that was not answered yet.
    private struct Request {
        var id: Int
        var symbols: [String]
        /// When it was sent. *Units*: ms, monotonic.
        var sentMs: Int64?
    }

    /// Why a connection is to be ended from our side.
    package struct Ending: Equatable, Sendable {
        package var gap: GapReason
        package var reason: String
        /// The next attempt is not worth making before. *Units*: s.
        package var retryAfterSeconds: Int?
    }

    /// A symbol that was refused is asked for again after this. *Units*: ms.
    package static var refusalMs: Int64 { 3_600_000 }

    /// An unanswered subscribe request is given up after this. *Units*: ms.
    package static var answerMs: Int64 { 10_000 }

    package private(set) var venue: Venue
    private let limits: VenueProfile.StreamLimits
    private var symbols: [String]
    /// Symbols that the venue refused, and when it is asked again. *Units*: ms, monotonic.
    private var refused: [(symbol: String, retryMs: Int64)] = []
    private var outbox: [(text: String, request: Int?)] = []
    private var pending: [Request] = []
    private var sentMs: Int64 = .min
    private var pingedMs: Int64 = 0
    private var nextID = 1
    package private(set) var ending: Ending?

    /// - Parameter symbols: such as `BTC-USDT`; no more than fit one connection, see `connections`.
    package init(_ venue: Venue, symbols: [String], writer: inout TickWriter) {
        self.venue = venue
        self.symbols = symbols
        limits = venue.profile.limits
        for symbol in symbols { self.venue.add(symbol: symbol, to: &writer) }
    }

    /// Cuts symbols into as many connections as the venue's limits ask for.
    package static func connections(_ symbols: [String], _ venue: Venue) -> [[String]] {
        venue.cut(symbols, venue.profile.limits.symbolsPerConnection)
    }

    /// The full address to connect to.
    package var address: String { venue.address(symbols) }
    /// Symbols that are still wanted; without any there is no reason to be connected.
    package var wantedSymbols: [String] { symbols }

    /// A connection stands: what to send. The wanted set is subscribed anew.
    package mutating func opened(at now: Moment) -> [String] {
        venue.opened()
        ending = nil
        pingedMs = now.monotonic
        sentMs = .min
        outbox = venue.greeting.map { ($0, nil) }
        pending = []
        for group in venue.cut(symbols, limits.symbolsPerRequest) { subscribe(group) }
        return due(at: now)
    }

    /// A text frame came: writes its ticks and returns what to send in answer.
    /// - Throws: it is no frame of this venue; what it would have said about a series is a gap by then.
    package mutating func received(
        _ frame: RawSpan, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) throws(DecodeError) -> [String] {
        let message: StreamMessage
        do throws(DecodeError) {
            message = try venue.decode(frame, receivedMs: now.wall, into: &writer)
        } catch {
            if let series = venue.brokenSeries { writer.beginOutage(series, .malformed, nowMs: now.wall) }
            throw error
        }
        if case .data = message { return [] }
        handle(message, now, &writer, &events)
        return outbox.isEmpty ? [] : due(at: now)
    }

    /// Wants the symbols again that were refused long ago: markets open, and a venue may have been mistaken.
    /// - Returns: which.
    @discardableResult
    package mutating func reinstate(at now: Moment, isOpen: Bool) -> [String] {
        var reinstated: [String] = []
        while let next = refused.first, next.retryMs <= now.monotonic {
            refused.removeFirst()
            symbols.append(next.symbol)
            reinstated.append(next.symbol)
            if isOpen { subscribe([next.symbol]) }
        }
        return reinstated
    }

    /// Time has passed: what to send.
    package mutating func elapsed(at now: Moment) -> [String] {
        reinstate(at: now, isOpen: true)
        if let ping = venue.ping, now.monotonic - pingedMs >= limits.keepaliveMs {
            pingedMs = now.monotonic
            outbox.append((ping, nil))
        }
        return outbox.isEmpty ? [] : due(at: now)
    }

    /// Asks for a symbol again, whose subscription may have died. False where the venue has no way to.
    package mutating func renew(_ symbol: String) -> Bool {
        guard symbols.contains(symbol), let text = venue.unsubscribe([symbol], requestID: nextID) else { return false }
        nextID += 1
        outbox.append((text, nil))
        subscribe([symbol])
        return true
    }

    /// Whether nothing that is wanted waits to be asked for, or for its answer, as far as the venue gives any.
    package var isSubscribed: Bool { pending.isEmpty || !limits.answersRequests }

    /// Whether a subscription that should have been answered by now was not.
    package func isUnanswered(at now: Moment) -> Bool {
        guard limits.answersRequests else { return false }
        return pending.contains { request in
            request.sentMs.map { now.monotonic - $0 > Self.answerMs } ?? false
        }
    }

    // MARK: Parts

    private mutating func handle(
        _ message: StreamMessage, _ now: Moment, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        switch message {
        case .data, .heartbeat, .ignored: break
        case .acknowledged(let id, let symbols): acknowledged(id, symbols, &events)
        case .refused(let id, let symbol, let reason): refused(id, symbol, reason, now, &events)
        case .lost: writer.beginOutages(.missed, nowMs: now.wall)
        case .closing(let reason): ending = Ending(gap: .disconnect, reason: reason)
        case .unauthorized(let reason):
            events.append(.unauthorized(reason: reason, retryMs: 300_000))
            ending = Ending(gap: .disconnect, reason: reason, retryAfterSeconds: 300)
        }
    }

    private mutating func acknowledged(_ id: String?, _ symbols: [String], _ events: inout [FeedEvent]) {
        var taken = 0
        if symbols.isEmpty {
            if let index = place(of: id) { taken = pending.remove(at: index).symbols.count }
        } else {
            for symbol in symbols where drop(symbol) { taken += 1 }
        }
        if taken > 0 { events.append(.subscribed(topics: taken)) }
    }

    /// One bad symbol may fail its whole request: ask for each alone, and drop the one that fails alone.
    private mutating func refused(
        _ id: String?, _ symbol: String?, _ reason: String, _ now: Moment, _ events: inout [FeedEvent]
    ) {
        if let symbol, drop(symbol) { return giveUp(symbol, reason, now, &events) }
        guard let index = place(of: id) else {
            events.append(.badFrame(reason: "refused", excerpt: reason))
            return
        }
        let request = pending.remove(at: index)
        if request.symbols.count == 1 { return giveUp(request.symbols[0], reason, now, &events) }
        for symbol in request.symbols { subscribe([symbol]) }
    }

    private mutating func giveUp(
        _ symbol: String, _ reason: String, _ now: Moment, _ events: inout [FeedEvent]
    ) {
        symbols.removeAll { $0 == symbol }
        refused.append((symbol, now.monotonic + Self.refusalMs))
        events.append(.refused(symbol: symbol, reason: reason))
    }

    /// The request that an answer is for: by its id; without one the oldest, since answers come in order.
    private func place(of id: String?) -> Int? {
        guard let id else { return pending.isEmpty ? nil : 0 }
        return pending.firstIndex { String($0.id) == id }
    }

    /// Takes a symbol out of the request that it was asked for in.
    private mutating func drop(_ symbol: String) -> Bool {
        guard let index = pending.firstIndex(where: { $0.symbols.contains(symbol) }) else { return false }
        pending[index].symbols.removeAll { $0 == symbol }
        if pending[index].symbols.isEmpty { pending.remove(at: index) }
        return true
    }

    private mutating func subscribe(_ symbols: [String]) {
        guard let text = venue.subscribe(symbols, requestID: nextID) else { return }
        pending.append(Request(id: nextID, symbols: symbols))
        outbox.append((text, nextID))
        nextID += 1
    }

    /// What may be sent now, at the pace that the venue allows.
    private mutating func due(at now: Moment) -> [String] {
        var texts: [String] = []
        while let next = outbox.first {
            if limits.messageSpacingMs > 0 {
                if sentMs != .min, now.monotonic - sentMs < limits.messageSpacingMs { break }
                sentMs = now.monotonic
            }
            texts.append(next.text)
            outbox.removeFirst()
            if let index = pending.firstIndex(where: { $0.id == next.request }) {
                pending[index].sentMs = now.monotonic
            }
        }
        return texts
    }
}

extension StreamVenue {
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
