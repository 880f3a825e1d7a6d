internal import Compression
internal import CryptoCore

/// A recording of one or several files: their lines merged by receive time, those of each file in order.
///
/// Where one file has ended before the next one begins, the whole minutes between them are left out.
final class Recording {
    private(set) var tracks: [RecordingTrack]
    private let options: ReplayOptions
    private(set) var lap = 0
    /// When its first line was received. *Units*: ms since the epoch; nil: before that is read, or no line says.
    private var startMs: Int64?
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
    /// The shift and the lap, put into a trade's id so that nothing that is played twice is a duplicate.
    private var idSuffix: [UInt8] = []

    /// - Throws: a file cannot be opened.
    init(_ files: [String], _ options: ReplayOptions) throws(InputFileError) {
        self.options = options
        tracks = try files.map { path throws(InputFileError) in try RecordingTrack(path, options, lap: 0) }
    }

    /// Ticks of the lap so far.
    var ticks: Int { tracks.reduce(0) { $0 + $1.ticks } }

    /// What became no tick of the lap so far.
    var unused: UnusedFrames { tracks.reduce(into: UnusedFrames()) { $0.add($1.unused) } }

    // MARK: Playing

    /// The file whose line comes next, the first one of a tie, or one of which a line has to be read before that is known. Nil: the lap is
    /// at its end.
    func next() -> RecordingTrack? {
        var best: RecordingTrack?
        for track in tracks where !track.isAtEnd {
            if !track.isReady { return track }
            if best.map({ track.nextMs ?? startMs ?? 0 < $0.nextMs ?? startMs ?? 0 }) ?? true { best = track }
        }
        if let best, !best.hasBegun { leaveOutPause(before: best) }
        return best
    }

    /// When the track's next line is due, since the replay began. *Units*: ms.
    func dueMs(_ track: RecordingTrack) -> Int64 {
        let startMs = startMs ?? 0
        return (track.nextMs ?? startMs) - startMs + paceMs - leadMs
    }

    /// How long the track's next line is to be waited for, so long after the replay began; 0: it is due. *Units*: ms.
    func earlyMs(_ track: RecordingTrack, _ sinceMs: Int64, _ speed: ReplayOptions.Speed) -> Int64 {
        let dueMs = dueMs(track)
        var earlyMs: Int64 = 0
        if case .times(let factor) = speed {
            let left = dueMs - Int64(Double(sinceMs) * factor)
            if left > 0 { earlyMs = max(1, Int64(Double(left) / factor)) }
        }
        return max(earlyMs, headMs.map { dueMs - $0 - sinceMs } ?? 0)
    }

    /// Plays the track's next line.
    /// - Returns: what is to be told of it.
    func play(_ track: RecordingTrack, into writer: inout TickWriter) -> FeedEvent? {
        writer.encoder.shiftMs = shiftMs
        writer.encoder.idSuffix = idSuffix
        playedMs = track.nextMs ?? playedMs
        let before = writer.batch.count
        let event = track.play(into: &writer)
        for entry in writer.batch.entries[before...] {
            let time = entry.eventTime - shiftMs
            eventTimes = min(eventTimes?.lowerBound ?? time, time)...max(eventTimes?.upperBound ?? time, time)
        }
        return event
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

    /// The first line of each file is read: the replay begins, at this time of the wall clock.
    func begin(at nowMs: Int64) {
        startMs = tracks.compactMap { $0.isReady ? $0.nextMs : nil }.min()
        guard let startMs else { return }
        switch options.shift {
        case .none: return
        case .beginsNow:
            shiftMs = UTCTime.startOfMinute(nowMs - startMs)
            headMs = nowMs - startMs - shiftMs
        case .endsNow(let laps):
            guard let times = eventTimesOfAll() else { return }
            shiftMs = UTCTime.startOfMinute(nowMs - times.upperBound - (laps - 1) * Recording.lapMs(times))
            leadMs = nowMs - startMs - shiftMs
        }
        movedMs = shiftMs
        markIDs()
    }

    /// Begins again, its times moved by as many whole minutes as the recording covers; not where it had no tick: there would be no end
    /// of laps.
    /// - Throws: a file cannot be opened.
    func startNextLap() throws(InputFileError) {
        guard let times = eventTimes else { return }
        lap += 1
        tracks = try tracks.map { track throws(InputFileError) in try RecordingTrack(track.path, options, lap: lap) }
        shiftMs += Recording.lapMs(times)
        paceMs += Recording.lapMs(times)
        (eventTimes, playedMs) = (nil, nil)
        markIDs()
    }

    private func markIDs() {
        let minutes = (movedMs ?? 0) / 60_000
        idSuffix = Array(((minutes == 0 ? "" : "@\(minutes)") + (lap == 0 ? "" : "#\(lap)")).utf8)
    }

    /// The event times of the whole recording, which is read for it; nil when it has no ticks, or cannot be read.
    private func eventTimesOfAll() -> ClosedRange<Int64>? {
        guard let recording = try? Recording(tracks.map(\.path), options) else { return nil }
        var writer = TickWriter()
        while let track = recording.next() {
            guard track.isReady else {
                _ = track.readOn()
                continue
            }
            _ = recording.play(track, into: &writer)
            writer.batch.removeAll()
        }
        return recording.eventTimes
    }

    /// How much later each lap is than the one before: the whole minutes that its ticks lie in. *Units*: ms.
    private static func lapMs(_ times: ClosedRange<Int64>) -> Int64 {
        UTCTime.startOfMinute(times.upperBound) - UTCTime.startOfMinute(times.lowerBound) + 60_000
    }
}

@available(*, unavailable)
extension Recording: Sendable {}
