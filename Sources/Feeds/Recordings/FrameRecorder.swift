internal import CryptoCore
internal import Synchronization

/// Writes what venues say, as it came and with the time of its coming, to a file that `replay` plays.
///
/// Lines are gathered in memory and written by the thread that finds enough of them, or old ones; meanwhile the others go on.
/// When the disk refuses, or is so slow that `pendingLimit` is reached, recording ends with one `failure`; the feeds go on.
/// *Thread*: any.
package final class FrameRecorder: Sendable {
    private struct State {
        var pending = RecordingEncoder()
        /// Since when the oldest pending line waits. *Units*: ms since the epoch.
        var pendingSince: Int64 = 0
        var isWriting = false
        var isOver = false
        var failure: RecordingError?
        var frames: UInt64 = 0
        var bytes: UInt64 = 0
    }

    /// So much is written at once. *Units*: bytes.
    private static let chunkBytes = 1 << 16
    /// No more than this waits for the disk. *Units*: bytes.
    private static let pendingLimit = 16 << 20
    /// No line waits longer while somebody calls. *Units*: ms.
    private static let delayMs: Int64 = 1_000

    private let path: String
    private let file: RecordingFile
    private let state = Mutex(State())

    /// Opens the file: a new one, or a recording of ours that is gone on with; `.gz` is compressed, and must be new.
    /// - Throws: why it cannot be written, or `.exists` rather than write over what is no recording.
    package convenience init(path: String, wallMs: Int64) throws(RecordingError) {
        let file = try RecordingFile(path)
        // A line that an earlier run could not finish ends here.
        if file.isContinued { try file.write([0x0A]) }
        self.init(file, path: path, wallMs: wallMs)
        if let failure { throw failure }
    }

    init(_ file: RecordingFile, path: String, wallMs: Int64) {
        self.path = path
        self.file = file
        add(wallMs) { $0.header(wallMs: wallMs) }
        flush()
    }

    // MARK: Lines

    /// A connection stands on which these symbols are wanted, or so many where the venue chooses them.
    package func connected(
        _ connection: String, address: String, symbols: [String], top: Int? = nil, wallMs: Int64
    ) {
        add(wallMs) { $0.connect(connection, address: address, symbols: symbols, top: top, wallMs: wallMs) }
    }

    /// A connection was lost or given up, or could not be made, which leaves gaps for this reason.
    package func closed(_ connection: String, _ reason: GapReason, wallMs: Int64) {
        add(wallMs) { $0.close(connection, reason: reason, wallMs: wallMs) }
    }

    /// A frame came.
    package func received(_ connection: String, _ bytes: RawSpan, wallMs: Int64) {
        let isDue = state.withLock { state in
            guard FrameRecorder.hasRoom(&state, path) else { return false }
            state.pending.frame(connection, bytes, wallMs: wallMs)
            return FrameRecorder.noteLine(&state, wallMs)
        }
        if isDue { write() }
    }

    /// A question over HTTP was answered. Keys in the address and in the headers are masked.
    package func answered(
        _ connection: String, _ request: VenueRequest, _ response: VenueResponse, wallMs: Int64
    ) {
        add(wallMs) { $0.answer(connection, request, response, wallMs: wallMs) }
    }

    /// Writes what waits.
    package func flush() { write() }

    /// Writes what waits and closes the file.
    /// - Throws: why the recording is not whole.
    package func close() throws(RecordingError) {
        write()
        // A thread that still writes keeps the file, which then ends with this object.
        let canEnd = state.withLock { state in
            defer { state.isOver = true }
            return !state.isOver && !state.isWriting
        }
        if canEnd { try file.end() }
        if let failure { throw failure }
    }

    // MARK: State

    /// Why recording has ended before its time; nil while it goes on.
    package var failure: RecordingError? { state.withLock { $0.failure } }
    /// Lines written or waiting: frames, answers, connections.
    package var frames: UInt64 { state.withLock { $0.frames } }
    /// Bytes of lines, before compression.
    package var bytes: UInt64 { state.withLock { $0.bytes } }

    // MARK: Parts

    private func add(_ wallMs: Int64, _ line: (inout RecordingEncoder) -> Void) {
        let isDue = state.withLock { state in
            guard FrameRecorder.hasRoom(&state, path) else { return false }
            line(&state.pending)
            return FrameRecorder.noteLine(&state, wallMs)
        }
        if isDue { write() }
    }

    /// Whether there is room for a line; where the disk hangs, recording ends.
    private static func hasRoom(_ state: inout State, _ path: String) -> Bool {
        if state.isOver { return false }
        guard state.pending.bytes.count > pendingLimit else { return true }
        state.failure = state.failure ?? .tooSlow(file: path)
        state.isOver = true
        return false
    }

    /// Whether it is time to write.
    private static func noteLine(_ state: inout State, _ wallMs: Int64) -> Bool {
        state.frames += 1
        if state.pendingSince == 0 { state.pendingSince = wallMs }
        return state.pending.bytes.count >= chunkBytes || abs(wallMs - state.pendingSince) >= delayMs
    }

    /// Writes what waits unless another thread does.
    private func write() {
        while let chunk = takeChunk() {
            var failed: RecordingError?
            do throws(RecordingError) {
                try file.write(chunk)
            } catch {
                failed = error
            }
            let isMore = state.withLock { state in
                state.isWriting = false
                state.bytes += UInt64(chunk.count)
                if failed == nil, state.pending.bytes.count > FrameRecorder.pendingLimit {
                    failed = .tooSlow(file: path)
                }
                if let failed, !state.isOver {
                    state.failure = failed
                    state.isOver = true
                    state.pending = RecordingEncoder()
                }
                return state.pending.bytes.count >= FrameRecorder.chunkBytes
            }
            if !isMore { return }
        }
    }

    private func takeChunk() -> [UInt8]? {
        state.withLock { state in
            guard !state.isWriting, !state.pending.bytes.isEmpty else { return nil }
            state.isWriting = true
            state.pendingSince = 0
            var chunk = RecordingEncoder()
            swap(&chunk, &state.pending)
            return chunk.bytes
        }
    }
}
