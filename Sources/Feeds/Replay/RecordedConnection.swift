internal import CryptoCore

/// A connection of a recording of ours, played as the live run had it: repeats are dropped, what was lost with the connection
/// is a gap, trades that were asked for over HTTP come before those behind them. All by the recording's clock.
final class RecordedConnection {
    /// Trade ids that are remembered where trades are not numbered, as live.
    private static let rememberedIDs = 1 << 17

    /// No connection has more.
    private static let seriesLimit = 10_000

    private let budget: DiskQuota
    private var writer: TickWriter
    private var decoders: FrameDecoders
    private var prices: RecordedPrices
    private var venue: RecordedVenue?
    private var filler: (any RecordedFiller)?
    /// The series as the writer behind calls them.
    private var places: [SeriesID] = []
    /// The series by the names that are asked for over HTTP.
    private var markets: [String: SeriesID] = [:]
    private var namedSeries = 0
    private var isOpen = false
    /// A run has begun, of which this connection said nothing yet.
    private var isBetweenRuns = false
    /// No frame came yet since the connection stood.
    private var isFresh = false
    /// Since when trades are missing, or a question about them was asked or answered. *Units*: ms since the epoch.
    private var waitingSinceMs: Int64?
    /// What happened that is worth telling.
    private var events: [FeedEvent] = []

    /// - Parameters:
    ///   - venue: nil for prices that are asked for.
    ///   - budget: where trades wait that came behind missing ones.
    init(_ venue: RecordedVenue?, coins: Coins, budget: DiskQuota) {
        self.budget = budget
        writer = TickWriter(remembering: venue?.isNumbered == false ? RecordedConnection.rememberedIDs : 0)
        decoders = FrameDecoders(coins: coins)
        prices = RecordedPrices(coins: coins)
        if let venue { speak(to: venue) }
    }

    // MARK: What happened

    /// Plays what was noted beside the frames.
    func play(_ event: RecordedEvent, at ms: Int64) {
        switch event {
        case .run: break
        case .connected(let address): connected(RecordedVenue(address: address), at: ms)
        case .closed(let reason):
            isOpen = false
            writer.beginOutages(reason, nowMs: ms)
        case .series(let known): begin(known, at: ms)
        case .asked(let address): asked(address, at: ms)
        case .failed(let address, let reason):
            guard let series = series(at: address), filler?.askedSeries == series else { return }
            filler?.failed(reason, at: Moment(monotonic: ms, wall: ms), into: &writer, events: &events)
        case .unfilled(let symbol):
            guard let source = writer.series.all.first?.source,
                let series = writer.series.id(of: Series(source: source, symbol: symbol))
            else { return }
            writer.giveUpRecall(series, nowMs: ms)
        case .answered(let address, let response): answered(address, response, at: ms)
        }
    }

    /// It stands. Whether an earlier one was lost may have been noted, or shows only now.
    private func connected(_ venue: RecordedVenue?, at ms: Int64) {
        if let venue { speak(to: venue) }
        if isOpen { lose(.disconnect, at: ms) }
        isOpen = true
        isFresh = true
    }

    /// A series of it is known up to here.
    private func begin(_ known: RecordedSeries, at ms: Int64) {
        prices.note(known)
        // Of an earlier run it knew what it says here, and no more.
        if isBetweenRuns { writer.gaps = GapTracker() }
        isBetweenRuns = false
        guard let symbol = known.symbol, writer.series.count < RecordedConnection.seriesLimit else { return }
        if let historyMs = known.historyMs {
            writer.backfillPolicy?.horizonMs = max(3_600_000, ms - historyMs + 600_000)
        }
        writer.resume(
            known, Series(source: known.source, symbol: symbol), nowMs: ms)
    }

    /// Plays one frame.
    /// - Throws: it is not what its venue sends.
    func play(_ frame: [UInt8], at ms: Int64) throws(DecodeError) {
        if venue == nil, let found = try RecordedVenue(frame.span.bytes) { speak(to: found) }
        if isFresh { writer.gaps.noteConnected(wallMs: ms) }
        isFresh = false
        isOpen = true
        isBetweenRuns = false
        do throws(DecodeError) {
            _ = try decoders.decode(frame.span.bytes, receivedMs: ms, venue: venue, into: &writer)
        } catch {
            if let series = decoders.brokenSeries(of: venue) { writer.beginOutage(series, .malformed, nowMs: ms) }
            throw error
        }
    }

