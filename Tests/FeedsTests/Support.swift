import CryptoCore
import Feeds
import Foundation
import Synchronization
import TestSupport
import Testing

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

    /// Breaks a byte near the end of the one file of the folder, unlinked as it may be, that this process has open.
    func damageFile() throws {
        let prefix = folder.resolvingSymlinksInPath().path
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").map { "/proc/self/fd/\($0)" }
            .filter { (try? FileManager.default.destinationOfSymbolicLink(atPath: $0))?.hasPrefix(prefix) == true }
        try #require(open.count == 1)
        let file = try #require(FileHandle(forUpdatingAtPath: open[0]))
        let place = try file.seekToEnd() - 20
        try file.seek(toOffset: place)
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: place)
        try file.write(contentsOf: [byte ^ 0x10])
    }
}

/// Plays recordings to their end as fast as they come, or until they have given `limit` ticks.
func replay(
    _ files: [String], coins: Coins = Coins(), limit: Int = .max, _ change: (inout ReplayOptions) -> Void = { _ in }
) throws -> (ticks: [Tick], events: [FeedEvent]) {
    var options = ReplayOptions(files: files, speed: .unlimited, coins: coins)
    change(&options)
    var feed = try ReplayFeed(options, clock: ManualClock())
    return try drain(&feed, limit: limit)
}

/// Plays a recording that holds these lines.
func replay(
    lines: [String], in name: String = "a.jsonl", _ change: (inout ReplayOptions) -> Void = { _ in }
) throws -> (ticks: [Tick], events: [FeedEvent]) {
    let scratch = try Scratch()
    return try replay([try scratch.file(name, lines.joined(separator: "\n"))], change)
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
