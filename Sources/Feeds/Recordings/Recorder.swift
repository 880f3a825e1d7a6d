internal import CryptoCore
internal import System

/// Writes what venues say, as it came and when, and the ticks that go out, to a file that `replay` plays.
///
/// Feeds put lines into a buffer, and a thread of the recorder brings them to the file: a disk that is slow or hangs holds no feed.
/// Lines that find no room are dropped and counted, and the recording says so itself: `TickRecorder` leaves a gap for ticks, and a
/// connection's frames end with a `close`. When the disk refuses, recording ends with one `failure`; the feeds go on.
///
/// *Thread*: any.
package final class Recorder: Sendable {
    private struct State: Sendable {
        var pending = RecordingEncoder()
        /// Nothing is taken any more.
        var isOver = false
        /// What waits is written, then the file is closed.
        var isClosing = false
        var failure: RecordingError?
        /// Connections of which frames were dropped that no line tells of yet.
        var broken: Set<String> = []
        var counts = Counts()
    }

    /// What became of lines.
    package struct Counts: Sendable, Equatable {
        /// Frames, answers, connections and ticks that are in the file or wait for it.
        package var lines: UInt64 = 0
        /// Those for which there was no room.
        package var dropped: UInt64 = 0
        /// What was written, before compression. *Units*: bytes.
        package var bytes: UInt64 = 0

        package init() {}
    }

    /// So much is written at once. *Units*: bytes.
    private static let chunkBytes = 1 << 16
    /// No line waits longer than this for more of them. *Units*: ms.
    private static let delayMs: Int64 = 1_000
    /// Whoever ends the recording waits so long for the disk. *Units*: ms.
    private static let endMs: Int64 = 3_000

    private let path: String
    /// What may wait for the disk. *Units*: bytes.
    private let room: Int
    private let state: Monitor<State>
    private let thread: Thread

    /// Opens the file: a new one, or a recording of ours that is gone on with; `.gz` is compressed, and must be new.
    /// - Throws: why it cannot be written, or `.exists` rather than write over what is no recording.
    package convenience init(path: String, wallMs: Int64) throws(RecordingError) {
        try self.init(RecordingFile(path), path: path, wallMs: wallMs)
    }

    /// - Parameter room: what may wait for the disk. *Units*: bytes.
    init(_ file: RecordingFile, path: String, wallMs: Int64, room: Int = 16 << 20) throws(RecordingError) {
        self.path = path
        self.room = room
        var header = RecordingEncoder()
        // A line that an earlier run could not finish ends here.
        if file.isContinued { header.bytes.append(0x0A) }
        header.header(wallMs: wallMs)
        do throws(SystemError) {
            try file.write(header.bytes)
            try file.flush()
        } catch {
            throw RecordingError(error, file: path)
        }
        var first = State()
        (first.counts.lines, first.counts.bytes) = (1, UInt64(header.bytes.count))
        let state = Monitor(first)
        self.state = state
        thread = Thread(name: "recorder") { Recorder.run(file, path, state) }
    }

    deinit { state.change { $0.isClosing = true } }

    // MARK: Lines

    /// A connection stands on which these symbols are wanted, or so many where the venue chooses them.
    package func connected(
        _ connection: String, address: String, symbols: [String], top: Int? = nil, wallMs: Int64
    ) {
        add { $0.connect(connection, address: address, symbols: symbols, top: top, wallMs: wallMs) }
    }

    /// A connection was lost or given up, or could not be made, which leaves gaps for this reason.
    package func closed(_ connection: String, _ reason: GapReason, wallMs: Int64) {
        add { $0.close(connection, reason: reason, wallMs: wallMs) }
    }

    /// A frame came.
    package func received(_ connection: String, _ bytes: RawSpan, wallMs: Int64) {
        add(of: connection, wallMs) { $0.frame(connection, bytes, wallMs: wallMs) }
    }

    /// A request over HTTP was answered. Keys in the address and in the headers are masked.
    package func answered(
        _ connection: String, _ request: VenueRequest, _ response: VenueResponse, wallMs: Int64
    ) {
        add { $0.answer(connection, request, response, wallMs: wallMs) }
    }

    /// Ticks went out: their lines, each with its end.
    /// - Returns: false where there was no room, and none of them is recorded.
    func went(out ticks: [UInt8], count: Int) -> Bool {
        add(lines: count) { $0.bytes += ticks }
    }

    /// Writes what waits and closes the file.
    /// - Throws: why the recording is not whole.
    package func close() throws(RecordingError) {
        state.change { $0.isClosing = true }
        if thread.join(ms: Recorder.endMs).isRunning {
            state.withLock { Recorder.fail(&$0, .tooSlow(file: path)) }
        }
        if let failure { throw failure }
    }

    // MARK: State

    /// Why recording has ended before its time; nil while it goes on.
    package var failure: RecordingError? { state.withLock { $0.failure } }

    package var counts: Counts { state.withLock { $0.counts } }

    // MARK: Parts

    /// Adds lines to what waits. Behind frames of a connection for which there was no room, its next one says so first.
    /// - Returns: false where there is no room.
    @discardableResult
    private func add(
        lines: Int = 1, of connection: String? = nil, _ wallMs: Int64 = 0, _ line: (inout RecordingEncoder) -> Void
    ) -> Bool {
        let (isTaken, isDue) = state.withLock { state -> (Bool, Bool) in
            if state.isOver || state.isClosing { return (false, false) }
            let before = state.pending.bytes.count
            guard before < room else {
                state.counts.dropped += UInt64(lines)
                if let connection { state.broken.insert(connection) }
                return (false, false)
            }
            state.counts.lines += UInt64(lines)
            if !state.broken.isEmpty, let connection, state.broken.remove(connection) != nil {
                state.pending.close(connection, reason: .unrecorded, wallMs: wallMs)
                state.counts.lines += 1
            }
            line(&state.pending)
            return (true, before < Recorder.chunkBytes && state.pending.bytes.count >= Recorder.chunkBytes)
        }
        // There is now enough to be written.
        if isDue { state.change { _ in } }
        return isTaken
    }

    private static func fail(_ state: inout State, _ error: RecordingError) {
        state.failure = state.failure ?? error
        state.isOver = true
        state.pending = RecordingEncoder()
    }

    // MARK: The thread

    private static func run(_ file: RecordingFile, _ path: String, _ state: Monitor<State>) {
        do throws(SystemError) {
            while let chunk = takeChunk(state) {
                try file.write(chunk)
                // Enough came together, or all that there is: a recording that breaks off has all but the last moment.
                if chunk.count < chunkBytes { try file.flush() }
                state.withLock { $0.counts.bytes += UInt64(chunk.count) }
            }
            try file.end()
        } catch {
            state.withLock { fail(&$0, RecordingError(error, file: path)) }
        }
    }

    /// What is to be written next, once there is enough or it has waited long enough; nil at the end.
    private static func takeChunk(_ state: Monitor<State>) -> [UInt8]? {
        _ = state.wait(ms: delayMs) { $0.isClosing || $0.pending.bytes.count >= chunkBytes ? true : nil }
        return state.withLock { state in
            if state.isClosing && state.pending.bytes.isEmpty || state.isOver { return nil }
            var chunk = RecordingEncoder()
            swap(&chunk, &state.pending)
            return chunk.bytes
        }
    }
}

extension Thread.Outcome {
    fileprivate var isRunning: Bool { if case .running = self { true } else { false } }
}
