import CryptoCore
import TestSupport
import Testing

@testable import AlerterService

@Suite("When which alerts are told")
struct NotificationScheduleTests {
    private static let noon = AlertMaker.noon
    private static let minute: Int64 = 60_000
    private static let hour: Int64 = 3_600_000
    private static let people = NotificationSchedule.Manner.message(repeatMs: 4 * hour, staleMs: hour)
    private static let alertmanager = NotificationSchedule.Manner.refresh(everyMs: minute, resolvedMs: 15 * minute)
    private let noon = NotificationScheduleTests.noon
    private let hour = NotificationScheduleTests.hour
    private let minute = NotificationScheduleTests.minute

    private func take(
        _ schedule: inout NotificationSchedule, _ change: AlertChange, at now: Int64
    ) -> NotificationSchedule.Verdict { schedule.take(change, at: now) }

    private func holds(_ schedule: inout NotificationSchedule, _ change: AlertChange, at now: Int64) -> Bool {
        schedule.holdsBack(change, at: now)
    }

    private func due(_ schedule: inout NotificationSchedule, at now: Int64) -> [AlertChange] {
        schedule.due(at: now, limit: 9).changes
    }

    /// Takes a change and says that the receiver has it.
    private func tell(_ schedule: inout NotificationSchedule, _ change: AlertChange, at now: Int64) {
        #expect(take(&schedule, change, at: now) == .send)
        schedule.note(change, isTaken: true, at: now)
    }

    /// When an alert is told from `start` to `end`, looked at every minute.
    private func times(_ schedule: inout NotificationSchedule, from start: Int64, to end: Int64) -> [Int64] {
        var times: [Int64] = []
        for now in stride(from: start, through: end, by: Int(minute)) {
            for change in schedule.due(at: now, limit: 100).changes {
                times.append(now)
                schedule.note(change, isTaken: true, at: now)
            }
        }
        return times
    }

