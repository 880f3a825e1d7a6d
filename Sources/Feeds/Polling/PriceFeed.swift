internal import CryptoCore
package import NetClient
package import System

/// How often to poll, and where.
package struct PriceOptions: Sendable {
    /// *Units*: ms.
    package var intervalMs: Int64
    /// So much of the past comes first, where the venue has it. *Units*: ms.
    package var backfillMs: Int64
    /// Where to ask instead of the venue's own address.
    package var endpoint: Endpoint?
    /// Keeps all requests of the process to the venue apart.
    package var gate = RateLimiter()
    /// Is given every answer, under the name of this feed.
    package var recorder: (Recorder, name: String)?

    package init(intervalMs: Int64 = 60_000, backfillMs: Int64 = 0, endpoint: Endpoint? = nil) {
        self.intervalMs = intervalMs
        self.backfillMs = backfillMs
        self.endpoint = endpoint
    }
}

/// A venue of prices as a feed: the backfill of past prices and then the poller decide, this sends the requests.
package struct PriceFeed<Venue: PriceVenue, Clock: WaitingClock>: Feed, ~Copyable {
    private let options: PriceOptions
    private let clock: Clock
    private let client = HTTPClient()
    private var poller: PricePoller<Venue>
    private var past: Backfill
    /// Whether the request under way is about past prices.
    private var isAboutPast = false
    private var request: HTTPClient.RequestID?
    private var question: VenueRequest?
    private var isConnected = false
    private var isFirst = true
    private var isRecorded = false

    package init(_ venue: Venue, _ options: PriceOptions, clock: Clock, writer: inout TickWriter) {
        self.options = options
        self.clock = clock
        let seed = UInt64(bitPattern: clock.wallMs())
        poller = PricePoller(
            venue, intervalMs: options.intervalMs, gate: options.gate, nowMs: clock.monotonicMs(), seed: seed)
        past = poller.past(lengthMs: options.backfillMs, into: &writer, wallMs: clock.wallMs(), seed: seed)
        for symbol in venue.questions.flatMap({ $0 }) {
            _ = writer.series.intern(Series(source: venue.profile.source, symbol: symbol))
        }
    }

    package mutating func poll(
        waitMs: Int64, into writer: inout TickWriter, events: inout [FeedEvent]
    ) -> FeedState {
        if isFirst, poller.intervalMs > options.intervalMs { events.append(.slowed(toMs: poller.intervalMs)) }
        isFirst = false
        if let request {
            for (id, result) in client.poll(waitMs: Int32(clamping: waitMs)) where id == request {
                self.request = nil
                take(result, &writer, &events)
            }
            return .running
        }
        switch past.next(&writer, openMs: nil, at: now, events: &events) {
        case .wait(let ms): clock.wait(ms: min(ms, waitMs))
        case .send(let request):
            isAboutPast = true
            send(request, &writer, &events)
        case .idle: askForPresent(waitMs, &writer, &events)
        }
        return .running
    }

    // MARK: Parts

    private var now: Moment { Moment(monotonic: clock.monotonicMs(), wall: clock.wallMs()) }

    private mutating func askForPresent(
        _ waitMs: Int64, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        switch poller.next(nowMs: clock.monotonicMs()) {
        case .wait(let ms): clock.wait(ms: min(ms, waitMs))
        case .send(let request):
            isAboutPast = false
            send(request, &writer, &events)
        }
    }

    private mutating func send(_ question: VenueRequest, _ writer: inout TickWriter, _ events: inout [FeedEvent]) {
        do throws(TransportError) {
            request = try client.start(question, endpoint: options.endpoint)
            self.question = question
        } catch {
            fail(error, &writer, &events)
        }
    }

    private mutating func take(
        _ result: Result<HTTPReply, TransportError>, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        switch result {
        case .success(let reply):
            let first = events.count
            let response = VenueResponse(reply)
            let now = now
            if let question, let (recorder, name) = options.recorder {
                if !isRecorded { record(to: recorder, name, writer, now.wall) }
                isRecorded = true
                recorder.answered(name, question, response, wallMs: now.wall)
            }
            if isAboutPast {
                past.answered(response, at: now, into: &writer, events: &events)
            } else {
                poller.answered(
                    response, nowMs: now.monotonic, wallMs: now.wall, into: &writer, events: &events)
            }
            noteConnection(since: first, &events)
        case .failure(let error): fail(error, &writer, &events)
        }
    }

    /// What a recording begins with: where the answers come from, and what is wanted.
    private func record(
        to recorder: Recorder, _ name: String, _ writer: borrowing TickWriter, _ wallMs: Int64
    ) {
        recorder.connected(
            name, address: poller.venue.profile.rest ?? poller.venue.profile.source,
            symbols: writer.series.all.map(\.symbol), top: poller.venue.top, wallMs: wallMs)
    }

    private mutating func fail(_ error: TransportError, _ writer: inout TickWriter, _ events: inout [FeedEvent]) {
        isConnected = false
        if isAboutPast { return past.failed(error.description, at: now, into: &writer, events: &events) }
        poller.failed(
            error.description, nowMs: clock.monotonicMs(), wallMs: clock.wallMs(), into: &writer, events: &events)
    }

    /// Polling has no connection: the first good answer counts as one.
    private mutating func noteConnection(since first: Int, _ events: inout [FeedEvent]) {
        let isGood = events[first...].allSatisfy { event in
            switch event {
            case .rateLimited, .disconnected, .badFrame, .unfilled: false
            default: true
            }
        }
        if isGood, !isConnected {
            let address = poller.venue.profile.rest ?? poller.venue.profile.source
            events += [.connected(address: options.endpoint?.rewrite(address) ?? address), .live]
        }
        isConnected = isGood
    }
}
