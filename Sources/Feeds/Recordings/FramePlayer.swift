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
    private struct Connection {
        var origin = FrameOrigin.unknown
        /// The series that were wanted of it, or that it has told of.
        var series: Set<Series> = []
        /// Those that it has told of.
        var heard: Set<SeriesID> = []
    }

    private var connections: [String: Connection] = [:]
    private var frames: RecordedFrames
    private var answers: AnswerDecoder
    /// Whether our recorder's header was met: what others note by our names means something else.
    private var isOurs = false

    /// Markets that the user names, until they are announced.
    private var pairs: [String]

    init(_ options: RecordingOptions) {
        frames = RecordedFrames(coins: options.coins)
        answers = AnswerDecoder(coins: options.coins)
        pairs = options.pairs
    }

    /// Writes the ticks of a frame, or counts what it is.
    /// - Throws: the frame is not what its venue sends.
    mutating func play(
        _ frame: RawSpan, of name: String, receivedMs: Int64?, into writer: inout TickWriter,
        unused: inout UnusedFrames
    ) throws(DecodeError) {
        var origin = connections[name]?.origin ?? .unknown
        if origin == .unknown { origin = try FrameOrigin(frame) }
        switch origin {
        case .stranger(let place), .otherMarkets(let place): return unused.note("frames of \(place)")
        case .known, .unknown: break
        }
        if !pairs.isEmpty { announcePairs(to: &writer) }
        let before = (writer.batch.count, writer.counters.repeated, writer.counters.malformed)
        _ = try frames.decode(frame, receivedMs: receivedMs ?? .min, of: origin, into: &writer)
        if (writer.batch.count, writer.counters.repeated, writer.counters.malformed) == before {
            unused.note("\(origin.source ?? "unknown") \(UnusedFrames.kind(of: frame))")
        }
        if isOurs { note(writer, of: name) }
    }

    /// Whoever names a market knows how its name is split, whichever venue's it is.
    private mutating func announcePairs(to writer: inout TickWriter) {
        for symbol in pairs {
            for source in FrameSource.all.flatMap(\.sources) {
                frames.announce(Series(source: source, symbol: symbol), to: &writer)
            }
        }
        pairs = []
    }

    /// Takes note of the series that a connection has told of.
    private mutating func note(_ writer: borrowing TickWriter, of name: String) {
        let heard = writer.heard
        guard !heard.isEmpty else { return }
        let series = heard.map { writer.unprefixed($0) }
        change(name) { connection in
            for (id, series) in zip(heard, series) where connection.heard.count < FramePlayer.seriesLimit {
                if connection.heard.insert(id).inserted { connection.series.insert(series) }
            }
        }
    }

    /// Plays what was noted beside the frames. An answer that is not what its venue sends holds nothing, now as then.
    mutating func play(_ event: RecordedEvent, of name: String, at ms: Int64, into writer: inout TickWriter) {
        switch event {
        case .run:
            // Each lap has every trade once.
            if !isOurs { writer.remember(FramePlayer.rememberedIDs) }
            isOurs = true
            for connection in connections.values { FramePlayer.open(connection, .start, &writer) }
        case .connected(let address, let symbols, let top):
            let origin = FrameOrigin(address: address)
            if let top { answers.top = top }
            var new: [Series] = []
            change(name) { connection in
                connection.origin = origin
                for symbol in symbols where Series.isSymbol(symbol) && connection.series.count < FramePlayer.seriesLimit
                {
                    let series = Series(source: origin.source ?? "", symbol: symbol)
                    if connection.series.insert(series).inserted { new.append(series) }
                }
            }
            // Announcing is a search among those before.
            for series in new where writer.series.count < FramePlayer.seriesLimit {
                frames.announce(series, to: &writer)
            }
        case .closed(let reason):
            if isOurs, let connection = connections[name] { FramePlayer.open(connection, reason, &writer) }
        case .series(let series, let lastMs, let beginsWithGap):
            guard isOurs else { return }
            begin(series, lastMs, beginsWithGap, name, &writer)
        case .top(let count): answers.top = count
        case .answered(let address, let response):
            guard isOurs else { return }
            let wanted = (connections[name]?.series ?? []).sorted { $0.description < $1.description }
            try? answers.decode(address, response, of: wanted, receivedMs: ms, into: &writer)
        }
    }

    // MARK: Parts

    private mutating func change(_ name: String, _ body: (inout Connection) -> Void) {
        guard connections[name] != nil || connections.count < FramePlayer.connectionLimit && name.utf8.count <= 256
        else {
            return
        }
        body(&connections[name, default: Connection()])
    }

    private mutating func begin(
        _ series: Series, _ lastMs: Int64?, _ beginsWithGap: Bool, _ name: String, _ writer: inout TickWriter
    ) {
        change(name) { connection in
            // Through a proxy only the series say whose the frames are.
            if connection.origin.source == nil { connection.origin = FrameOrigin(source: series.source) ?? .unknown }
            if connection.series.count < FramePlayer.seriesLimit { connection.series.insert(series) }
        }
        frames.announce(series, to: &writer)
        guard beginsWithGap, writer.series.count < FramePlayer.seriesLimit else { return }
        let id = writer.series.intern(series)
        writer.gaps.resume(id, after: lastMs.map { $0 + writer.shiftMs })
        writer.gaps.open(id, .start)
    }

    /// From here on ticks of the connection's series may be missing.
    private static func open(_ connection: Connection, _ reason: GapReason, _ writer: inout TickWriter) {
        for id in connection.heard { writer.gaps.open(id, reason) }
    }
}

extension TickWriter {
    /// The series under the name by which it is interned.
    func unprefixed(_ id: SeriesID) -> Series {
        let series = series[id]
        return Series(source: String(series.source.dropFirst(self.series.sourcePrefix.count)), symbol: series.symbol)
    }

    /// The event time up to which a series is complete, as the recording tells it, not as it is moved. *Units*: ms since the epoch.
    package func lastEventTime(_ id: SeriesID) -> Int64? { gaps.lastEventTime(id).map { $0 - shiftMs } }
}
