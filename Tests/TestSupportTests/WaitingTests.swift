import Foundation
import Synchronization
import TestSupport
import TestTraits
import Testing

@Suite("Tests that wait do so beside each other", .waiting)
struct WaitingTests {
    private final class Meeting: Sendable {
        let present = Atomic(0)
    }

    @Test("one without await runs on a thread that may block")
    func thread() {
        #expect(Thread.current.name == "waiting")
    }

    @Test("five that wait for each other meet, however few cores there are")
    func meet() async {
        let meeting = Meeting()
        let met = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    meeting.present.wrappingAdd(1, ordering: .relaxed)
                    return waitUntil(seconds: 120) { meeting.present.load(ordering: .relaxed) == 5 }
                }
            }
            return await group.reduce(true) { $0 && $1 }
        }
        #expect(met)
    }
}
