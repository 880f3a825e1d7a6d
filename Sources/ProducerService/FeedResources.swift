internal import Feeds
internal import NetClient
internal import ServiceKit
internal import Synchronization
internal import System

/// What all feeds of one process share: the disk, the venues' limits, the recording.
final class FeedResources: Sendable {
    /// Where ticks wait that cannot go out yet.
    let quota: DiskQuota
    /// What may wait in memory behind what a series lacks: after a disconnect all of them may lack something. *Units*: bytes.
    let holeBytes: Int
    /// How far back history is wanted at the start. *Units*: ms; 0: it is not.
    let backfillMs: Int64
    /// From one poll of a price to the next. *Units*: ms.
    let intervalMs: Int64
    let recorder: Recorder?
    /// What is known of coins.
    let coins: Coins
    private let gates = Mutex<[String: RateLimiter]>([:])

    /// - Parameters:
    ///   - series: how many all feeds have together.
    ///   - coins: what is known of coins.
    /// - Throws: `UsageError` when the recording cannot be written.
    init(_ configuration: ProducerConfiguration, series: Int, coins: Coins) throws(UsageError) {
        // After a disconnect the trades of each series may wait in a file of its own: the usual limit is too low for a thousand. Where
        // it stays, what finds no file leaves a gap.
        OpenFiles.raiseLimit()
        holeBytes = min(max((32 << 20) / max(1, series), 1 << 14), 1 << 18)
        quota = DiskQuota(bytes: configuration.buffer.bytes, folder: configuration.buffer.folder)
        backfillMs = configuration.backfillMs
        intervalMs = configuration.intervalMs
        self.coins = coins
        guard let path = configuration.recordFile else {
            recorder = nil
            return
        }
        do throws(RecordingError) {
            recorder = try Recorder(path: path, wallMs: SystemClock().wallMs())
        } catch {
            throw UsageError("--record \(error)")
        }
    }

    /// Keeps apart what all sources ask of a host, of which `address` is one: a venue counts, and punishes, by host.
    func gate(_ address: String) -> RateLimiter {
        let host = address.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first.map(String.init)
        return gates.withLock { gates in
            let found = gates[host ?? address] ?? RateLimiter()
            gates[host ?? address] = found
            return found
        }
    }
}
