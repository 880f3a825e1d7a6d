package import System

/// Plays recorded files: frames of any known venue or ticks of ours, at the original pace or faster.
///
/// Several files are merged by time: those that begin within an hour of each other keep their distance, others start
/// together. Rubbish lines are reported and passed over. See `FramePlayer` for what is known of frames.
package struct ReplayFeed<Clock: WaitingClock>: Feed, ~Copyable {
    /// How fast to play.
    package enum Speed: Sendable, Equatable {
        /// 1 is the original pace, 10 ten times faster.
        case times(Double)
        /// As fast as the reader takes it.
        case unlimited
    }

    /// Where to move a recording's times, all by the same whole minutes.
    package enum Shift: Sendable, Equatable {
        case none
        /// The first tick is less than a minute old. However fast the recording is played, nothing lies ahead of the clock.
        case beginsNow
        /// The last tick of so many laps is less than a minute old. They are due at once, later laps when their time comes.
        case endsNow(laps: Int64)
    }

    /// How to play.
    package struct Options: Sendable {
        package var files: [String]
        package var speed: Speed
        package var shift: Shift
        /// Begin again at the end, times moved by whole minutes.
        package var loops: Bool
        /// Put before the source of every series.
        package var sourcePrefix = ""
        /// Tickers of coins that a venue calls by their ids.
        package var coins: Coins

        package init(
            files: [String], speed: Speed = .times(1), shift: Shift = .none, loops: Bool = false,
            coins: Coins = Coins()
        ) {
            self.files = files
            self.speed = speed
            self.shift = shift
            self.loops = loops
            self.coins = coins
        }
    }

    private let options: Options
    private let clock: Clock
    private var tracks: [Track] = []
    private var startedMs: Int64?

    /// Tracks are not copyable and arrays want copyable elements.
    private final class Track {
        let path: String
        var track: ReplayTrack
        /// So long before the replay began the recording begins, and nothing goes before its time. *Units*: ms. Nil: it may.
        var headMs: Int64?

        init(_ path: String, _ options: Options) throws(RecordingError) {
            self.path = path
            track = try ReplayTrack(path: path, coins: options.coins)
        }
    }

    /// Opens the files.
    /// - Throws: one of them cannot be opened, or there is no gzip for it.
    package init(_ options: Options, clock: Clock) throws(RecordingError) {
        self.options = options
        self.clock = clock
        for file in options.files { tracks.append(try Track(file, options)) }
    }

    /// Most ticks that one poll adds, a few more where a frame holds several.
    private static var batchTicks: Int { 2000 }

    package mutating func poll(
        waitMs: Int64, into writer: inout TickWriter, events: inout [FeedEvent]
    ) -> FeedState {
        if startedMs == nil {
            writer.series.sourcePrefix = options.sourcePrefix
            start(&events)
        }
        writer.keepsIngestPlausible = true
        let sinceMs = clock.monotonicMs() - (startedMs ?? 0)
        let first = writer.batch.count
        while writer.batch.count - first < Self.batchTicks {
            guard let next = nextTrack() else { return .finished }
            let earlyMs = earlyMs(next, sinceMs)
            guard earlyMs == 0 else {
                if writer.batch.count == first { clock.wait(ms: min(waitMs, earlyMs)) }
                break
            }
            Self.report(next.track.play(into: &writer), next.path, &events)
            events += writer.series.takeDoubts().map(FeedEvent.doubtfulName)
            advance(next, &events)
        }
        return .running
    }

    // MARK: Parts

    private mutating func start(_ events: inout [FeedEvent]) {
        startedMs = clock.monotonicMs()
        for track in tracks { advance(track, &events) }
        let starts = tracks.compactMap { $0.track.startMs }.sorted()
        for track in tracks {
            guard let own = track.track.startMs else { continue }
            // The earliest of those that began within an hour is the common start.
            let common = starts.first { own - $0 <= 3_600_000 } ?? own
            track.track.startMs = common
        }
        shift(at: clock.wallMs())
        for track in tracks where track.track.startMs != nil { track.track.prepare { _ in } }
    }

    private func shift(at nowMs: Int64) {
        switch options.shift {
        case .none: break
        case .beginsNow:
            for track in tracks {
                guard let start = track.track.startMs else { continue }
                track.track.shiftToNowMs = ReplayTrack.wholeMinutes(nowMs - start)
                track.headMs = nowMs - start - track.track.shiftToNowMs
            }
        case .endsNow(let laps):
            // Those that keep their distance end together.
            for (start, group) in Dictionary(grouping: tracks, by: { $0.track.startMs }) {
                let ends = group.compactMap { track -> Int64? in
                    guard let times = try? ReplayTrack.eventTimes(of: track.path, coins: options.coins) else {
                        return nil
                    }
                    return times.upperBound + (laps - 1) * ReplayTrack.lapMs(times)
                }
                guard let start, let end = ends.max() else { continue }
                for track in group {
                    track.track.shiftToNowMs = ReplayTrack.wholeMinutes(nowMs - end)
                    track.track.leadMs = nowMs - start - track.track.shiftToNowMs
                }
            }
        }
    }

    /// Goes to the track's next line, beginning the next lap where there is one.
    private func advance(_ track: Track, _ events: inout [FeedEvent]) {
        var ended = false
        track.track.prepare { step in
            if step == .ended { ended = true } else { Self.report(step, track.path, &events) }
        }
        guard ended else { return }
        let ticks = track.track.lapTicks
        events.append(.lap(file: track.path, lap: track.track.lap, ticks: ticks))
        guard options.loops, ticks > 0 else { return }
        do throws(RecordingError) {
            try track.track.startNextLap()
        } catch {
            events.append(.fileFailed(file: track.path, reason: error.description))
            return
        }
        track.track.prepare { step in
            if step != .ended { Self.report(step, track.path, &events) }
        }
    }

    private static func report(_ step: ReplayTrack.Step, _ path: String, _ events: inout [FeedEvent]) {
        switch step {
        case .bad(let line, let reason):
            events.append(.badLine(file: path, line: line, reason: reason))
        case .failed(let reason): events.append(.fileFailed(file: path, reason: reason))
        case .played, .ended: break
        }
    }

    /// The track whose next line comes first; the first file wins a tie.
    private func nextTrack() -> Track? {
        var best: Track?
        for track in tracks {
            guard let due = track.track.dueMs else { continue }
            if let known = best?.track.dueMs, known <= due { continue }
            best = track
        }
        return best
    }

    /// How long the track's next line is to be waited for, so long after the replay began; 0: it is due. *Units*: ms.
    private func earlyMs(_ track: Track, _ sinceMs: Int64) -> Int64 {
        guard let due = track.track.dueMs else { return 0 }
        var earlyMs: Int64 = 0
        if case .times(let factor) = options.speed {
            let left = due - Int64(Double(sinceMs) * factor)
            if left > 0 { earlyMs = max(1, Int64(Double(left) / factor)) }
        }
        return max(earlyMs, track.headMs.map { due - $0 - sinceMs } ?? 0)
    }
}
