internal import Feeds
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// Brings a recording to its file in time, counts it, and says once when it had to end.
struct RecordingWatch {
    /// *Units*: ms.
    private static let flushMs: Int64 = 1_000

    private let recorder: FrameRecorder?
    private let log: Log
    private let metrics: (frames: Counter, bytes: Counter, isOn: Gauge)?
    private let clock = SystemClock()
    private var flushedMs: Int64 = 0
    private var framesBefore: UInt64 = 0
    private var bytesBefore: UInt64 = 0
    private var isOver = false

    init(_ recorder: FrameRecorder?, _ context: ServiceContext) {
        self.recorder = recorder
        log = context.log
        metrics = recorder.map { _ in
            (
                context.metrics.counter(
                    "cryptostream_producer_recorded_frames_total", help: "Frames and answers that were recorded"),
                context.metrics.counter(
                    "cryptostream_producer_recorded_bytes_total", help: "Bytes of the recording, before compression"),
                context.metrics.gauge(
                    "cryptostream_producer_recording", help: "1 while frames are recorded, 0 after that had to end")
            )
        }
        metrics?.isOn.set(1)
    }

    /// To be called now and then.
    mutating func update() {
        guard let recorder, clock.monotonicMs() - flushedMs >= RecordingWatch.flushMs else { return }
        flushedMs = clock.monotonicMs()
        recorder.flush()
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
        log.info("recorded", ["frames": recorder.frames, "bytes": recorder.bytes])
    }

    private mutating func note(_ recorder: FrameRecorder) {
        let (frames, bytes) = (recorder.frames, recorder.bytes)
        metrics?.frames.add(Int(frames - framesBefore))
        metrics?.bytes.add(Int(bytes - bytesBefore))
        (framesBefore, bytesBefore) = (frames, bytes)
    }

    private mutating func end(_ failure: RecordingError) {
        guard !isOver else { return }
        isOver = true
        metrics?.isOn.set(0)
        log.error("recording has ended, the feeds go on", ["reason": "\(failure)"])
    }
}
