internal import Feeds
internal import ServiceKit
internal import Synchronization

/// What all feeds of one process share: the disk, the venues' limits, the recording.
final class FeedResources: Sendable {
    /// Keeps one venue's connections, and its requests, apart.
    struct Gates: Sendable {
        let attempts = AttemptGate()
        let requests = AttemptGate()
    }

    /// Where ticks wait that cannot go out yet.
    let budget: SpoolBudget
    /// How far back history is wanted at the start. *Units*: ms; 0: it is not.
    let backfillMs: Int64
    let recorder: FrameRecorder?
    private let gates = Mutex<[String: Gates]>([:])

    /// - Throws: `UsageError` when the recording cannot be written.
    init(_ settings: Settings) throws(UsageError) {
        budget = SpoolBudget(
            bytes: settings.bytes("buffer"), folder: ProducerCommand.bufferFolder(settings))
        backfillMs = settings.durationMs("backfill")
        guard let path = settings.optionalText("record") else {
            recorder = nil
            return
        }
        do throws(RecordingError) {
            recorder = try FrameRecorder(path: path, wallMs: SystemClock().wallMs())
        } catch {
            throw UsageError("--record \(error)")
        }
    }

    /// Those of the host that a source's address leads to.
    func gates(_ host: String) -> Gates {
        gates.withLock { gates in
            let found = gates[host] ?? Gates()
            gates[host] = found
            return found
        }
    }
}
