import System
import TestTraits
import Testing

@testable import DashboardService

@Suite("Questions that wait", .waiting)
struct JobQueueTests {
    @Test("who finds none waits as long as it may, and no shorter")
    func waits() {
        let queue = JobQueue<Int>(limit: 2)
        let clock = SystemClock()
        let began = clock.monotonicMs()
        #expect(queue.next(waitMs: 200) == nil)
        #expect(clock.monotonicMs() - began >= 190)
    }

    @Test("those that somebody waits for come first, too many are refused, and none comes behind the end")
    func order() {
        let queue = JobQueue<Int>(limit: 2)
        #expect(queue.addToBackground(1) && queue.add(2) && queue.add(3) && !queue.add(4))
        #expect(queue.next(waitMs: 0) == 2 && queue.next(waitMs: 0) == 3 && queue.next(waitMs: 0) == 1)
        #expect(queue.add(5))
        #expect(queue.close() == [5])
        #expect(!queue.add(6) && queue.next(waitMs: 10_000) == nil)
    }
}
