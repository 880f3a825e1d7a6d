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

    /// A line that was read and not played.
    private enum Line {
        case frame([UInt8], connection: String)
        case tick(TickView, [UInt8])
        case event(RecordedEvent, connection: String)
        case row([UInt8])
    }

    let path: String
    private let options: RecordingOptions
    private var reader: LineReader
    private var decoder: RecordingDecoder
    private var player: FramePlayer
    private var table: TradeTable?
    private var isTold = false
    private var line: Line?
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
    init(_ path: String, _ options: RecordingOptions) throws(InputFileError) {
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
        var step = Step.done
        do throws(InputFileError) {
            let found = try reader.next { bytes in read(bytes) }
            switch found {
            case .success?: break
            case .failure(let error)?:
                unused.note("lines that cannot be read")
                step = .bad(line: reader.lineNumber, reason: error.description)
            case nil:
                isAtEnd = true
                step = .ended
            }
        } catch {
            isAtEnd = true
            step = error.problem == .truncated ? .cut(error.description) : .failed(error.description)
        }
        return step
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
        writer.counters.malformed = malformed
        unused.note("lines that cannot be read")
        return .bad(line: reader.lineNumber, reason: problem)
    }

    // MARK: Parts

    private func read(_ bytes: RawSpan) -> Result<Void, DecodeError> {
        if !isTold, bytes.byteCount > 0, bytes.byte(0) != UInt8(ascii: "#") {
            isTold = true
            table = TradeTable(bytes, path: path, options)
            if table?.hasHeader == true { return .success(()) }
        }
        if let table {
            guard bytes.byteCount > 0 else { return .success(()) }
            line = .row(bytes.withUnsafeBytes { Array($0) })
            lineMs = table.time(of: bytes)
            return .success(())
        }
        do throws(DecodeError) {
            switch try decoder.read(bytes) {
            case .frame(let frame, let receivedMs, let connection):
                line = .frame(frame, connection: connection)
                lineMs = receivedMs
            case .event(let event, let connection, let ms):
                line = .event(event, connection: connection)
                lineMs = ms
            case .tick(let view, let json):
                line = .tick(view, json)
                lineMs = view.ingestTime
            case .nothing: break
            }
        } catch {
            return .failure(error)
        }
        return .success(())
    }

    private func play(_ line: Line, into writer: inout TickWriter) throws(DecodeError) {
        switch line {
        case .frame(let frame, let connection):
            try player.play(
                frame.span.bytes, of: connection, receivedMs: lineMs, into: &writer, unused: &unused)
        case .event(let event, let connection):
            player.play(event, of: connection, at: lineMs ?? timeBefore ?? .min, into: &writer)
        case .tick(let view, let json): writer.play(view, json.span.bytes)
        case .row(let row): try table?.play(row.span.bytes, into: &writer, unused: &unused)
        }
    }
}

@available(*, unavailable)
extension RecordingTrack: Sendable {}

extension TickWriter {
    /// Adds a tick of a recording: byte for byte as it stands there, unless it is moved, marked or renamed.
    mutating func play(_ view: TickView, _ json: RawSpan) {
        let series = Series(source: view.source.string(in: json), symbol: view.symbol.string(in: json))
        let id = self.series.intern(series)
        if shiftMs != 0 || !idSuffix.isEmpty || !self.series.sourcePrefix.isEmpty || gaps.isOpen(id) {
            add(Tick(view, in: json), of: id)
        } else {
            counters.ticks += 1
            if view.kind == .gap { counters.gaps += 1 }
            json.withUnsafeBytes { batch.append(id, view.kind, eventTime: view.eventTime, copying: $0) }
        }
    }
}
