internal import CryptoCore
package import NetClient
package import System

/// How often to poll, and where.
package struct PriceOptions: Sendable {
    /// *Units*: ms.
    package var intervalMs: Int64
    /// So much of the past comes first, where the venue has it and gives it. *Units*: ms.
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

/// A venue of prices as a feed: the poller decides, this sends the requests.
package struct PriceFeed<Venue: PriceVenue, Clock: WaitingClock>: Feed, ~Copyable {
    private let options: PriceOptions
    private let clock: Clock
    private var client: VenueClient
    private var poller: PricePoller<Venue>
    private var isConnected = false
    private var isFirst = true

    package init(_ venue: Venue, _ options: PriceOptions, clock: Clock, writer: inout TickWriter) {
        self.options = options
        self.clock = clock
        client = VenueClient(options.endpoint, recorder: options.recorder)
        poller = PricePoller(
            venue, options, nowMs: clock.monotonicMs(), seed: UInt64(bitPattern: clock.wallMs()), into: &writer)
    }

    package mutating func poll(
        waitMs: Int64, into writer: inout TickWriter, events: inout [FeedEvent]
    ) -> FeedState {
        if isFirst { begin(writer, &events) }
        if client.isAwaiting {
            take(waitMs: waitMs, &writer, &events)
            return .running
        }
        switch poller.next(&writer, at: now, events: &events) {
        case .idle: break
        case .wait(let ms): clock.wait(ms: min(ms, waitMs))
        case .send(let request):
            do throws(TransportError) { try client.send(request) } catch { fail(error, &writer, &events) }
        }
        return .running
    }

    // MARK: Parts

    private var now: Moment { Moment(monotonic: clock.monotonicMs(), wall: clock.wallMs()) }

    private var address: String { poller.venue.profile.rest ?? poller.venue.profile.source }

    /// A recording begins with where the answers come from, and what is wanted.
    private mutating func begin(_ writer: borrowing TickWriter, _ events: inout [FeedEvent]) {
        isFirst = false
        if poller.intervalMs > options.intervalMs { events.append(.slowed(toMs: poller.intervalMs)) }
        guard let (recorder, name) = options.recorder else { return }
        recorder.connected(
            name, address: address, symbols: writer.series.all.map(\.symbol), top: poller.venue.top,
            wallMs: clock.wallMs())
    }

    private mutating func take(waitMs: Int64, _ writer: inout TickWriter, _ events: inout [FeedEvent]) {
        guard let answer = client.take(waitMs: waitMs, clock) else { return }
        switch answer.result {
        case .success(let response):
            let first = events.count
            poller.answered(response, at: answer.at, into: &writer, events: &events)
            noteConnection(since: first, &events)
        case .failure(let error): fail(error, &writer, &events)
        }
    }

    private mutating func fail(_ error: TransportError, _ writer: inout TickWriter, _ events: inout [FeedEvent]) {
        isConnected = false
        poller.failed(error.description, at: now, into: &writer, events: &events)
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
            events += [.connected(address: options.endpoint?.rewrite(address) ?? address), .live]
        }
        isConnected = isGood
    }
}
