internal import Feeds
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// Counts a recording, and says what it lacks and when it had to end.
struct RecordingWatch {
    /// Lines that were dropped are told so often. *Units*: ms.
    private static let warningMs: Int64 = 10_000

    private let recorder: Recorder?
    private let log: Log
    private let metrics: (lines: Counter, bytes: Counter, dropped: Counter, isOn: Gauge)?
    private let clock = SystemClock()
    private var counted = Recorder.Counts()
    private var warned: (dropped: UInt64, ms: Int64) = (0, .min / 2)
    private var isOver = false

    init(_ recorder: Recorder?, _ context: ServiceContext) {
        self.recorder = recorder
        log = context.log
        metrics = recorder.map { _ in
            (
                context.metrics.counter(
                    "cryptostream_producer_recorded_lines_total", help: "Frames, answers and ticks that were recorded"),
                context.metrics.counter(
                    "cryptostream_producer_recorded_bytes_total", help: "Bytes of the recording, before compression"),
                context.metrics.counter(
                    "cryptostream_producer_unrecorded_lines_total",
                    help: "Frames, answers and ticks that the disk was too slow for"),
                context.metrics.gauge(
                    "cryptostream_producer_recording", help: "1 while frames are recorded, 0 after that had to end")
            )
        }
        metrics?.isOn.set(1)
    }

    /// To be called now and then.
    mutating func update() {
        guard let recorder else { return }
        note(recorder)
        if let failure = recorder.failure { end(failure) }
    }

    /// Ends the recording.
    mutating func close() {
        guard let recorder else { return }
        do throws(RecordingError) {
            try recorder.close()
        } catch {
            end(error)
        }
        note(recorder)
        log.info("recorded", ["lines": counted.lines, "bytes": counted.bytes, "dropped": counted.dropped])
    }

    private mutating func note(_ recorder: Recorder) {
        let now = recorder.counts
        metrics?.lines.add(Int(now.lines - counted.lines))
        metrics?.bytes.add(Int(now.bytes - counted.bytes))
        metrics?.dropped.add(Int(now.dropped - counted.dropped))
        counted = now
        let nowMs = clock.monotonicMs()
        guard now.dropped > warned.dropped, nowMs - warned.ms >= RecordingWatch.warningMs else { return }
        log.warning(
            "the disk is too slow for the recording: it lacks lines, and gaps in it say so",
            ["dropped": now.dropped - warned.dropped])
        warned = (now.dropped, nowMs)
    }

    private mutating func end(_ failure: RecordingError) {
        guard !isOver else { return }
        isOver = true
        metrics?.isOn.set(0)
        log.error("recording has ended, the feeds go on", ["reason": "\(failure)"])
    }
}
