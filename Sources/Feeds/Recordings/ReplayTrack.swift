internal import CryptoCore

/// One recorded file on its way through: the next line, its time, and the lap it is in.
struct ReplayTrack: ~Copyable {
    /// What the next line is, copied out of the reader.
    private enum Pending {
        case frame(connection: String)
        case tick(TickView)
        case event(RecordedEvent, connection: String)
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
    /// So much of it is due when the replay begins. *Units*: ms.
    var leadMs: Int64 = 0

    private var reader: LineReader
    private let coins: Coins
    private var player: FramePlayer
    private var pending: Pending?
    private var pendingLine = 0
    private var pendingTime: Int64?
    private var bytes: [UInt8] = []
    private var expectsTicks = false
    private var lapShiftMs: Int64 = 0
    /// Of the ticks of the lap so far. *Units*: ms since the epoch.
    private(set) var eventTimes: ClosedRange<Int64>?
    private var isAtEnd = false

    init(path: String, coins: Coins) throws(RecordingError) {
        self.path = path
        self.coins = coins
        player = FramePlayer(coins: coins)
        reader = try LineReader(path: path)
    }

    /// When the next line is to be played, since the replay began. *Units*: ms. Nil when there is none.
    var dueMs: Int64? { elapsedMs.map { $0 - leadMs } }

    /// The event times of a whole recording, which is read for it; nil when it has no ticks.
    /// - Throws: the file cannot be opened.
    static func eventTimes(of path: String, coins: Coins) throws(RecordingError) -> ClosedRange<Int64>? {
        var track = try ReplayTrack(path: path, coins: coins)
        var writer = TickWriter()
        track.prepare { _ in }
        while track.elapsedMs != nil {
            _ = track.play(into: &writer)
            writer.batch.removeAll()
            track.prepare { _ in }
        }
        return track.eventTimes
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
        guard let pending = pending.take() else { return .played(ticks: 0) }
        writer.shiftMs = shiftToNowMs + lapShiftMs
        writer.idSuffix = idSuffix
        let before = writer.batch.count
        let malformed = writer.counters.malformed
        do throws(DecodeError) {
            try play(pending, into: &writer)
        } catch {
            _ = note(writer.batch.entries[before...])
            return .bad(line: pendingLine, reason: error.description)
        }
        let ticks = note(writer.batch.entries[before...])
        if ticks == 0, writer.counters.malformed > malformed {
            return .bad(line: pendingLine, reason: "a trade without id, price, quantity or time")
        }
        return .played(ticks: ticks)
    }

    private mutating func play(_ pending: Pending, into writer: inout TickWriter) throws(DecodeError) {
        switch pending {
        case .frame(let connection):
            let frame = bytes
            try player.play(frame.span.bytes, of: connection, receivedMs: pendingTime, into: &writer)
        case .event(let event, let connection):
            player.play(event, of: connection, at: pendingTime ?? .min, into: &writer)
        case .tick(let view):
            let tick = Tick(view, in: bytes.span.bytes)
            writer.add(tick, of: writer.series.intern(tick.series))
        }
    }

    /// Opens the file again for the next lap, its times moved by as many whole minutes as the recording covers.
    /// - Throws: the file cannot be opened.
    mutating func startNextLap() throws(RecordingError) {
        if let eventTimes { lapShiftMs += ReplayTrack.lapMs(eventTimes) }
        reader = try LineReader(path: path)
        player = FramePlayer(coins: coins)
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

    /// How much later each lap is than the one before: the whole minutes that its ticks lie in. *Units*: ms.
    static func lapMs(_ eventTimes: ClosedRange<Int64>) -> Int64 {
        wholeMinutes(eventTimes.upperBound) - wholeMinutes(eventTimes.lowerBound) + 60_000
    }

    /// Rounded down. *Units*: ms.
    static func wholeMinutes(_ ms: Int64) -> Int64 { (ms >= 0 ? ms / 60_000 : (ms - 59_999) / 60_000) * 60_000 }

    // MARK: Reading

    /// `.played(ticks: 0)` when the line is pending or of no interest.
    private mutating func readLine() -> Step {
        let expectingTick = expectsTicks
        let found: Result<KeptLine, DecodeError>?
        do throws(RecordingError) {
            found = try reader.next { line in KeptLine.read(line, expectingTick) }
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

    private mutating func keep(_ found: KeptLine) {
        switch found {
        case .frame(let frame, let receivedMs, let connection):
            bytes = frame
            pendingTime = receivedMs
            pending = .frame(connection: connection)
        case .tick(let view, let line):
            bytes = line
            pendingTime = view.ingestTime
            pending = .tick(view)
            expectsTicks = true
        case .connection(let name, let address):
            pendingTime = nil
            pending = .event(.connected(address: address, symbols: [], top: nil), connection: name)
        case .event(let event, let name, let ms):
            pendingTime = ms
            pending = .event(event, connection: name)
        case .nothing: break
        }
    }
}
