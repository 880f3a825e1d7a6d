import Glibc
import ServiceKit
import Synchronization
import TestSupport
import Testing

@Suite("Threads, stop and signals")
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
        let waiters = (0..<4).map { index in ServiceThread(name: "waiter\(index)") { stop.wait() } }
        let bounded = ServiceThread(name: "bounded") { if !stop.wait(ms: Self.limitMs * 2) { throw Failed() } }
        stop.request()
        stop.request()
        #expect(ServiceThread.joinAll(waiters, ms: Self.limitMs).isEmpty)
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
        let thread = ServiceThread(name: "failing", stopping: stop) { throw Failed() }
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
        let threads = ["one", "two"].map { name in ServiceThread(name: name) { stop.wait() } }
        #expect(threads.allSatisfy { $0.isRunning })
        #expect(ServiceThread.joinAll(threads, ms: 5) == ["two", "one"])
        stop.request()
        #expect(ServiceThread.joinAll(threads, ms: Self.limitMs).isEmpty)
    }

    @Test("the kernel knows a thread by its name")
    func name() {
        let seen = Written()
        let thread = ServiceThread(name: "fifteen-bytes-x") {
            if case .bytes(let bytes) = SystemFile.read("/proc/thread-self/comm") {
                seen.append(String(decoding: bytes, as: UTF8.self))
            }
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
        let waiting = ServiceThread(name: "signals") {
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

    @Test("a backoff doubles up to its cap, each wait between half and all of it", arguments: UInt64(0)..<50)
    func backoff(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let firstMs = Int64.random(in: 1...1000, using: &random)
        let capMs = firstMs * Int64.random(in: 1...100, using: &random)
        var backoff = Backoff(firstMs: firstMs, capMs: capMs)
        var fullMs = firstMs
        for _ in 0..<100 {
            let waitMs = backoff.next(using: &random)
            #expect(waitMs <= fullMs && waitMs * 2 >= fullMs && waitMs > 0)
            fullMs = min(fullMs * 2, capMs)
        }
        backoff.reset()
        #expect(backoff == Backoff(firstMs: firstMs, capMs: capMs))
        var huge = Backoff(firstMs: .max / 2, capMs: .max)
        for _ in 0..<5 { #expect(huge.next(using: &random) > 0) }
    }

    @Test("files are read whole, and what is wrong with them is said")
    func files() {
        #expect(SystemFile.read("/no/such/file") == .absent)
        #expect(SystemFile.read("/") == .unreadable("Is a directory"))
        guard case .bytes(let bytes) = SystemFile.read(#filePath) else {
            Issue.record("cannot read \(#filePath)")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("}\n"))
    }
}
