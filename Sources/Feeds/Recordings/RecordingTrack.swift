internal import Compression
internal import CryptoCore

/// One file of a recording on its way through: the line that comes next, and when it was received.
final class RecordingTrack {
    let path: String
    private let options: ReplayOptions
    private let lap: Int
    private var reader: LineReader
    private var decoder: RecordingDecoder
    private var player: FramePlayer
    /// The venue's table of trades that the file is; nil before its first line, and of other files.
    private var table: TradeTable?
    private var isTold = false
    /// A line that was read and not played.
    private var line: RecordedLine?
    /// When the next line was received, nil where it does not say. *Units*: ms since the epoch.
    private var lineMs: Int64?
    /// When the one before it was.
    private var timeBefore: Int64?
    private(set) var isAtEnd = false
    /// Whether a line was played.
    private(set) var hasBegun = false
    /// Ticks so far.
    private(set) var ticks = 0
    /// What became no tick.
    private(set) var unused = UnusedFrames()

    /// - Parameter lap: for the `lap`-th time, from 0.
    /// - Throws: the file cannot be opened.
    init(_ path: String, _ options: ReplayOptions, lap: Int) throws(InputFileError) {
        self.path = path
        self.options = options
        self.lap = lap
        reader = try LineReader(path: path)
        decoder = RecordingDecoder(fromFrames: options.fromFrames)
        player = FramePlayer(options)
    }

    /// Whether there is a line to play.
    var isReady: Bool { line != nil }

    /// When the next line was received; one without a time belongs to the moment of the one before it. *Units*: ms since the epoch;
    /// nil where no line so far has one.
    var nextMs: Int64? { lineMs ?? timeBefore }

    /// Reads one line; afterwards there may be one to play, or the file is at its end.
    /// - Returns: what is to be told of it.
    func readOn() -> FeedEvent? {
        do throws(InputFileError) {
            let found = try reader.next { bytes in Result { () throws(DecodeError) in try read(bytes) } }
            switch found {
            case .success?: return nil
            case .failure(let error)?: return badLine(error.description)
            case nil:
                isAtEnd = true
                return .lap(file: path, lap: lap, ticks: ticks)
            }
        } catch {
            isAtEnd = true
            return error.problem == .truncated
                ? .fileCut(file: path, reason: error.description) : .fileFailed(file: path, reason: error.description)
        }
    }

    private func read(_ bytes: RawSpan) throws(DecodeError) {
        if !isTold, bytes.byteCount > 0, bytes.byte(0) != UInt8(ascii: "#") {
            isTold = true
            table = TradeTable(bytes, path: path, options)
            if table?.hasHeader == true { return }
        }
        if let table {
            guard bytes.byteCount > 0 else { return }
            line = .frame(bytes.withUnsafeBytes { Array($0) }, connection: "")
            lineMs = table.time(of: bytes)
        } else if let (read, ms) = try decoder.read(bytes) {
            (line, lineMs) = (read, ms)
        }
    }

    /// Plays the line that was read; the writer's times and ids are already moved as they are to be.
    /// - Returns: what is to be told of it.
    func play(into writer: inout TickWriter) -> FeedEvent? {
        guard let line = line.take() else { return nil }
        hasBegun = true
        timeBefore = lineMs ?? timeBefore
        let before = writer.batch.count
        let malformed = writer.counters.malformed
        var problem: String?
        do throws(DecodeError) { try play(line, into: &writer) } catch { problem = error.description }
        ticks += writer.batch.count - before
        if problem == nil, writer.batch.count == before, writer.counters.malformed > malformed {
            problem = "a trade without id, price, quantity or time"
        }
        // The line counts, once.
        if problem != nil { writer.encoder.counters.malformed = malformed }
        return problem.map(badLine)
    }

    private func play(_ line: RecordedLine, into writer: inout TickWriter) throws(DecodeError) {
        switch line {
        case .frame(let row, _) where table != nil: try table?.play(row.span.bytes, into: &writer, unused: &unused)
        case .frame(let frame, let connection):
            try player.play(frame.span.bytes, of: connection, receivedMs: lineMs, into: &writer, unused: &unused)
        case .event(let event, let connection):
            player.play(event, of: connection, at: timeBefore ?? .min, into: &writer)
        case .tick(let view, let json): writer.play(view, json.span.bytes)
        }
    }

    private func badLine(_ reason: String) -> FeedEvent {
        unused.note("lines that cannot be read")
        return .badLine(file: path, line: reader.lineNumber, reason: reason)
    }
}

@available(*, unavailable)
extension RecordingTrack: Sendable {}

extension TickWriter {
    /// Adds a tick of a recording: byte for byte as it stands there, unless it is moved, marked or renamed.
    mutating func play(_ view: TickView, _ json: RawSpan) {
        let series = Series(source: view.source.string(in: json), symbol: view.symbol.string(in: json))
        let id = self.series.intern(series)
        if encoder.shiftMs != 0 || !encoder.idSuffix.isEmpty || !self.series.sourcePrefix.isEmpty || gaps.isOpen(id) {
            add(Tick(view, in: json), of: id)
        } else {
            encoder.counters.ticks += 1
            if view.kind == .gap { encoder.counters.gaps += 1 }
            json.withUnsafeBytes { batch.append(id, view.kind, eventTime: view.eventTime, copying: $0) }
        }
    }
}
