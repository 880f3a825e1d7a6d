internal import CryptoCore
internal import ServiceKit
internal import Synchronization
internal import System
internal import TestSupport

/// Writes the input to a topic, at a pace or as fast as it goes; what Kafka did not take waits, in order.
final class InputWriter: Sendable {
    private let thread: Thread
    private let stop: StopFlag
    private let progress: Progress

    /// Records written so far, but for the closing ones.
    var count: Int { progress.written.load(ordering: .relaxed) }

    /// - Parameters:
    ///   - limit: ends after so many records; nil: when asked to.
    ///   - perSecond: nil: as fast as it goes.
    ///   - preload: so many come as fast as it goes before the pace begins.
    init(
        _ stream: some RecordStream, to topic: String, schema: String = Tick.schema, at bootstrap: String,
        limit: Int? = nil, perSecond: Int? = nil,
        after preload: Int = 0
    ) {
        let stop = StopFlag()
        let progress = Progress()
        self.stop = stop
        self.progress = progress
        thread = Thread(name: "input") {
            let output = try ExactOutput(topic, schema: schema, at: bootstrap)
            var stream = stream
            var pace = Pace(perSecond)
            var count = 0
            while !stop.isRequested, count < limit ?? .max {
                let due = count < preload ? min(1_000, preload - count) : min(pace.due(), (limit ?? .max) - count)
                for _ in 0..<due { try output.write(stream.next()) }
                count += due
                progress.written.store(count, ordering: .relaxed)
                try output.serve(waitMs: perSecond == nil || count < preload ? 0 : 5)
            }
            for record in stream.closing() { try output.write(record) }
            try output.finish()
        }
    }

    /// - Throws: `Failure` when the input came to an end by itself.
    func check() throws {
        if case .failed(let error) = thread.join(ms: 0) { throw Failure("the input could not be written: \(error)") }
    }

    /// Ends the input with its closing ticks and waits until Kafka has everything.
    func finish() throws {
        stop.request()
        try waitFor("the end of the input", seconds: 120) { !thread.isRunning }
        try check()
    }

    /// Waits until everything up to the limit is written.
    func wait() throws {
        try waitFor("the input", seconds: 600) { !thread.isRunning }
        try finish()
    }
}

private final class Progress: Sendable {
    let written = Atomic<Int>(0)
}

/// How many records are due. A stop of the broker's is not made up for.
private struct Pace {
    private let perSecond: Int?
    private let clock = SystemClock()
    private var lastMs: Int64
    private var rest: Int64 = 0

    init(_ perSecond: Int?) {
        self.perSecond = perSecond
        lastMs = clock.monotonicMs()
    }

    mutating func due() -> Int {
        guard let perSecond else { return 1_000 }
        let now = clock.monotonicMs()
        rest += min(now - lastMs, 500) * Int64(perSecond)
        lastMs = now
        defer { rest %= 1_000 }
        return Int(rest / 1_000)
    }
}
