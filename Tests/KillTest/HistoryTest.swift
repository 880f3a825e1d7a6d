internal import CryptoCore
internal import Foundation
internal import KafkaClient
internal import ServiceKit
internal import System
internal import TestSupport

/// How long a take-over takes when the processors remember the trades of a minute at a high rate.
final class HistoryTest {
    /// Longer than an id is remembered: a minute, the lateness and a slide.
    private static let preloadSeconds = 80
    private static let kills = 3
    private static let sessionMs: Int64 = 10_000
    /// What a take-over may take beyond the session's end.
    private static let goalMs: Int64 = 5_000

    private let rate: Int
    private let bench: Bench
    private let clock = SystemClock()

    init(_ rate: Int, _ bench: Bench) {
        self.rate = rate
        self.bench = bench
    }

    /// Prints what it measured, beside the goal: time is the machine's too, so that missing it is no failure.
    /// - Throws: `Failure` when a take-over does not come to an end.
    func run() throws {
        say("kill-test: take-over with the state of \(rate) ticks a second")
        try bench.servers.start()
        try bench.makeTopics("history")
        let fleet = bench.fleet("history", brokers: bench.servers.proxied)
        let preload = rate * HistoryTest.preloadSeconds
        let writer = InputWriter(
            HistoryStream(rate: rate), to: Topic.ticks.name(prefix: "history"), at: bench.servers.bootstrap,
            perSecond: rate, after: preload)
        let watch = OutputWatch(prefix: "history", at: bench.servers.bootstrap)
        defer { watch.end() }
        for instance in ["a", "b"] { try fleet.start(instance) }
        try waitFor("\(preload) ticks", seconds: 300) {
            try fleet.supervise()
            return writer.count >= preload
        }
        try settle(fleet, watch, ofState: true)
        let staticMs = try (0..<HistoryTest.kills).map { _ in
            let delay = try measure(fleet, watch, fleet.members[0])
            try settle(fleet, watch)
            return delay
        }
        let dynamicMs = try dynamicKills(fleet, watch)
        try writer.finish()
        for member in fleet.members { try fleet.dismiss(member) }
        report(staticMs, dynamicMs, fleet)
    }

    // MARK: Parts

    /// One of two dynamic members is killed, the other takes over everything.
    private func dynamicKills(_ fleet: Fleet, _ watch: OutputWatch) throws -> [Int64] {
        let staticMembers = fleet.members
        for _ in 0..<2 { try fleet.start(nil) }
        for member in staticMembers { try fleet.dismiss(member) }
        return try (0..<HistoryTest.kills).map { turn in
            if turn > 0 { try fleet.start(nil) }
            // Both have to have partitions: the newcomer's first commit says so.
            let newest = fleet.members[1]
            try waitFor("a commit of \(newest.label)", seconds: 90) {
                try fleet.supervise()
                return (newest.commits ?? 0) > 0
            }
            try settle(fleet, watch)
            return try measure(fleet, watch, fleet.members[0])
        }
    }

    /// From the kill until all partitions have new output.
    private func measure(_ fleet: Fleet, _ watch: OutputWatch, _ victim: Member) throws -> Int64 {
        watch.mark()
        try fleet.strike(victim)
        let delays = try flow(fleet, watch)
        say("  killed \(victim.label): first partition after \(delays.first) ms, all after \(delays.last) ms")
        return delays.last
    }

    /// Waits until the processors have caught up: what comes out is a second old at most.
    private func settle(_ fleet: Fleet, _ watch: OutputWatch, ofState isFirst: Bool = false) throws {
        var quick = 0
        while quick < 3 {
            watch.mark()
            let started = clock.monotonicMs()
            let delays = try flow(fleet, watch)
            quick = delays.last < 1_000 && bench.lag("history") < rate ? quick + 1 : 0
            let rest = started + 1_000 - clock.monotonicMs()
            if rest > 0 { usleep(UInt32(rest) * 1_000) }
        }
        if isFirst { say("  caught up; the state topic holds \(try bench.stateRecords("history")) records") }
    }

    private func flow(_ fleet: Fleet, _ watch: OutputWatch) throws -> (first: Int64, last: Int64) {
        try waitFor("new output in all partitions", seconds: 120) {
            try fleet.supervise()
            return watch.delays != nil
        }
        return watch.delays ?? (0, 0)
    }

    private func report(_ staticMs: [Int64], _ dynamicMs: [Int64], _ fleet: Fleet) {
        let restores = (fleet.members + fleet.ended).flatMap { member in
            member.log.components(separatedBy: "restore_seconds=").dropFirst().compactMap {
                Double($0.prefix { $0.isNumber || $0 == "." })
            }
        }
        say("  kill to new output, static   \(Tally.summary(staticMs))")
        say("  kill to new output, dynamic  \(Tally.summary(dynamicMs)), of which the session is 10000 ms")
        say("  longest restore              \(restores.max() ?? 0) s")
        say("  restarts                     \(fleet.restarts)")
        let beyond = (dynamicMs.max() ?? 0) - HistoryTest.sessionMs
        let verdict = beyond < HistoryTest.goalMs ? "met" : "missed: the machine was busy, or restoring is slow"
        say("  at most \(beyond) ms beyond the session; the goal, \(HistoryTest.goalMs) ms, is \(verdict)")
    }
}
