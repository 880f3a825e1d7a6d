internal import CryptoCore

/// One recorded file on its way through: the next line, its time, and the lap it is in.
struct ReplayTrack: ~Copyable {
    /// What the next line is, copied out of the reader.
    private enum Pending {
        case frame(RecordedVenue?)
        case tick(TickView)
    }

    /// What one step did.
    enum Step: Equatable {
        /// A line was played: so many ticks were written.
        case played(ticks: Int)
        /// The line could not be read.
        case bad(line: Int, reason: String)
        /// The file is at its end; the next lap may begin.
        case ended
        /// The file cannot be read on.
        case failed(String)
    }

    let path: String
    /// From 0.
    private(set) var lap = 0
    /// Ticks of the lap so far.
    private(set) var lapTicks = 0
    /// Time of the next line since the recording's start, laps included. *Units*: ms. Nil when there is no next line.
    private(set) var elapsedMs: Int64?
    /// The recording's start, ms since the epoch: the first receive time, or what another track says.
    var startMs: Int64?
    /// *Units*: ms; whole minutes.
    var shiftToNowMs: Int64 = 0

    private var reader: LineReader
    private var decoders: FrameDecoders
    private var connections: [String: RecordedVenue] = [:]
    private var pending: Pending?
    private var pendingLine = 0
    private var pendingTime: Int64?
    private var bytes: [UInt8] = []
    private var expectsTicks = false
    private var lapShiftMs: Int64 = 0
    private var eventTimes: ClosedRange<Int64>?
    private var isAtEnd = false

    init(path: String, coins: Coins) throws(RecordingError) {
        self.path = path
        decoders = FrameDecoders(coins: coins)
        reader = try LineReader(path: path)
    }

    /// Reads on to the next line that holds something; problems on the way are given to `report`.
    mutating func prepare(_ report: (Step) -> Void) {
        while pending == nil, !isAtEnd {
            let step = readLine()
            if step != .played(ticks: 0) { report(step) }
        }
        guard pending != nil else {
            elapsedMs = nil
            return
        }
        if startMs == nil { startMs = pendingTime }
        // A line without a time of its own belongs to the moment of the one before it.
        let time = (pendingTime ?? (startMs ?? 0)) - (startMs ?? 0) + lapShiftMs
        elapsedMs = pendingTime == nil ? elapsedMs ?? lapShiftMs : max(time, lapShiftMs)
    }

    /// Plays the line that `prepare` found.
    mutating func play(into writer: inout TickWriter) -> Step {
        guard let pending else { return .played(ticks: 0) }
        self.pending = nil
        writer.shiftMs = shiftToNowMs + lapShiftMs
        writer.idSuffix = idSuffix
        let before = writer.batch.count
        let malformed = writer.counters.malformed
        do throws(DecodeError) {
            switch pending {
            case .frame(let venue):
                let receivedMs = pendingTime ?? .min
                let frame = bytes
                _ = try decoders.decode(frame.span.bytes, receivedMs: receivedMs, venue: venue, into: &writer)
            case .tick(let view):
                let tick = Tick(view, in: bytes.span.bytes)
                writer.add(tick, of: writer.series.intern(tick.series))
            }
        } catch {
            return .bad(line: pendingLine, reason: error.description)
        }
        let ticks = note(writer.batch.entries[before...])
        if ticks == 0, writer.counters.malformed > malformed {
            return .bad(line: pendingLine, reason: "a trade without id, price, quantity or time")
        }
        return .played(ticks: ticks)
    }

    /// Opens the file again for the next lap, its times moved by as many whole minutes as the recording covers.
    /// - Throws: the file cannot be opened.
    mutating func startNextLap() throws(RecordingError) {
        if let eventTimes {
            let first = ReplayTrack.minute(eventTimes.lowerBound - shiftToNowMs)
            lapShiftMs += (ReplayTrack.minute(eventTimes.upperBound - shiftToNowMs) - first + 1) * 60_000
        }
        reader = try LineReader(path: path)
        lap += 1
        lapTicks = 0
        eventTimes = nil
        isAtEnd = false
        elapsedMs = lapShiftMs
    }

