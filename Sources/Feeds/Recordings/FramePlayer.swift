internal import CryptoCore

/// Decodes again what a recording's connections said: frames by the venue of their address, answers over HTTP to backfilled trades
/// and prices. In a recording of ours trades are written once, and a connection that ended leaves a gap in each of its series up to
/// the next trade.
///
/// What the live run did beside that is not known here: which trades it missed by their numbers, how long newer ones waited for
/// them, what it asked for in vain. Trades from an answer come where the answer came, behind newer ones.
struct FramePlayer: Sendable {
    /// Trade ids that are remembered to drop repeats.
    private static let rememberedIDs = 1 << 17
    /// Series of a connection; bounds memory for hostile recordings.
    private static let seriesLimit = 10_000
    /// Connections of a recording; bounds memory for hostile recordings.
    private static let connectionLimit = 1_000

    /// One connection of the recording.
    struct Connection: Sendable {
        var origin = FrameOrigin.unknown
        /// Where nobody says whose its frames are: by whose keys one was taken for theirs, and made a tick.
        var proven: Set<Int> = []
        /// Nil where the recording is not ours, or the source is no venue's.
        var venue: Venue?
        /// Those that were wanted of it, in their order.
        private(set) var symbols: [String] = []
        private var isWanted: Set<String> = []
        /// So many markets were wanted, where the venue chooses them.
        var top: Int?
        /// The series that it has told of.
        var heard: Set<SeriesID> = []
        /// What reads its answers about prices, from the first one on.
        var prices: (any PriceVenue)?

        /// Notes a symbol that was wanted; false where it was known already, or there are too many.
        mutating func add(_ symbol: String) -> Bool {
            guard symbols.count < FramePlayer.seriesLimit, isWanted.insert(symbol).inserted else { return false }
            symbols.append(symbol)
            prices = nil
            return true
        }
    }

    private let options: ReplayOptions
    private var connections: [String: Connection] = [:]
    /// By the index in `FrameSource.all`; made when it is first needed.
    private var decoders: [(any StreamVenue)?] = FrameSource.all.map { _ in nil }
    /// Whether our recorder's header was met: what others note by our names means something else.
    private var isOurs = false
    private var arePairsAnnounced = false

    init(_ options: ReplayOptions) { self.options = options }

    // MARK: Frames

    /// Writes the ticks of a frame, or counts what it is.
    /// - Throws: the frame is not what its venue sends.
    mutating func play(
        _ frame: RawSpan, of name: String, receivedMs: Int64?, into writer: inout TickWriter,
        unused: inout UnusedFrames
    ) throws(DecodeError) {
        let told = connections[name]?.origin ?? .unknown
        if case .stranger(let place) = told { return unused.note("frames of \(place)") }
        guard case .known(let index) = told == .unknown ? try FrameOrigin(frame) : told else {
            return unused.note("frames of unknown origin (\(UnusedFrames.kind(of: frame)))")
        }
        announcePairs(to: &writer)
        let isSure = told != .unknown || connections[name]?.proven.contains(index) == true
        let before = (writer.batch.count, writer.counters.repeated, writer.counters.malformed)
        var message = StreamMessage.ignored
        do throws(DecodeError) {
            prepare(index)
            message = try decoders[index]?.decode(frame, receivedMs: receivedMs ?? .min, into: &writer) ?? .ignored
        } catch {
            // Others have such keys, too.
            if isSure { throw error }
        }
        if (writer.batch.count, writer.counters.repeated, writer.counters.malformed) != before {
            if !isSure { change(name) { $0.proven.insert(index) } }
        } else {
            FramePlayer.note(message, frame, of: isSure ? FrameSource.all[index].sources[0] : nil, &unused)
        }
        if isOurs { note(writer.heard, of: name) }
    }

    /// Counts a frame that made no tick; without a source only its keys are like those of one of ours.
    private static func note(
        _ message: StreamMessage, _ frame: RawSpan, of source: String?, _ unused: inout UnusedFrames
    ) {
        switch message {
        case .data, .ignored:
            let kind = UnusedFrames.kind(of: frame)
            unused.note(source.map { "\($0) \(kind)" } ?? "frames of unknown origin (\(kind))")
        case .acknowledged, .refused, .heartbeat, .lost, .closing, .unauthorized: unused.answers += 1
        }
    }

    private mutating func prepare(_ index: Int) {
        if decoders[index] == nil { decoders[index] = FrameSource.all[index].decoder(options.coins) }
    }

