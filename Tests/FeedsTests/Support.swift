import CryptoCore
import Feeds
import Foundation
import Synchronization
import TestSupport

/// A folder of files that lives as long as the value.
final class Scratch {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("feeds-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Writes a file and returns its path.
    func file(_ name: String, _ text: String) throws -> String {
        let url = folder.appendingPathComponent(name)
        try Data(text.utf8).write(to: url)
        return url.path
    }
}

/// Everything a feed gives until it is finished, or has given `limit` ticks.
func drain(
    _ feed: inout some Feed & ~Copyable, limit: Int = .max, polls: Int = 1_000_000
) throws -> (ticks: [Tick], events: [FeedEvent]) {
    var writer = TickWriter()
    var events: [FeedEvent] = []
    var ticks: [Tick] = []
    for _ in 0..<polls {
        let state = feed.poll(waitMs: 100, into: &writer, events: &events)
        ticks += try writer.batch.ticks()
        writer.batch.removeAll()
        if state == .finished || ticks.count >= limit { break }
    }
    return (ticks, events)
}