    /// Where the shift and the lap are put into a trade's id, so that nothing that is played twice is a duplicate.
    private var idSuffix: [UInt8] {
        let moved = shiftToNowMs == 0 ? "" : "@\(shiftToNowMs / 60_000)"
        return Array((lap == 0 ? moved : "\(moved)#\(lap)").utf8)
    }

    private mutating func note(_ entries: ArraySlice<TickBatch.Entry>) -> Int {
        for entry in entries {
            let time = entry.eventTime
            eventTimes = min(eventTimes?.lowerBound ?? time, time)...max(eventTimes?.upperBound ?? time, time)
        }
        lapTicks += entries.count
        return entries.count
    }

    private static func minute(_ time: Int64) -> Int64 {
        time >= 0 ? time / 60_000 : (time - 59_999) / 60_000
    }

    // MARK: Reading

    /// What a line turned out to be, with the bytes that are to be kept of it.
    private enum Found {
        case frame([UInt8], receivedMs: Int64?, connection: String)
        case tick(TickView, [UInt8])
        case connection(String, address: String)
        case nothing
    }

    /// `.played(ticks: 0)` when the line is pending or of no interest.
    private mutating func readLine() -> Step {
        let expectingTick = expectsTicks
        let found: Result<Found, DecodeError>?
        do throws(RecordingError) {
            found = try reader.next { line in ReplayTrack.find(line, expectingTick) }
        } catch {
            isAtEnd = true
            return .failed(error.description)
        }
        pendingLine = reader.lineNumber
        switch found {
        case nil:
            isAtEnd = true
            return .ended
        case .failure(let error)?:
            // Formats may change within a file: the next line is looked at without prejudice.
            expectsTicks = false
            return .bad(line: pendingLine, reason: error.description)
        case .success(let line)?:
            keep(line)
            return .played(ticks: 0)
        }
    }

    private mutating func keep(_ found: Found) {
        switch found {
        case .frame(let frame, let receivedMs, let connection):
            bytes = frame
            pendingTime = receivedMs
            pending = .frame(connections[connection])
        case .tick(let view, let line):
            bytes = line
            pendingTime = view.ingestTime
            pending = .tick(view)
            expectsTicks = true
        case .connection(let name, let address):
            connections[name] = RecordedVenue(address: address)
        case .nothing: break
        }
    }

    private static func find(_ line: RawSpan, _ expectingTick: Bool) -> Result<Found, DecodeError> {
        do throws(DecodeError) {
            switch try RecordedLine.read(line, expectingTick: expectingTick) {
            case .frame(let text, let receivedMs):
                return .success(.frame(copy(text, line), receivedMs: receivedMs, connection: ""))
            case .quoted(let text, let connection, let receivedMs):
                return .success(
                    .frame(
                        Array(text.string(in: line).utf8), receivedMs: receivedMs,
                        connection: connection.string(in: line)))
            case .packed(let text, let connection, let receivedMs):
                guard let frame = Base64.decode(copy(text, line).span.bytes) else {
                    throw DecodeError(.badField("base64", "RFC 4648"), at: text.offset)
                }
                return .success(
                    .frame(frame, receivedMs: receivedMs, connection: connection.string(in: line)))
            case .connection(let name, let address):
                return .success(.connection(name.string(in: line), address: address.string(in: line)))
            case .tick(let view):
                return .success(.tick(view, copy(JSONText(offset: 0, count: line.byteCount), line)))
            case .nothing: return .success(.nothing)
            }
        } catch {
            return .failure(error)
        }
    }

    private static func copy(_ text: JSONText, _ line: RawSpan) -> [UInt8] {
        line.extracting(text.offset..<text.offset + text.count).withUnsafeBytes { Array($0) }
    }
}