    /// A market that a recording names is not guessed from the frames.
    private mutating func announce(_ series: Series, to writer: inout TickWriter) {
        guard case .known(let index)? = FrameOrigin(source: series.source) else { return }
        prepare(index)
        decoders[index]?.announce(series, to: &writer)
    }

    /// Whoever names a market knows how its name is split, whichever venue's it is.
    private mutating func announcePairs(to writer: inout TickWriter) {
        guard !arePairsAnnounced else { return }
        arePairsAnnounced = true
        for symbol in options.pairs {
            for source in FrameSource.all.flatMap(\.sources) {
                announce(Series(source: source, symbol: symbol), to: &writer)
            }
        }
    }

    /// Takes note of the series that a connection has told of.
    private mutating func note(_ heard: [SeriesID], of name: String) {
        guard !heard.isEmpty else { return }
        change(name) { connection in
            for id in heard where connection.heard.count < FramePlayer.seriesLimit { connection.heard.insert(id) }
        }
    }

    // MARK: Events

    /// Plays what was noted beside the frames. An answer that is not what its venue sends holds nothing, now as then.
    mutating func play(_ event: RecordedEvent, of name: String, at ms: Int64, into writer: inout TickWriter) {
        switch event {
        case .run:
            // Each lap has every trade once.
            if !isOurs { writer.remember(FramePlayer.rememberedIDs) }
            isOurs = true
            for connection in connections.values { FramePlayer.open(connection, .start, &writer) }
        case .connected(let address, let symbols, let top):
            connect(name, to: address, symbols, top: top, &writer)
        case .closed(let reason):
            if isOurs, let connection = connections[name] { FramePlayer.open(connection, reason, &writer) }
        case .resumed(let symbol, let lastMs):
            connect(name, to: nil, [symbol], top: nil, &writer)
            guard isOurs, let venue = connections[name]?.venue, Series.isSymbol(symbol),
                writer.series.count < FramePlayer.seriesLimit
            else { return }
            let id = writer.series.intern(Series(source: venue.source, symbol: symbol))
            writer.gaps.resume(id, after: lastMs.map { $0 + writer.encoder.shiftMs })
            writer.gaps.open(id, .start)
        case .answered(let address, let response):
            guard isOurs, var connection = connections[name] else { return }
            try? connection.play(response, to: address, at: ms, options.coins, into: &writer)
            change(name) { $0.prices = connection.prices }
        }
    }

    private mutating func connect(
        _ name: String, to address: String?, _ symbols: [String], top: Int?, _ writer: inout TickWriter
    ) {
        // Our connections are called after their source, wherever they lead.
        let venue = isOurs ? FramePlayer.venue(of: name) : nil
        let told = venue.flatMap { FrameOrigin(source: $0.source) } ?? address.map { FrameOrigin(address: $0) }
        var new: [Series] = []
        change(name) { connection in
            connection.origin = told ?? connection.origin
            let source = venue?.source ?? connection.origin.source
            connection.venue = source.flatMap { Venue.named($0) }
            connection.top = top ?? connection.top
            for symbol in symbols where Series.isSymbol(symbol) && connection.add(symbol) {
                new.append(Series(source: source ?? "", symbol: symbol))
            }
        }
        // Announcing is a search among those before.
        for series in new where writer.series.count < FramePlayer.seriesLimit { announce(series, to: &writer) }
    }

    /// The venue of a connection of ours: `bybit-2` is the second one of `bybit`.
    private static func venue(of name: String) -> Venue? {
        Venue.named(name) ?? name.lastIndex(of: "-").flatMap { Venue.named(String(name[..<$0])) }
    }

    /// From here on ticks of the connection's series may be missing.
    private static func open(_ connection: Connection, _ reason: GapReason, _ writer: inout TickWriter) {
        for id in connection.heard { writer.gaps.open(id, reason) }
    }

    private mutating func change(_ name: String, _ body: (inout Connection) -> Void) {
        guard connections[name] != nil || connections.count < FramePlayer.connectionLimit && name.utf8.count <= 256
        else { return }
        body(&connections[name, default: Connection()])
    }
}

extension TickWriter {
    /// The event time up to which a series is complete, as the recording tells it, not as it is moved. *Units*: ms since the epoch.
    package func lastEventTime(_ id: SeriesID) -> Int64? { gaps.lastEventTime(id).map { $0 - encoder.shiftMs } }
}