    /// A question was sent.
    private func asked(_ address: String, at ms: Int64) {
        guard let series = series(at: address) else { return }
        filler?.noteAsked(series, isOpen: isOpen, at: Moment(monotonic: ms, wall: ms), into: &writer, events: &events)
        waitingSinceMs = ms
    }

    /// A question was answered.
    private func answered(_ address: String, _ response: VenueResponse, at ms: Int64) {
        if prices.take(address, response, receivedMs: ms, into: &writer) { return }
        guard let series = series(at: address) else { return }
        if filler?.askedSeries != series { asked(address, at: ms) }
        filler?.answered(response, at: Moment(monotonic: ms, wall: ms), into: &writer, events: &events)
        waitingSinceMs = ms
    }

    // MARK: Time

    /// Whether trades were missing when time passed last.
    var isWaiting: Bool { waitingSinceMs != nil || writer.isRecalling }

    /// Time has passed: gaps are announced, hope is given up, and trades go that waited long enough.
    /// - Returns: whether more are ready to go.
    func settle(at ms: Int64) -> Bool {
        giveUpUnanswered(at: ms)
        filler?.noteTime(writer, at: Moment(monotonic: ms, wall: ms))
        return writer.settle(nowMs: ms)
    }

    /// The recording is at its end: what is missing never comes, and what waits for it goes.
    /// - Returns: whether more are ready to go.
    func giveUp(at ms: Int64) -> Bool {
        for missing in writer.missing { writer.giveUpFill(missing.series, nowMs: ms) }
        for loss in writer.losses where loss.isHolding { writer.giveUpRecall(loss.series, nowMs: ms) }
        return writer.settle(nowMs: ms) || !writer.missing.isEmpty
    }

    /// The run is at its end: what waits stays behind as it did live, where the next run asks for it again.
    func endRun(at ms: Int64) {
        let held = writer.missing
        writer.leaveHeld(nowMs: ms)
        writer.forget()
        if writer.recent != nil { writer.recent = RecentIDs(capacity: RecordedConnection.rememberedIDs) }
        for missing in held {
            let last = missing.after.map { (id: $0, timeMs: missing.sinceMs) }
            writer.follow(missing.series, after: last, nowMs: ms)
        }
        filler = venue?.filler
        waitingSinceMs = nil
        isOpen = false
        isBetweenRuns = true
        lose(.start, at: ms)
    }

    /// Moves what was written and counted to `target`, and what happened to `events`.
    func flush(into target: inout TickWriter, events: inout [FeedEvent]) {
        writer.rememberNewest()
        target.absorb(&writer, places: &places)
        for event in self.events {
            switch event {
            case .filled, .unfilled: events.append(event)
            // What a venue refused then is no news now.
            default: break
            }
        }
        self.events.removeAll()
    }

    // MARK: Parts

    private func speak(to venue: RecordedVenue) {
        guard self.venue != venue else { return }
        self.venue = venue
        filler = venue.filler
        writer.backfillPolicy = filler.map { _ in BackfillPolicy(quota: budget) }
        writer.numbersSeries = venue.isNumbered
        markets = [:]
        namedSeries = 0
    }

    /// Trades may be missing from the last ones on; the next ones show it.
    private func lose(_ reason: GapReason, at ms: Int64) {
        for index in 0..<writer.series.count {
            let id = SeriesID(index: Int32(index))
            if writer.lose(id, reason, nowMs: ms) || writer.gaps.isOpen(id) { continue }
            if !writer.suspect(id, reason, nowMs: ms) { writer.gaps.open(id, reason) }
        }
    }

    /// The series that is asked about; nil when it is none of ours.
    private func series(at address: String) -> SeriesID? {
        guard let filler else { return nil }
        while namedSeries < writer.series.count {
            let market = RecordedQuestion(filler.address(of: writer.series.all[namedSeries].symbol)).market
            if markets[market] == nil { markets[market] = SeriesID(index: Int32(namedSeries)) }
            namedSeries += 1
        }
        return markets[RecordedQuestion(address).market]
    }

    /// A live run gives up when its questions come to nothing for so long, and of some of them no answer is recorded.
    private func giveUpUnanswered(at ms: Int64) {
        guard filler != nil else { return }
        let missing = writer.missing
        if missing.isEmpty {
            waitingSinceMs = nil
            return
        }
        let sinceMs = waitingSinceMs ?? ms
        waitingSinceMs = sinceMs
        for part in missing
        where ms - sinceMs > (part.isHistory ? GapFiller.historyPatienceMs : GapFiller.patienceMs) {
            writer.giveUpFill(part.series, nowMs: ms)
        }
    }
}

@available(*, unavailable)
extension RecordedConnection: Sendable {}
