package import CryptoCore

/// Our side of a venue's WebSocket, from opening to opening: it subscribes the wanted markets in requests that the venue takes,
/// sends the venue's ping, and finds out which market is refused. Pure.
///
/// The life of a market's subscription. What is wanted and does not stand is a gap from that moment on:
///
///     due ──the request is sent──▶ asked ──acknowledged, or its data came──▶ standing
///      ▲                             │
///      ├───── a growing wait ────────┤ a passing refusal; no answer for 10 s, though others were answered
///      └───── an hour ───────────────┘ a verdict on the market, which is not wanted meanwhile
///
/// A request for several markets that is refused by a verdict is asked again market by market. A connection on which nothing
/// was ever answered is of no use, and ends.
package struct SubscriptionSession<Venue: StreamVenue> {
    /// Why a connection is to be ended from our side.
    package struct Ending: Equatable, Sendable {
        package var gap: GapReason
        package var reason: String
        /// The next attempt is not worth making before. *Units*: s.
        package var retryAfterSeconds: Int?
    }

    /// A market that was refused by a verdict is asked for again after this. *Units*: ms.
    package static var refusalMs: Int64 { 3_600_000 }
    /// The first wait after a passing refusal, which doubles. *Units*: ms.
    package static var firstRetryMs: Int64 { 1_000 }
    /// The longest wait after a passing refusal. *Units*: ms.
    package static var longestRetryMs: Int64 { 300_000 }

    package private(set) var venue: Venue
    private let limits: VenueProfile.StreamLimits
    private var symbols: [String]
    /// Markets that the venue refused by a verdict, and when they are asked for again. *Units*: ms, monotonic.
    private var refused: [(symbol: String, retryMs: Int64)] = []
    private var requests: SubscribeRequests
    private var outbox: Outbox
    /// Whether any request of this connection was answered.
    private var isAnswered = false
    private var pingedMs: Int64 = 0
    /// When the outages of markets that do not stand were prolonged last. *Units*: ms, monotonic.
    private var prolongedMs: Int64 = 0
    package private(set) var ending: Ending?

    /// - Parameter symbols: such as `BTC-USDT`; no more than fit one connection, see `connections`.
    package init(_ venue: Venue, symbols: [String], writer: inout TickWriter) {
        self.venue = venue
        self.symbols = symbols
        limits = venue.profile.limits
        requests = SubscribeRequests(areAnswered: limits.answersRequests)
        outbox = Outbox(spacingMs: limits.messageSpacingMs)
        for symbol in symbols { self.venue.add(symbol: symbol, to: &writer) }
    }

    /// Cuts symbols into as many connections as the venue's limits ask for.
    package static func connections(_ symbols: [String], _ venue: Venue) -> [[String]] {
        venue.cut(symbols, venue.profile.limits.symbolsPerConnection)
    }

    /// The full address to connect to.
    package var address: String { venue.address(symbols) }
    /// Markets that are still wanted; without any there is no reason to be connected.
    package var wantedSymbols: [String] { symbols }

    /// A connection stands: what to send. The wanted markets are subscribed anew.
    package mutating func opened(at now: Moment) -> [String] {
        venue.opened()
        ending = nil
        isAnswered = false
        pingedMs = now.monotonic
        requests.removeAll()
        outbox.begin(with: venue.greeting)
        for group in venue.cut(symbols, limits.symbolsPerRequest) { subscribe(group) }
        return send(at: now)
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
        if case .data = message {
            if !requests.isEmpty { noteData(writer, &events) }
            return []
        }
        handle(message, now, &writer, &events)
        return send(at: now)
    }

    /// Wants the markets again that were refused long ago: markets open, and a venue may have been mistaken.
    package mutating func reinstate(at now: Moment, isOpen: Bool) {
        while let next = refused.first, next.retryMs <= now.monotonic {
            refused.removeFirst()
            symbols.append(next.symbol)
            if isOpen { subscribe([next.symbol], attempt: 1) }
        }
    }

    /// Time has passed on an open connection: what to send.
    package mutating func elapsed(
        at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) -> [String] {
        reinstate(at: now, isOpen: true)
        postponeUnanswered(now, &writer, &events)
        prolongOutages(now, &writer)
        for request in requests.takeDue(at: now) { subscribe(request.symbols, attempt: request.attempt) }
        if let ping = venue.ping, now.monotonic - pingedMs >= limits.keepaliveMs {
            pingedMs = now.monotonic
            outbox.add(ping)
        }
        return send(at: now)
    }

    /// Asks for markets again, whose subscriptions may have died. False where the venue has no way to.
    package mutating func renew(_ symbols: [String]) -> Bool {
        for group in venue.cut(symbols, limits.symbolsPerRequest) {
            guard let text = venue.unsubscribe(group, requestID: requests.takeID()) else { return false }
            outbox.add(text)
            subscribe(group)
        }
        return true
    }

    /// Whether every market was asked for, and answered as far as the venue gives answers. Those that are asked for again after a
    /// refusal do not count: the others need not wait for them.
    package var isSubscribed: Bool { requests.areFirstOnesAnswered }

    /// Whether the connection is of no use: a request should have been answered by now, and none ever was.
    package func isUnanswered(at now: Moment) -> Bool { !isAnswered && requests.isAnyOverdue(at: now) }

    // MARK: Answers

    private mutating func handle(
        _ message: StreamMessage, _ now: Moment, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        switch message {
        case .data, .heartbeat, .ignored: break
        case .acknowledged(let id, let symbols): acknowledged(id, symbols, &events)
        case .refused(let id, let symbol, let refusal):
            isAnswered = true
            switch refusal {
            case .standing: stands(id, symbol, &events)
            case .market(let reason): refuse(id, symbol, reason, now, &writer, &events)
            case .passing(let reason):
                guard let request = requests.take(id, symbol) else {
                    events.append(.badFrame(reason: "refused", excerpt: reason))
                    return
                }
                postpone(request, reason, .refused, now, &writer, &events)
            }
        case .lost: writer.beginOutages(.missed, nowMs: now.wall)
        case .closing(let reason): ending = Ending(gap: .disconnect, reason: reason)
        case .unauthorized(let reason):
            events.append(.unauthorized(reason: reason, retryMs: 300_000))
            ending = Ending(gap: .disconnect, reason: reason, retryAfterSeconds: 300)
        }
    }

    private mutating func acknowledged(_ id: String?, _ symbols: [String], _ events: inout [FeedEvent]) {
        isAnswered = true
        let taken =
            symbols.isEmpty
            ? requests.take(id, nil)?.symbols ?? [] : symbols.filter { requests.take(market: $0) != nil }
        if !taken.isEmpty { events.append(.subscribed(symbols: taken)) }
    }

    /// Data of a market says that its subscription stands, whatever was answered.
    private mutating func noteData(_ writer: borrowing TickWriter, _ events: inout [FeedEvent]) {
        isAnswered = true
        for series in writer.heard {
            let symbol = writer.series[series].symbol
            if requests.take(market: symbol) != nil { events.append(.subscribed(symbols: [symbol])) }
        }
    }

    /// The subscription of one market stands already: the others of its request are asked for alone, as nobody knows what became of
    /// them.
    private mutating func stands(_ id: String?, _ symbol: String?, _ events: inout [FeedEvent]) {
        guard let request = requests.take(id, symbol) else { return }
        guard request.symbols.count > 1 else { return events.append(.subscribed(symbols: request.symbols)) }
        for symbol in request.symbols { subscribe([symbol], attempt: request.attempt) }
    }

    /// One bad market may fail its whole request: each is asked for alone, and the one that fails alone is refused.
    private mutating func refuse(
        _ id: String?, _ symbol: String?, _ reason: String, _ now: Moment, _ writer: inout TickWriter,
        _ events: inout [FeedEvent]
    ) {
        guard let request = requests.take(id, symbol) else {
            events.append(.badFrame(reason: "refused", excerpt: reason))
            return
        }
        guard request.symbols.count == 1 else {
            for symbol in request.symbols { subscribe([symbol], attempt: request.attempt) }
            return
        }
        let refusedSymbol = request.symbols[0]
        symbols.removeAll { $0 == refusedSymbol }
        refused.append((refusedSymbol, now.monotonic + Self.refusalMs))
        miss(refusedSymbol, .refused, now, &writer)
        events.append(.refused(symbol: refusedSymbol, reason: reason))
    }

    /// Asks for the markets of a request again later.
    private mutating func postpone(
        _ request: SubscribeRequests.Request, _ reason: String, _ gap: GapReason, _ now: Moment,
        _ writer: inout TickWriter,
        _ events: inout [FeedEvent]
    ) {
        let waitMs = min(Self.firstRetryMs << Int64(min(request.attempt, 20)), Self.longestRetryMs)
        requests.postpone(request, untilMs: now.monotonic + waitMs)
        for symbol in request.symbols { miss(symbol, gap, now, &writer) }
        events.append(.postponed(symbols: request.symbols, reason: reason, retryMs: waitMs))
    }

    /// Where others were answered, a market that was not is asked for again alone.
    private mutating func postponeUnanswered(
        _ now: Moment, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        guard isAnswered else { return }
        for request in requests.takeOverdue(at: now) {
            for symbol in request.symbols {
                var alone = request
                alone.symbols = [symbol]
                postpone(alone, "the subscription was not answered", .silent, now, &writer, &events)
            }
        }
    }

    /// What the venue's other interface tells of a market that is not subscribed is old a moment later: its outage goes on until its
    /// subscription stands.
    private mutating func prolongOutages(_ now: Moment, _ writer: inout TickWriter) {
        guard now.monotonic >= prolongedMs + 1_000 else { return }
        prolongedMs = now.monotonic
        for symbol in requests.retried + refused.map(\.symbol) {
            guard let id = series(symbol, writer.series) else { continue }
            writer.beginOutage(id, .refused, nowMs: now.wall)
        }
    }

    /// The market is a gap from now on.
    private func miss(_ symbol: String, _ reason: GapReason, _ now: Moment, _ writer: inout TickWriter) {
        guard let id = series(symbol, writer.series) else { return }
        writer.noteUnsubscribed(id, reason, nowMs: now.wall)
    }

    /// The series of a market of the venue's; nil before it is announced.
    func series(_ symbol: String, _ table: SeriesTable) -> SeriesID? {
        table.id(of: Series(source: venue.profile.source, symbol: symbol))
    }

    // MARK: Requests

    private mutating func subscribe(_ symbols: [String], attempt: Int = 0) {
        let id = requests.takeID()
        guard let text = venue.subscribe(symbols, requestID: id) else { return }
        requests.add(id, symbols, attempt: attempt)
        outbox.add(text, request: id)
    }

    private mutating func send(at now: Moment) -> [String] {
        if outbox.isEmpty { return [] }
        let sent = outbox.takeDue(at: now)
        for message in sent { if let id = message.request { requests.noteSent(id, at: now) } }
        return sent.map(\.text)
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