    @Test("a change is told once, what fires again every four hours after its arrival, what is resolved no more")
    func repeats() {
        var schedule = NotificationSchedule(Self.people)
        tell(&schedule, AlertMaker.change("a", .firing, offset: 0, at: noon), at: noon + 5_000)
        #expect(
            times(&schedule, from: noon, to: noon + 13 * hour)
                == [noon + 4 * hour, noon + 8 * hour, noon + 12 * hour])
        tell(&schedule, AlertMaker.change("a", .resolved, offset: 1, at: noon + 13 * hour), at: noon + 13 * hour)
        #expect(schedule.count == 0)
        #expect(times(&schedule, from: noon + 13 * hour, to: noon + 30 * hour) == [])
    }

    @Test("without repeats what fires is told once")
    func never() {
        var schedule = NotificationSchedule(.message(repeatMs: 0, staleMs: hour))
        tell(&schedule, AlertMaker.change("a", .firing, offset: 0, at: noon), at: noon)
        #expect(times(&schedule, from: noon, to: noon + 100 * hour) == [])
    }

    @Test("after a restart repeats go on with the next one")
    func restart() {
        var schedule = NotificationSchedule(Self.people)
        schedule.restore(AlertMaker.change("a", .firing, offset: 0, at: noon), at: noon + 9 * hour)
        schedule.restore(AlertMaker.change("b", .firing, offset: 1, at: noon), at: noon + 9 * hour)
        schedule.restore(AlertMaker.change("b", .resolved, offset: 2, at: noon + hour), at: noon + 9 * hour)
        #expect(times(&schedule, from: noon + 9 * hour, to: noon + 13 * hour) == [noon + 12 * hour])
        tell(&schedule, AlertMaker.change("a", .resolved, offset: 3, at: noon + 13 * hour), at: noon + 13 * hour)
    }

    @Test("what is old when it is first read is not told, and repeated in its time where it still fires")
    func stale() {
        var schedule = NotificationSchedule(Self.people)
        let now = noon + 2 * hour
        #expect(take(&schedule, AlertMaker.change("a", .firing, offset: 0, at: noon), at: now) == .stale)
        #expect(take(&schedule, AlertMaker.change("b", .firing, offset: 1, at: noon), at: now) == .stale)
        #expect(take(&schedule, AlertMaker.change("b", .resolved, offset: 2, at: now), at: now) == .untold)
        #expect(times(&schedule, from: now, to: now + 3 * hour) == [noon + 4 * hour])
    }

    @Test("what only waits for its receiver does not become stale, and the end of what was told never is")
    func waits() {
        var schedule = NotificationSchedule(Self.people)
        let now = noon + 5 * hour
        let firing = AlertMaker.change("a", .firing, offset: 0, at: noon)
        #expect(schedule.take(firing, firstChance: noon, at: now) == .send)
        schedule.note(firing, isTaken: true, at: now)
        // Nobody was there when it ended.
        let end = AlertMaker.change("a", .resolved, offset: 1, at: noon + hour)
        #expect(schedule.take(end, firstChance: now, at: now) == .send)
        schedule.note(end, isTaken: true, at: now)
        let missed = AlertMaker.change("a", .firing, offset: 2, at: noon + 2 * hour)
        #expect(schedule.take(missed, firstChance: now, at: now) == .stale)
        #expect(
            schedule.take(AlertMaker.change("a", .resolved, offset: 3, at: now), firstChance: now, at: now) == .untold)
    }

    @Test("what is silenced is told when the silence ends, if it fires then")
    func silenced() throws {
        var schedule = NotificationSchedule(Self.people)
        schedule.silences = try AlertMaker.silences(
            (#"alertname="a""#, noon - hour, noon + hour), (#"alertname=~"a|b""#, noon, noon + 2 * hour))
        #expect(take(&schedule, AlertMaker.change("a", .firing, offset: 0, at: noon), at: noon) == .silenced)
        #expect(take(&schedule, AlertMaker.change("b", .firing, offset: 1, at: noon), at: noon) == .silenced)
        #expect(take(&schedule, AlertMaker.change("b", .resolved, offset: 2, at: noon + 1), at: noon + 1) == .untold)
        #expect(times(&schedule, from: noon, to: noon + 5 * hour) == [noon + 2 * hour, noon + 4 * hour])
    }

    @Test("of an alert that was told its end is told behind the silence that hid it")
    func hiddenEnd() throws {
        var schedule = NotificationSchedule(Self.people)
        tell(&schedule, AlertMaker.change("a", .firing, offset: 0, at: noon), at: noon)
        schedule.silences = try AlertMaker.silences((#"alertname="a""#, noon, noon + hour))
        let end = AlertMaker.change("a", .resolved, offset: 1, at: noon + minute)
        #expect(take(&schedule, end, at: noon + minute) == .silenced)
        #expect(due(&schedule, at: noon + hour - 1) == [])
        #expect(due(&schedule, at: noon + hour) == [end])
        schedule.note(end, isTaken: true, at: noon + hour)
        #expect(schedule.count == 0)
    }

    @Test("a silence that is taken away lets through what it held back, and a new one holds back what is tried again")
    func changedSilences() throws {
        var schedule = NotificationSchedule(Self.people)
        let change = AlertMaker.change("a", .firing, offset: 0, at: noon)
        #expect(take(&schedule, change, at: noon) == .send)
        #expect(!holds(&schedule, change, at: noon + 1))
        schedule.silences = try AlertMaker.silences((#"symbol="BTC-USDT""#, noon, noon + 9 * hour))
        #expect(holds(&schedule, change, at: noon + 2))
        #expect(due(&schedule, at: noon + hour) == [])
        schedule.silences = Silences()
        #expect(due(&schedule, at: noon + hour) == [change])
    }

    @Test("what was silenced when it came, and until shortly before a restart or behind it, is told after it")
    func silencedRestart() throws {
        for (until, now, wanted) in [
            (noon + hour, noon + 90 * minute, noon + 90 * minute),  // over for 30 minutes: told once more, to be sure
            (noon + hour, noon + 3 * hour, noon + 4 * hour),  // over for two hours: it was told then
            (noon + hour, noon + 10 * minute, noon + hour),  // it lasts
        ] {
            var schedule = NotificationSchedule(Self.people)
            schedule.silences = try AlertMaker.silences((#"alertname="a""#, noon - 1, until))
            schedule.restore(AlertMaker.change("a", .firing, offset: 0, at: noon), at: now)
            #expect(times(&schedule, from: now, to: noon + 4 * hour).first == wanted)
        }
    }

    @Test("what is refused is not taken for told")
    func refused() {
        var schedule = NotificationSchedule(Self.people)
        let change = AlertMaker.change("a", .firing, offset: 0, at: noon)
        #expect(take(&schedule, change, at: noon) == .send)
        schedule.note(change, isTaken: false, at: noon)
        #expect(take(&schedule, AlertMaker.change("a", .resolved, offset: 1, at: noon + 1), at: noon + 1) == .untold)
    }

    @Test("Alertmanager is told every minute what fires, for 15 minutes what is resolved, and at once after a restart")
    func refresh() {
        var schedule = NotificationSchedule(Self.alertmanager)
        let old = AlertMaker.change("a", .firing, offset: 0, at: noon)
        let now = noon + 9 * hour + 10_000
        schedule.restore(old, at: now)
        schedule.restore(AlertMaker.change("b", .firing, offset: 1, at: noon), at: now)
        schedule.restore(AlertMaker.change("b", .resolved, offset: 2, at: noon + hour), at: now)
        #expect(due(&schedule, at: now) == [old])
        schedule.note(old, isTaken: true, at: now)
        #expect(times(&schedule, from: now, to: now + 3 * minute).count == 3)
        let end = AlertMaker.change("a", .resolved, offset: 3, at: now + 3 * minute)
        tell(&schedule, end, at: now + 3 * minute)
        let told = times(&schedule, from: now + 3 * minute, to: now + hour)
        #expect(told.count == 15 && told.allSatisfy { $0 <= now + 18 * minute })
        #expect(schedule.count == 0)
    }

    @Test("a clock that goes back stands still, and a lost partition is forgotten")
    func clock() {
        var schedule = NotificationSchedule(Self.people)
        tell(&schedule, AlertMaker.change("a", .firing, offset: 0, at: noon), at: noon)
        #expect(due(&schedule, at: noon + 4 * hour).count == 1)
        #expect(take(&schedule, AlertMaker.change("b", .firing, offset: 1, at: noon), at: noon) == .stale)
        schedule.forget(partition: 0)
        #expect(schedule.count == 0)
    }
}
