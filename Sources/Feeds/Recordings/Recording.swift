internal import Compression
internal import CryptoCore

/// How recordings are read.
struct RecordingOptions: Sendable {
    /// Tickers of coins that a venue calls by their ids.
    var coins: Coins
    /// Markets such as `BTC-USDT` that the user names, for files that do not.
    var pairs: [String]
    /// Whether frames are decoded again where the ticks stand beside them.
    var fromFrames: Bool
}

/// A recording of one or several files: their lines merged by receive time, those of each file in order.
///
/// Where one file has ended before the next one begins, the whole minutes between them are left out.
final class Recording {
    let tracks: [RecordingTrack]
    /// Tracks of which no line is ready.
    private var unread: [RecordingTrack]
    private(set) var lap = 0
    /// Ticks of the lap so far.
    private(set) var ticks = 0
    /// When its first line was received. *Units*: ms since the epoch; nil: before that is read, or no line says.
    private(set) var startMs: Int64?
    /// When the line that was played last was received.
    private var playedMs: Int64?
    /// Of the ticks of the lap so far, not moved. *Units*: ms since the epoch.
    private(set) var eventTimes: ClosedRange<Int64>?
    /// How its times are moved, by whole minutes, before what is left out and the laps. *Units*: ms; nil: they are not.
    private var movedMs: Int64?
    /// What is added to its times now, and to its receive times for the pace. *Units*: ms.
    private var (shiftMs, paceMs): (Int64, Int64) = (0, 0)
    /// So much of it is due when the replay begins. *Units*: ms.
    private var leadMs: Int64 = 0
    /// So long before the replay begins the moved recording begins, and nothing goes before its time. *Units*: ms; nil: it may.
    private var headMs: Int64?

    /// - Throws: a file cannot be opened.
    init(_ files: [String], _ options: RecordingOptions) throws(InputFileError) {
        var tracks: [RecordingTrack] = []
        for file in files { tracks.append(try RecordingTrack(file, options)) }
        self.tracks = tracks
        unread = tracks.reversed()
    }

    /// What became no tick, in all files and laps.
    var unused: UnusedFrames { tracks.reduce(into: UnusedFrames()) { $0.add($1.unused) } }

    /// Whether lines are to be read before one can be played.
    var isUnread: Bool { !unread.isEmpty }

    /// Reads one line of a file of which none is ready.
    /// - Returns: the file, and what the step did.
    func readOn() -> (RecordingTrack, RecordingTrack.Step)? {
        guard let track = unread.last else { return nil }
        let step = track.readOn()
        if track.isReady || track.isAtEnd { unread.removeLast() }
        return (track, step)
    }

    /// All first lines are read: the recording begins with the earliest.
    func begin() { startMs = tracks.compactMap { $0.isReady ? $0.nextMs : nil }.min() }

    // MARK: Playing

    /// The file whose line comes next; the first one wins a tie. Nil: the lap is at its end.
    func next() -> RecordingTrack? {
        var best: RecordingTrack?
        for track in tracks where track.isReady {
            guard let known = best else {
                best = track
                continue
            }
            if (track.nextMs ?? startMs ?? 0) < (known.nextMs ?? startMs ?? 0) { best = track }
        }
        if let best, !best.hasBegun { leaveOutPause(before: best) }
        return best
    }

    /// When the track's next line is due, since the replay began. *Units*: ms.
    func dueMs(_ track: RecordingTrack) -> Int64 {
        let startMs = startMs ?? 0
        return (track.nextMs ?? startMs) - startMs + paceMs - leadMs
    }

    /// How much of the time since the replay began has to have passed however fast it is played. *Units*: ms; nil: none.
    func earliestMs(_ track: RecordingTrack) -> Int64? { headMs.map { dueMs(track) - $0 } }

    /// Plays the track's next line.
    func play(_ track: RecordingTrack, into writer: inout TickWriter) -> RecordingTrack.Step {
        writer.shiftMs = shiftMs
        writer.idSuffix = idSuffix
        playedMs = track.nextMs ?? playedMs
        let before = writer.batch.count
        let step = track.play(into: &writer)
        for entry in writer.batch.entries[before...] {
            let time = entry.eventTime - shiftMs
            eventTimes = min(eventTimes?.lowerBound ?? time, time)...max(eventTimes?.upperBound ?? time, time)
        }
        ticks += writer.batch.count - before
        unread.append(track)
        return step
    }

    /// Begins again, its times moved by as many whole minutes as the recording covers.
    /// - Returns: false where it had no tick: there would be no end of laps.
    /// - Throws: a file cannot be opened.
    func startNextLap() throws(InputFileError) -> Bool {
        guard ticks > 0, let eventTimes else { return false }
        for track in tracks { try track.rewind() }
        unread = tracks.reversed()
        shiftMs += Recording.lapMs(eventTimes)
        paceMs += Recording.lapMs(eventTimes)
        (ticks, self.eventTimes, playedMs) = (0, nil, nil)
        lap += 1
        return true
    }

    /// Where the shift and the lap are put into a trade's id, so that nothing that is played twice is a duplicate.
    private var idSuffix: [UInt8] {
        let minutes = (movedMs ?? 0) / 60_000
        let moved = minutes == 0 ? "" : "@\(minutes)"
        return Array((lap == 0 ? moved : "\(moved)#\(lap)").utf8)
    }

    private func leaveOutPause(before next: RecordingTrack) {
        guard let playedMs, let nextMs = next.nextMs,
            tracks.allSatisfy({ !$0.isReady || !$0.hasBegun || $0 === next })
        else { return }
        let pauseMs = max(0, UTCTime.startOfMinute(nextMs - playedMs))
        paceMs -= pauseMs
        if movedMs != nil { shiftMs -= pauseMs }
        self.playedMs = nextMs
    }

    // MARK: Moving

    /// Moves it so that it begins less than a minute ago.
    func shiftToBegin(at nowMs: Int64) {
        guard let startMs else { return }
        let ms = UTCTime.startOfMinute(nowMs - startMs)
        (movedMs, shiftMs, headMs) = (ms, ms, nowMs - startMs - ms)
    }

    /// Moves it so that the last one of so many laps ended less than a minute ago; these are due at once.
    func shiftToEnd(at nowMs: Int64, laps: Int64, _ times: ClosedRange<Int64>) {
        guard let startMs else { return }
        let ms = UTCTime.startOfMinute(nowMs - times.upperBound - (laps - 1) * Recording.lapMs(times))
        (movedMs, shiftMs, leadMs) = (ms, ms, nowMs - startMs - ms)
    }

    /// The event times of a whole recording, which is read for it; nil when it has no ticks, or cannot be read.
    static func eventTimes(of files: [String], _ options: RecordingOptions) -> ClosedRange<Int64>? {
        guard let recording = try? Recording(files, options) else { return nil }
        var writer = TickWriter()
        while true {
            if recording.readOn() != nil { continue }
            guard let track = recording.next() else { return recording.eventTimes }
            _ = recording.play(track, into: &writer)
            writer.batch.removeAll()
        }
    }

    /// How much later each lap is than the one before: the whole minutes that its ticks lie in. *Units*: ms.
    private static func lapMs(_ times: ClosedRange<Int64>) -> Int64 {
        UTCTime.startOfMinute(times.upperBound) - UTCTime.startOfMinute(times.lowerBound) + 60_000
    }

}

@available(*, unavailable)
extension Recording: Sendable {}
