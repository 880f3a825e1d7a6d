import CryptoCore
import TestSupport
import Testing

@testable import AlerterService

/// A day of changes, silences and restarts, on a clock that the test moves.
private struct Day {
    static let repeatMs: Int64 = 2 * 3_600_000
    static let staleMs: Int64 = 3_600_000
    static let stepMs: Int64 = 60_000

    struct Told: Equatable {
        var change: AlertChange
        var atMs: Int64
    }

    var rng: SplitMix64
    var log: [AlertChange] = []
    var silences: [Silence] = []
    var told: [Told] = []
    /// Changes that were neither sent nor are to be: by offset.
    var verdicts: [Int64: NotificationSchedule.Verdict] = [:]

    init(seed: UInt64, silences count: Int) {
        rng = SplitMix64(seed: seed)
        for index in 0..<count {
            let from = AlertMaker.noon + Int64.random(in: 0..<24 * 60, using: &rng) * Self.stepMs
            let until = from + Int64.random(in: 1..<300, using: &rng) * Self.stepMs
            let name = ["a", "b", "c", "a|b"].randomElement(using: &rng) ?? "a"
            silences.append(
                Silence(id: "\(index)", matchers: #"alertname=~"\#(name)""#, from: from, until: until, by: "test"))
        }
    }

    func schedule() throws -> NotificationSchedule {
        var all = Silences()
        for silence in silences { try all.put(silence.id, silence) }
        var schedule = NotificationSchedule(.message(repeatMs: Self.repeatMs, staleMs: Self.staleMs))
        schedule.silences = all
        return schedule
    }

    func isSilenced(_ name: String, at ms: Int64) throws -> Bool {
        try silences.contains { silence in
            try silence.from <= ms && ms < silence.until
                && LabelMatchers(silence.matchers).match(["alertname": name])
        }
    }

    /// - Parameter restarts: how likely one is in a minute.
    mutating func run(restarts: Double) throws {
        var schedule = try schedule()
        var states: [String: Alert.State] = [:]
        for step in 0..<24 * 60 {
            let now = AlertMaker.noon + Int64(step) * Self.stepMs
            if Double.random(in: 0..<1, using: &rng) < restarts {
                schedule = try self.schedule()
                for change in log { schedule.restore(change, at: now - 1) }
            }
            for change in schedule.due(at: now, limit: .max).changes {
                told.append(Told(change: change, atMs: now))
                schedule.note(change, isTaken: true, at: now)
            }
            guard Double.random(in: 0..<1, using: &rng) < 0.05 else { continue }
            let name = ["a", "b", "c"].randomElement(using: &rng) ?? "a"
            let state: Alert.State = states[name] == .firing ? .resolved : .firing
            states[name] = state
            let change = AlertMaker.change(name, state, offset: Int64(log.count), at: now)
            log.append(change)
            let verdict = schedule.take(change, at: now)
            verdicts[change.offset] = verdict
            if verdict == .send {
                told.append(Told(change: change, atMs: now))
                schedule.note(change, isTaken: true, at: now)
            }
        }
    }
}

@Suite("What is told, whatever happens in whatever order")
struct NotificationLawTests {
    @Test("without silences a change is told at once, and a firing one at each repeat", arguments: UInt64(0)..<50)
    func plain(seed: UInt64) throws {
        var day = Day(seed: seed, silences: 0)
        try day.run(restarts: 0.02)
        var wanted: [String] = []
        for (index, change) in day.log.enumerated() {
            let end =
                day.log[(index + 1)...].first { $0.fingerprint == change.fingerprint }?.appendMs
                ?? AlertMaker.noon + 24 * 60 * Day.stepMs
            var at = change.appendMs
            repeat {
                wanted.append("\(change.offset) \(at)")
                at += Day.repeatMs
            } while change.isFiring && (at < end || at == end && end < AlertMaker.noon + 24 * 60 * Day.stepMs)
        }
        #expect(day.told.map { "\($0.change.offset) \($0.atMs)" }.sorted() == wanted.sorted())
    }

    @Test("nothing is told while silenced, all in order, and an end only of what was told", arguments: UInt64(0)..<100)
    func silenced(seed: UInt64) throws {
        var day = Day(seed: seed, silences: 12)
        try day.run(restarts: seed % 2 == 0 ? 0 : 0.02)
        var newest: [String: Int64] = [:]
        var open: Set<String> = []
        for told in day.told {
            let (change, name) = (told.change, told.change.alert.rule)
            #expect(try !day.isSilenced(name, at: told.atMs))
            #expect(change.offset >= newest[name] ?? 0, "an older change behind a newer one")
            newest[name] = change.offset
            if change.isFiring {
                open.insert(name)
            } else {
                // After a restart nobody knows whether a firing one was told.
                #expect(open.remove(name) != nil || seed % 2 == 1, "the end of what was never told")
            }
        }
    }

    @Test("what fires or was told is told when its silence ends, unless it has changed", arguments: UInt64(0)..<100)
    func released(seed: UInt64) throws {
        var day = Day(seed: seed, silences: 12)
        try day.run(restarts: 0)
        for (index, change) in day.log.enumerated() where day.verdicts[change.offset] == .silenced {
            let next = day.log[(index + 1)...].first { $0.fingerprint == change.fingerprint }?.appendMs ?? .max
            var free = change.appendMs
            while try day.isSilenced(change.alert.rule, at: free) { free += Day.stepMs }
            guard free <= next, free < AlertMaker.noon + 24 * 60 * Day.stepMs else { continue }
            #expect(day.told.contains { $0.change.offset == change.offset && $0.atMs == free })
        }
    }
}
