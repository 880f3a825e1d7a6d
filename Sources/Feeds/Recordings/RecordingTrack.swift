internal import Compression
internal import CryptoCore

/// One file of a recording on its way through: the line that comes next, and when it was received.
final class RecordingTrack {
    /// What one step did.
    enum Step: Equatable {
        /// A line was read or played.
        case done
        /// A line could not be read.
        case bad(line: Int, reason: String)
        /// The file is at its end.
        case ended
        /// The file breaks off in the middle of its compressed data; everything before that was played.
        case cut(String)
        /// The file cannot be read on.
        case failed(String)
    }

    let path: String
    private let options: ReplayOptions
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
    /// Whether a line of this lap was played.
    private(set) var hasBegun = false
    /// Ticks of the lap so far.
    private(set) var ticks = 0
    /// What became no tick, in all laps.
    private(set) var unused = UnusedFrames()

    /// - Throws: the file cannot be opened.
    init(_ path: String, _ options: ReplayOptions) throws(InputFileError) {
        self.path = path
        self.options = options
        reader = try LineReader(path: path)
        decoder = RecordingDecoder(fromFrames: options.fromFrames)
        player = FramePlayer(options)
    }

    /// Whether there is a line to play.
    var isReady: Bool { line != nil }

    /// When the next line was received; one without a time belongs to the moment of the one before it. *Units*: ms since the epoch;
    /// nil where no line so far has one.
    var nextMs: Int64? { lineMs ?? timeBefore }

    /// Opens the file again for the next lap.
    /// - Throws: the file cannot be opened.
    func rewind() throws(InputFileError) {
        reader = try LineReader(path: path)
        decoder = RecordingDecoder(fromFrames: options.fromFrames)
        player = FramePlayer(options)
        (table, isTold, line, lineMs, timeBefore) = (nil, false, nil, nil, nil)
        (isAtEnd, hasBegun, ticks) = (false, false, 0)
    }

    /// Reads one line; afterwards there may be one to play.
    func readOn() -> Step {
        do throws(InputFileError) {
            let found = try reader.next { bytes in Result { () throws(DecodeError) in try read(bytes) } }
            switch found {
            case .success?: return .done
            case .failure(let error)?: return bad(error.description)
            case nil:
                isAtEnd = true
                return .ended
            }
        } catch {
            isAtEnd = true
            return error.problem == .truncated ? .cut(error.description) : .failed(error.description)
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
    func play(into writer: inout TickWriter) -> Step {
        guard let line = line.take() else { return .done }
        hasBegun = true
        let before = writer.batch.count
        let malformed = writer.counters.malformed
        var problem: String?
        do throws(DecodeError) { try play(line, into: &writer) } catch { problem = error.description }
        ticks += writer.batch.count - before
        if problem == nil, writer.batch.count == before, writer.counters.malformed > malformed {
            problem = "a trade without id, price, quantity or time"
        }
        timeBefore = lineMs ?? timeBefore
        guard let problem else { return .done }
        // The line counts, once.
        writer.encoder.counters.malformed = malformed
        return bad(problem)
    }

    private func play(_ line: RecordedLine, into writer: inout TickWriter) throws(DecodeError) {
        switch line {
        case .frame(let row, _) where table != nil: try table?.play(row.span.bytes, into: &writer, unused: &unused)
        case .frame(let frame, let connection):
            try player.play(frame.span.bytes, of: connection, receivedMs: lineMs, into: &writer, unused: &unused)
        case .event(let event, let connection):
            player.play(event, of: connection, at: lineMs ?? timeBefore ?? .min, into: &writer)
        case .tick(let view, let json): writer.play(view, json.span.bytes)
        }
    }

    private func bad(_ reason: String) -> Step {
        unused.note("lines that cannot be read")
        return .bad(line: reader.lineNumber, reason: reason)
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
