import Glibc
import Synchronization
import System
import TestSupport
import TestTraits
import Testing

@Suite("Threads, stop and signals", .waiting)
struct ThreadTests {
    private struct Failed: Error {}

    /// Far longer than anything here takes; only a test that fails waits for it.
    private static let limitMs: Int64 = 20_000

    @Test("a stop request wakes everybody who waits, at once and for good")
    func stopWakes() {
        let stop = StopFlag()
        #expect(!stop.isRequested)
        #expect(stop.ageMs == nil)
        #expect(!stop.wait(ms: 0))
        let waiters = (0..<4).map { index in Thread(name: "waiter\(index)") { stop.wait() } }
        let bounded = Thread(name: "bounded") { if !stop.wait(ms: Self.limitMs * 2) { throw Failed() } }
        stop.request()
        stop.request()
        #expect(Thread.joinAll(waiters, ms: Self.limitMs).isEmpty)
        guard case .finished = bounded.join(ms: Self.limitMs) else {
            Issue.record("the wait did not end with the request")
            return
        }
        #expect(stop.isRequested)
        #expect((0..<Self.limitMs).contains(stop.ageMs ?? -1))
        #expect(stop.wait(ms: Self.limitMs))
    }

    @Test("a wait for a condition ends with the condition, with stop, or with its time")
    func conditions() {
        let stop = StopFlag()
        var asked = 0
        let held = stop.wait(ms: Self.limitMs, pollMs: 1) {
            asked += 1
            return asked == 5
        }
        #expect(held)
        #expect(!stop.wait(ms: 5, pollMs: 1) { false })
        stop.request()
        #expect(!stop.wait(ms: Self.limitMs, pollMs: Self.limitMs) { false })
        #expect(stop.wait(ms: 0) { true })
    }

    @Test("what a body throws is kept, and asks the others to stop")
    func failure() {
        let stop = StopFlag()
        let thread = Thread(name: "failing", stopping: stop) { throw Failed() }
        #expect(stop.wait(ms: Self.limitMs))
        guard case .failed(let error) = thread.join(ms: Self.limitMs) else {
            Issue.record("the error is gone")
            return
        }
        #expect(error is Failed)
    }

    @Test("joining gives up at its deadline and names who still runs, last one first")
    func joinDeadline() {
        let stop = StopFlag()
        let threads = ["one", "two"].map { name in Thread(name: name) { stop.wait() } }
        #expect(threads.allSatisfy { $0.isRunning })
        #expect(Thread.joinAll(threads, ms: 5) == ["two", "one"])
        stop.request()
        #expect(Thread.joinAll(threads, ms: Self.limitMs).isEmpty)
    }

    @Test("the kernel knows a thread by its name")
    func name() {
        let seen = Written()
        let thread = Thread(name: "fifteen-bytes-x") {
            guard let file = fopen("/proc/thread-self/comm", "r") else { return }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 32)
            guard fgets(&line, 32, file) != nil else { return }
            seen.append(String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        _ = thread.join(ms: Self.limitMs)
        #expect(seen.all == ["fifteen-bytes-x\n"])
    }

    @Test(
        "the first signal asks to stop, the second leaves at once",
        arguments: [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")])
    func signals(number: Int32, name: String) {
        let (stop, left, seen) = (StopFlag(), StopFlag(), Written())
        let (isBlocked, box) = (StopFlag(), ThreadID())
        let waiting = Thread(name: "signals") {
            Signals.block()
            box.value.store(pthread_self(), ordering: .releasing)
            isBlocked.request()
            Signals.serve(stop: stop, onFirst: { seen.append($0) }, onSecond: { left.request() })
        }
        #expect(isBlocked.wait(ms: Self.limitMs))
        // To that thread alone: the rest of the test process would die of them.
        pthread_kill(box.value.load(ordering: .acquiring), number)
        #expect(stop.wait(ms: Self.limitMs))
        #expect(!left.isRequested)
        pthread_kill(box.value.load(ordering: .acquiring), SIGTERM)
        #expect(left.wait(ms: Self.limitMs))
        #expect(seen.all == [name])
        _ = waiting.join(ms: Self.limitMs)
    }

    private final class ThreadID: Sendable {
        let value = Atomic<pthread_t>(0)
    }
}
