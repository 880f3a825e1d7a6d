import TestSupport
import Testing

@testable import AlerterService

@Suite("When somebody could first have told of a change")
struct AttendanceTests {
    @Test("what comes while somebody is there can be told at once, what comes during an absence when it is over")
    func absences() {
        var attendance = Attendance()
        attendance.begin(at: 1_000)
        attendance.goOn(at: 2_000)
        attendance.begin(at: 5_000)
        attendance.goOn(at: 6_000)
        for (append, chance) in [
            (0, 1_000), (999, 1_000), (1_000, 1_000), (1_999, 1_999), (2_000, 5_000), (4_999, 5_000), (5_000, 5_000),
            (9_000, 9_000),
        ] { #expect(attendance.firstChance(of: Int64(append)) == Int64(chance), "\(append)") }
    }

    @Test("a clock that goes back makes no absence and takes nothing away")
    func clock() {
        var attendance = Attendance()
        attendance.begin(at: 5_000)
        attendance.goOn(at: 9_000)
        let before = attendance
        attendance.goOn(at: 4_000)
        attendance.begin(at: 3_000)
        #expect(attendance == before)
    }

    @Test("its text gives it back, and nothing else does; older absences are forgotten", arguments: UInt64(0)..<50)
    func text(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        var attendance = Attendance()
        var now: Int64 = 1_763_726_400_000
        for _ in 0..<Int.random(in: 0..<20, using: &rng) {
            now += Int64.random(in: 0..<100_000, using: &rng)
            if Bool.random(using: &rng) { attendance.begin(at: now) } else { attendance.goOn(at: now) }
        }
        let text = attendance.text
        #expect(Attendance(text) == attendance)
        #expect(text.utf8.count < 400, "brokers take 4,096 bytes beside an offset")
        for length in 0..<text.utf8.count {
            // A cut within the last number leaves another one.
            let cut = Attendance(String(text.prefix(length)))
            #expect(cut == nil || cut != attendance, "\(text.prefix(length))")
        }
        for other in ["", "until=", "until=1", "until=x absent=", "until=1 absent=5-1", "until=1 absent=x", " "] {
            #expect(Attendance(other) == nil, "\(other)")
        }
    }
}
