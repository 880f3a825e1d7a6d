package import Compression
package import System

/// Plays recordings: their ticks, or frames of any known venue, or a venue's dump of trades, at the original pace or faster.
///
/// Several files are one recording, merged by receive time, see `Recording`. Lines that cannot be read are reported and passed over;
/// see `FramePlayer` for what is known of frames.
package struct ReplayFeed<Clock: WaitingClock>: Feed, ~Copyable {
    /// Most ticks that one poll adds, a few more where a frame holds several.
    private static var batchTicks: Int { 2_000 }
    /// Most lines that one poll reads or plays: rubbish without end must leave time to look up, and its reports take memory.
    private static var batchSteps: Int { 10_000 }

    private let options: ReplayOptions
    private let clock: Clock
    private let recordings: [Recording]
    /// When the first line was there to be played.
    private var startedMs: Int64?

    /// Opens the files.
    /// - Throws: one of them cannot be opened.
    package init(_ options: ReplayOptions, clock: Clock) throws(InputFileError) {
        self.options = options
        self.clock = clock
        let groups = options.isSideBySide ? options.files.map { [$0] } : [options.files]
        recordings = try groups.map { files throws(InputFileError) in try Recording(files, options) }
    }

    package mutating func poll(
        waitMs: Int64, into writer: inout TickWriter, events: inout [FeedEvent]
    ) -> FeedState {
        writer.series.sourcePrefix = options.sourcePrefix
        writer.encoder.keepsIngestPlausible = true
        let first = writer.batch.count
        for _ in 0..<Self.batchSteps where writer.batch.count - first < Self.batchTicks {
            guard let (recording, track) = next() else { return .finished }
            guard track.isReady else {
                if let event = track.readOn() { events.append(event) }
                if recording.tracks.allSatisfy(\.isAtEnd) { endLap(recording, &events) }
                continue
            }
            let sinceMs = sinceMs()
            let earlyMs = recording.earlyMs(track, sinceMs, options.speed)
            guard earlyMs == 0 else {
                if writer.batch.count == first { clock.wait(ms: min(waitMs, earlyMs)) }
                break
            }
            if let event = recording.play(track, into: &writer) { events.append(event) }
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
        for recording in recordings { recording.begin(at: clock.wallMs()) }
        return 0
    }

    /// The file whose line comes next, with its recording, or one of which a line has to be read before that is known; the first one wins
    /// a tie. Nil: there are no more.
    private func next() -> (Recording, RecordingTrack)? {
        var best: (recording: Recording, track: RecordingTrack, dueMs: Int64)?
        for recording in recordings {
            guard let track = recording.next() else { continue }
            if !track.isReady { return (recording, track) }
            let dueMs = recording.dueMs(track)
            if best.map({ dueMs < $0.dueMs }) ?? true { best = (recording, track, dueMs) }
        }
        return best.map { ($0.recording, $0.track) }
    }

    /// All files of a recording are at their end.
    private func endLap(_ recording: Recording, _ events: inout [FeedEvent]) {
        let unused = recording.unused
        if recording.lap == 0, recording.ticks == 0 || !unused.counts.isEmpty {
            let files = recording.tracks.map(\.path)
            events.append(.replayed(files: files, ticks: recording.ticks, unused: unused.text))
        }
        guard options.loops else { return }
        do throws(InputFileError) {
            try recording.startNextLap()
        } catch {
            events.append(.fileFailed(file: error.path, reason: error.description))
        }
    }
}
