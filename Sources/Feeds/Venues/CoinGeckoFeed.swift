internal import CryptoCore

/// CoinGecko as a feed: the poller decides, this sends the requests.
package struct CoinGeckoFeed<Clock: FeedClock>: Feed, ~Copyable {
    /// What to poll, and as whom.
    package struct Options: Sendable {
        package var markets: [CoinGecko.Market]
        /// *Units*: ms.
        package var intervalMs: Int64
        /// Allows more requests a minute.
        package var demoKey: String?
        /// Where to ask instead of the venue's own address.
        package var endpoint: Endpoint?

        package init(
            markets: [CoinGecko.Market], intervalMs: Int64 = 60_000, demoKey: String? = nil, endpoint: Endpoint? = nil
        ) {
            self.markets = markets
            self.intervalMs = intervalMs
            self.demoKey = demoKey
            self.endpoint = endpoint
        }
    }

    private let options: Options
    private let clock: Clock
    private let client = HTTPClient()
    private var poller: CoinGeckoPoller
    private var request: HTTPClient.RequestID?
    private var isConnected = false
    private var isFirst = true

    package init(_ options: Options, clock: Clock, writer: inout TickWriter) {
        self.options = options
        self.clock = clock
        poller = CoinGeckoPoller(
            options.markets, intervalMs: options.intervalMs, plan: options.demoKey == nil ? .keyless : .demoKey,
            nowMs: clock.monotonicMs(), seed: UInt64(bitPattern: clock.wallMs()))
        for market in options.markets {
            _ = writer.series.intern(Series(source: CoinGecko.source, symbol: market.symbol))
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
        switch poller.next(nowMs: clock.monotonicMs()) {
        case .wait(let ms): clock.wait(ms: min(ms, waitMs))
        case .send(let path): send(path, &writer, &events)
        }
        return .running
    }

    // MARK: Parts

    private mutating func send(_ path: String, _ writer: inout TickWriter, _ events: inout [FeedEvent]) {
        let address = CoinGecko.address + path
        let headers = options.demoKey.map { [(CoinGecko.keyHeader, $0)] } ?? []
        do throws(TransportError) {
            request = try client.start(url: options.endpoint?.rewrite(address) ?? address, headers: headers)
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
            poller.answered(
                CoinGecko.Response(
                    status: reply.status, retryAfterMs: reply.retryAfterSeconds.map { Int64(min($0, 86_400)) * 1000 },
                    body: reply.body),
                nowMs: clock.monotonicMs(), wallMs: clock.wallMs(), into: &writer, events: &events)
            noteConnection(since: first, &events)
        case .failure(let error): fail(error, &writer, &events)
        }
    }

    private mutating func fail(_ error: TransportError, _ writer: inout TickWriter, _ events: inout [FeedEvent]) {
        isConnected = false
        poller.failed(
            error.description, nowMs: clock.monotonicMs(), wallMs: clock.wallMs(), into: &writer, events: &events)
    }

    /// Polling has no connection: the first good answer counts as one.
    private mutating func noteConnection(since first: Int, _ events: inout [FeedEvent]) {
        let isGood = events[first...].allSatisfy { event in
            switch event {
            case .rateLimited, .disconnected, .badFrame: false
            default: true
            }
        }
        if isGood, !isConnected {
            events.append(.connected(address: options.endpoint?.rewrite(CoinGecko.address) ?? CoinGecko.address))
        }
        isConnected = isGood
    }
}
