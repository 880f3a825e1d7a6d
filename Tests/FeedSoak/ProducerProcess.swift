internal import Foundation
internal import TestSupport

/// The producer under test, started again when it is killed.
final class ProducerProcess {
    /// More memory it must never have had. *Units*: MiB.
    static let memoryLimit = 150

    private let arguments: [String]
    private let folder: URL
    private var child: ChildProcess?
    private var ended: [ChildProcess] = []
    /// When it was killed. *Units*: ms since the epoch.
    private(set) var kills: [Int64] = []
    /// The most memory that any of them had. *Units*: MiB.
    private(set) var peak = 0

    init(_ arguments: [String], in folder: URL) {
        self.arguments = arguments
        self.folder = folder
    }

    /// Every process's log, one behind the other.
    var log: String { (ended + [child].compactMap { $0 }).map(\.errorsSoFar).joined(separator: "--- killed ---\n") }

    func start() throws { child = try ChildProcess.service("producer", arguments, in: folder) }

    /// - Throws: `Failure` when it ended by itself, or took too much memory.
    func check() throws {
        try Interruption.check()
        guard let child else { return }
        guard child.isRunning else {
            throw Failure("the producer ended by itself: \(child.errorsSoFar.suffix(3_000))")
        }
        peak = max(peak, peakMegabytes(ofProcess: child.pid))
    }

    /// `kill -9`.
    func kill() throws {
        guard let child else { return }
        try check()
        child.signal(SIGKILL)
        _ = try child.wait(seconds: 10)
        kills.append(Int64(Date().timeIntervalSince1970 * 1000))
        ended.append(child)
        self.child = nil
    }

    /// Stops it as an orchestrator does.
    /// - Throws: `Failure` when it does not end with 0 within ten seconds.
    func stop() throws {
        guard let child else { return }
        try check()
        child.signal(SIGTERM)
        let status = try child.wait(seconds: 10).status
        ended.append(child)
        self.child = nil
        guard status == 0 else {
            throw Failure("the producer ended with \(status) on SIGTERM: \(child.errorsSoFar.suffix(3_000))")
        }
    }

    /// Ends what still runs, at once.
    func end() {
        child?.signal(SIGKILL)
        _ = try? child?.wait(seconds: 5)
    }
}
