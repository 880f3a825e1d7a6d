package import Compression
package import System

/// Plays recordings: their ticks, or frames of any known venue, or a venue's dump of trades, at the original pace or faster.
///
/// Several files are one recording, merged by receive time, see `Recording`. Lines that cannot be read are reported and passed over;
/// see `FramePlayer` for what is known of frames.
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
        /// Each file is a recording of its own, played from its beginning beside the others.
        package var isSideBySide = false
        /// Frames are decoded again where the ticks stand beside them.
        package var fromFrames = false
        /// Markets such as `BTC-USDT` that the user names, for files that do not.
        package var pairs: [String] = []
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

        var reading: RecordingOptions { RecordingOptions(coins: coins, pairs: pairs, fromFrames: fromFrames) }
    }

    /// Most ticks that one poll adds, a few more where a frame holds several.
    private static var batchTicks: Int { 2_000 }
    /// Most lines that one poll reads or plays: rubbish without end must leave time to look up, and its reports take memory.
    private static var batchSteps: Int { 10_000 }

    private let options: Options
    private let clock: Clock
    private var recordings: [Recording] = []
    private var startedMs: Int64?

    /// Opens the files.
    /// - Throws: one of them cannot be opened.
    package init(_ options: Options, clock: Clock) throws(InputFileError) {
        self.options = options
        self.clock = clock
        guard options.isSideBySide else {
            recordings = [try Recording(options.files, options.reading)]
            return
        }
        for file in options.files { recordings.append(try Recording([file], options.reading)) }
    }

    package mutating func poll(
        waitMs: Int64, into writer: inout TickWriter, events: inout [FeedEvent]
    ) -> FeedState {
        writer.series.sourcePrefix = options.sourcePrefix
        writer.keepsIngestPlausible = true
        let first = writer.batch.count
        for _ in 0..<Self.batchSteps where writer.batch.count - first < Self.batchTicks {
            if let unread = recordings.first(where: \.isUnread) {
                if let (track, step) = unread.readOn() { report(step, track, unread, &events) }
                continue
            }
            let sinceMs = sinceMs()
            guard let (recording, track) = next() else { return .finished }
            let earlyMs = earlyMs(recording, track, sinceMs)
            guard earlyMs == 0 else {
                if writer.batch.count == first { clock.wait(ms: min(waitMs, earlyMs)) }
                break
            }
            report(recording.play(track, into: &writer), track, recording, &events)
            events += writer.series.takeDoubts().map(FeedEvent.doubtfulName)
        }
        return .running
    }

    // MARK: Parts

    /// How long ago the replay began, which it does now where it has not yet. *Units*: ms.
    private mutating func sinceMs() -> Int64 {
        let nowMs = clock.monotonicMs()
        if let startedMs { return nowMs - startedMs }
        startedMs = nowMs
        for recording in recordings {
            recording.begin()
            switch options.shift {
            case .none: break
            case .beginsNow: recording.shiftToBegin(at: clock.wallMs())
            case .endsNow(let laps):
                let files = recording.tracks.map(\.path)
                guard let times = Recording.eventTimes(of: files, options.reading) else { continue }
                recording.shiftToEnd(at: clock.wallMs(), laps: laps, times)
            }
        }
        return 0
    }

    /// The recording and the file whose line comes next; the first one wins a tie.
    private func next() -> (Recording, RecordingTrack)? {
        var best: (recording: Recording, track: RecordingTrack, dueMs: Int64)?
        for recording in recordings {
            guard let track = recording.next() else { continue }
            let dueMs = recording.dueMs(track)
            if best.map({ dueMs < $0.dueMs }) ?? true { best = (recording, track, dueMs) }
        }
        return best.map { ($0.recording, $0.track) }
    }

    /// How long the next line is to be waited for, so long after the replay began; 0: it is due. *Units*: ms.
    private func earlyMs(_ recording: Recording, _ track: RecordingTrack, _ sinceMs: Int64) -> Int64 {
        var earlyMs: Int64 = 0
        if case .times(let factor) = options.speed {
            let left = recording.dueMs(track) - Int64(Double(sinceMs) * factor)
            if left > 0 { earlyMs = max(1, Int64(Double(left) / factor)) }
        }
        return max(earlyMs, recording.earliestMs(track).map { $0 - sinceMs } ?? 0)
    }

    private func report(
        _ step: RecordingTrack.Step, _ track: RecordingTrack, _ recording: Recording, _ events: inout [FeedEvent]
    ) {
        switch step {
        case .done: return
        case .bad(let line, let reason):
            events.append(.badLine(file: track.path, line: line, reason: reason))
            return
        case .failed(let reason): events.append(.fileFailed(file: track.path, reason: reason))
        case .cut(let reason): events.append(.fileCut(file: track.path, reason: reason))
        case .ended: events.append(.lap(file: track.path, lap: recording.lap, ticks: track.ticks))
        }
        if recording.tracks.allSatisfy(\.isAtEnd) { endLap(recording, &events) }
    }

    /// All files of a recording are at their end.
    private func endLap(_ recording: Recording, _ events: inout [FeedEvent]) {
        let files = recording.tracks.map(\.path)
        if recording.lap == 0, recording.ticks == 0 || !recording.unused.counts.isEmpty {
            events.append(.replayed(files: files, ticks: recording.ticks, unused: recording.unused.text))
        }
        guard options.loops else { return }
        do throws(InputFileError) {
            _ = try recording.startNextLap()
        } catch {
            events.append(.fileFailed(file: error.path, reason: error.description))
        }
    }
}
