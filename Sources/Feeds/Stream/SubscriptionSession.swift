package import CryptoCore

/// Our side of a venue's WebSocket, from opening to opening: it subscribes the wanted markets in requests that the venue takes,
/// sends the venue's ping, and finds out which market is refused. Pure.
///
/// `Subscriptions` draws the life of a market. A request for several markets that is refused by a verdict is asked again market by
/// market. A connection on which nothing was ever answered is of no use, and ends.
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
    /// Without data for so long a market is subscribed anew. *Units*: ms.
    var dataSilenceMs: Int64 = 300_000
    private var subscriptions = Subscriptions()
    private var pace: MessagePace
    /// Messages that go out before any request.
    private var messages: [String] = []
    private var lastRequest = 0
    /// Whether the venue has answered any request of this connection, or sent data.
    package private(set) var isAnswered = false
    private var pingedMs: Int64 = 0
    /// When the outages of markets that do not stand were prolonged last. *Units*: ms, monotonic.
    private var prolongedMs: Int64 = 0
    /// When silent markets were looked for last. *Units*: ms, monotonic.
    private var lookedMs = Int64.min / 2
    package private(set) var ending: Ending?

    /// - Parameter symbols: such as `BTC-USDT`; no more than fit one connection, see `connections`.
    package init(_ venue: Venue, symbols: [String], writer: inout TickWriter) {
        self.venue = venue
        limits = venue.profile.limits
        pace = MessagePace(limits)
        for symbol in symbols {
            self.venue.add(symbol: symbol, to: &writer)
            subscriptions.add(
                symbol, writer.series.intern(Series(source: venue.profile.source, symbol: symbol)))
        }
    }

    /// Cuts symbols into as many connections as the venue's limits ask for.
    package static func connections(_ symbols: [String], _ venue: Venue) -> [[String]] {
        venue.cut(symbols, venue.profile.limits.symbolsPerConnection)
    }

    /// The full address to connect to.
    package var address: String { venue.address(wantedSymbols) }
    /// Markets that are not refused.
    package var wantedSymbols: [String] { subscriptions.markets.filter(\.isWanted).map(\.symbol) }
    /// Whether there is a reason to be connected.
    var areAnyWanted: Bool { subscriptions.areAnyWanted }

    /// Whether every market was asked for, and answered as far as the venue gives answers. Those that are asked for again after a
    /// refusal do not count: the others need not wait for them.
    package var isSubscribed: Bool { subscriptions.areFirstOnesAnswered }

    /// Whether the connection is of no use: a request should have been answered by now, and none ever was.
    package func isUnanswered(at now: Moment) -> Bool {
        !isAnswered && !subscriptions.overdue(at: now.monotonic).isEmpty
    }

    /// Whether no market at all had data for too long.
    func isSilent(at now: Moment) -> Bool { subscriptions.isEveryOneSilent(forMs: dataSilenceMs, at: now.monotonic) }

    // MARK: What happens

    /// A connection stands: what to send. The wanted markets are subscribed anew.
    package mutating func opened(at now: Moment) -> [String] {
        venue.opened()
        ending = nil
        isAnswered = false
        pingedMs = now.monotonic
        pace.begin()
        messages = venue.greeting
        subscriptions.begin(at: now.monotonic)
        return send(now)
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
            for series in venue.brokenSeries { writer.beginOutage(series, .malformed, nowMs: now.wall) }
            throw error
        }
        if case .data = message {
            noteData(now, writer, &events)
            return []
        }
        handle(message, now, &writer, &events)
        return send(now)
    }

    /// Wants the markets again that were refused long ago: markets open, and a venue may have been mistaken.
    mutating func reinstate(at now: Moment) { subscriptions.reinstate(at: now.monotonic) }

    /// Time has passed on an open connection: what to send.
    package mutating func elapsed(
        at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) -> [String] {
        reinstate(at: now)
        // Where others were answered, markets that were not are asked for again alone.
        if isAnswered {
            for request in subscriptions.overdue(at: now.monotonic) {
                for index in request { subscriptions.change(index) { $0.isAlone = true } }
                postpone(request, "the subscription was not answered", .silent, now, &writer, &events)
            }
        }
        renewSilent(now, &writer, &events)
        prolongOutages(now, &writer)
        return send(now)
    }

    // MARK: Answers

    private mutating func handle(
        _ message: StreamMessage, _ now: Moment, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        switch message {
        case .data, .heartbeat, .ignored: break
        case .acknowledged(let id, let symbols):
            isAnswered = true
            stand(symbols.isEmpty ? subscriptions.answered(id, nil) : subscriptions.named(symbols), &events)
        case .refused(let id, let symbol, let refusal):
            isAnswered = true
            refused(subscriptions.answered(id, symbol), refusal, now, &writer, &events)
        case .lost: writer.beginOutages(.missed, nowMs: now.wall)
        case .closing(let reason): ending = Ending(gap: .disconnect, reason: reason)
        case .unauthorized(let reason):
            events.append(.unauthorized(reason: reason, retryMs: 300_000))
            ending = Ending(gap: .disconnect, reason: reason, retryAfterSeconds: 300)
        }
    }

    private mutating func stand(_ indexes: [Int], _ events: inout [FeedEvent]) {
        if indexes.isEmpty { return }
        for index in indexes { subscriptions.stand(index) }
        events.append(.subscribed(symbols: symbols(indexes)))
    }

    /// Data of a market that was asked for says that its subscription stands, whatever was answered.
    private mutating func noteData(_ now: Moment, _ writer: borrowing TickWriter, _ events: inout [FeedEvent]) {
        isAnswered = true
        for series in writer.heard {
            guard let index = subscriptions.index(of: series) else { continue }
            subscriptions.noteData(index, at: now.monotonic)
            if subscriptions.markets[index].mayStand { stand([index], &events) }
        }
    }

    /// The request for these markets was refused. One bad market may fail its whole request, and so may one that stands: each is
    /// asked for alone then, as nobody knows what became of the others.
    private mutating func refused(
        _ indexes: [Int], _ refusal: Refusal, _ now: Moment, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        switch (indexes.count, refusal) {
        case (0, .standing): break
        case (0, .market(let reason)), (0, .passing(let reason)):
            events.append(.badFrame(reason: "refused", excerpt: reason))
        case (_, .passing(let reason)): postpone(indexes, reason, .refused, now, &writer, &events)
        case (1, .standing): stand(indexes, &events)
        case (1, .market(let reason)):
            let market = subscriptions.markets[indexes[0]]
            subscriptions.change(indexes[0]) { $0.state = .refused(untilMs: now.monotonic + Self.refusalMs) }
            writer.noteUnsubscribed(market.series, .refused, nowMs: now.wall)
            events.append(.refused(symbol: market.symbol, reason: reason))
        case (_, .market), (_, .standing):
            for index in indexes {
                subscriptions.change(index) { market in
                    market.state = .due(ms: now.monotonic)
                    market.isAlone = true
                }
            }
        }
    }

    /// Asks for the markets of a request again later; they are gaps from now on.
    private mutating func postpone(
        _ indexes: [Int], _ reason: String, _ gap: GapReason, _ now: Moment, _ writer: inout TickWriter,
        _ events: inout [FeedEvent]
    ) {
        let attempts = indexes.map { subscriptions.markets[$0].attempts }.max() ?? 0
        let waitMs = min(Self.firstRetryMs << Int64(min(attempts, 20)), Self.longestRetryMs)
        for index in indexes {
            subscriptions.change(index) { market in
                market.state = .due(ms: now.monotonic + waitMs)
                market.attempts = attempts + 1
            }
            writer.noteUnsubscribed(subscriptions.markets[index].series, gap, nowMs: now.wall)
        }
        events.append(.postponed(symbols: symbols(indexes), reason: reason, retryMs: waitMs))
    }

    /// What the venue's other interface tells of a market that is not subscribed is old a moment later: its outage goes on until its
    /// subscription stands.
    private mutating func prolongOutages(_ now: Moment, _ writer: inout TickWriter) {
        guard now.monotonic >= prolongedMs + 1_000 else { return }
        prolongedMs = now.monotonic
        for market in subscriptions.markets where market.isMissing {
            writer.beginOutage(market.series, .refused, nowMs: now.wall)
        }
    }

    /// Subscribes markets anew, all of them together, that were silent for too long while others were not: a subscription can be
    /// lost alone.
    private mutating func renewSilent(_ now: Moment, _ writer: inout TickWriter, _ events: inout [FeedEvent]) {
        guard now.monotonic >= lookedMs + limits.renewalSpacingMs else { return }
        lookedMs = now.monotonic
        let silent = subscriptions.silent(forMs: dataSilenceMs, at: now.monotonic)
        let groups = venue.cut(symbols(silent), limits.symbolsPerRequest)
        guard !silent.isEmpty, pace.allowsRequests(2 * groups.count, at: now.monotonic) else { return }
        for index in silent {
            let market = subscriptions.markets[index]
            events.append(.quiet(symbol: market.symbol, seconds: (now.monotonic - market.heardMs) / 1000))
            subscriptions.notePatience(index, forMs: dataSilenceMs, at: now.monotonic)
        }
        for group in groups {
            guard let text = venue.request(.unsubscribe, group, requestID: takeID()) else { return }
            messages.append(text)
            pace.noteRequest(at: now.monotonic)
        }
        for index in silent {
            subscriptions.change(index) { $0.state = .due(ms: now.monotonic) }
            writer.beginOutage(subscriptions.markets[index].series, .silent, nowMs: now.wall)
        }
    }

    private func symbols(_ indexes: [Int]) -> [String] { indexes.map { subscriptions.markets[$0].symbol } }

    // MARK: Messages

    /// What may be sent now.
    private mutating func send(_ now: Moment) -> [String] {
        var sent: [String] = []
        while pace.allowsMessage(at: now.monotonic), let text = nextMessage(now) {
            pace.noteMessage(at: now.monotonic)
            sent.append(text)
        }
        return sent
    }

    private mutating func nextMessage(_ now: Moment) -> String? {
        if !messages.isEmpty { return messages.removeFirst() }
        if let ping = venue.ping, now.monotonic - pingedMs >= limits.keepaliveMs {
            pingedMs = now.monotonic
            return ping
        }
        return nextRequest(now)
    }

    /// Asks for the next markets that are due; for those of a venue without requests the address is enough.
    private mutating func nextRequest(_ now: Moment) -> String? {
        guard now.monotonic >= subscriptions.wakeMs else { return nil }
        while pace.allowsRequests(1, at: now.monotonic), case let due = subscriptions.due(at: now.monotonic),
            let first = due.first
        {
            let together = due.filter { !subscriptions.markets[$0].isAlone }
            let isAlone = subscriptions.markets[first].isAlone
            let count = isAlone ? 1 : venue.cut(symbols(together), limits.symbolsPerRequest)[0].count
            let indexes = isAlone ? [first] : Array(together.prefix(count))
            let id = takeID()
            let text = venue.request(.subscribe, symbols(indexes), requestID: id)
            let state: Subscriptions.State =
                text == nil || !limits.answersRequests ? .standing : .asked(request: id, ms: now.monotonic)
            for index in indexes { subscriptions.change(index) { $0.state = state } }
            guard let text else { continue }
            pace.noteRequest(at: now.monotonic)
            return text
        }
        subscriptions.findNext()
        return nil
    }

    /// A number that no other request of this session has.
    private mutating func takeID() -> Int {
        lastRequest += 1
        return lastRequest
    }
}
