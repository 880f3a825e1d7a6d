import ServiceKit
import System
import TestSupport
import Testing

@Suite("The bounded ring")
struct BoundedRingTests {
    private static let limitMs: Int64 = 20_000

    @Test("two threads lose nothing and keep order, whatever the capacity", arguments: [1, 2, 7, 1000])
    func blocking(capacity: Int) {
        let ring = BoundedRing<Int>(capacity: capacity, whenFull: .block)
        let count = 20_000
        let pusher = Thread(name: "pusher") {
            for number in 0..<count {
                while ring.push(number, waitMs: Self.limitMs) == .full {}
            }
            ring.close()
        }
        var next = 0
        var batch: [Int] = []
        var isInOrder = true
        while !ring.isDrained {
            if next % 3 == 0 {
                guard let number = ring.pop(waitMs: Self.limitMs) else { continue }
                isInOrder = isInOrder && number == next
                next += 1
            } else {
                batch.removeAll()
                _ = ring.pop(into: &batch, limit: 5, waitMs: Self.limitMs)
                isInOrder = isInOrder && batch == Array(next..<next + batch.count)
                next += batch.count
            }
        }
        #expect(isInOrder)
        #expect(next == count)
        #expect(ring.dropped == 0)
        _ = pusher.join(ms: Self.limitMs)
    }

    @Test("dropping keeps the oldest, in order, and counts the rest")
    func dropping() {
        let ring = BoundedRing<Int>(capacity: 3, whenFull: .dropNewest)
        let outcomes = (0..<5).map { ring.push($0) }
        #expect(outcomes == [.stored, .stored, .stored, .dropped, .dropped])
        #expect(ring.dropped == 2)
        #expect(ring.count == 3)
        #expect((0..<3).map { _ in ring.pop(waitMs: 0) } == [0, 1, 2])
        #expect(ring.pop(waitMs: 0) == nil)
    }

    @Test("a full ring gives the element back to a pusher who waited long enough")
    func full() {
        let ring = BoundedRing<Int>(capacity: 1, whenFull: .block)
        #expect(ring.push(1, waitMs: 0) == .stored)
        #expect(ring.push(2, waitMs: 1) == .full)
        #expect(ring.pop(waitMs: 0) == 1)
        #expect(ring.dropped == 0)
    }

    @Test("closing wakes both sides; what is inside can still be popped")
    func closing() {
        let ring = BoundedRing<Int>(capacity: 1, whenFull: .block)
        let popper = Thread(name: "popper") { while ring.pop(waitMs: Self.limitMs) != nil {} }
        ring.close()
        #expect(Thread.joinAll([popper], ms: Self.limitMs).isEmpty)
        #expect(ring.push(1) == .closed)

        let other = BoundedRing<Int>(capacity: 1, whenFull: .block)
        _ = other.push(1)
        other.close()
        #expect(!other.isDrained)
        #expect(other.pop(waitMs: Self.limitMs) == 1)
        #expect(other.pop(waitMs: Self.limitMs) == nil)
        #expect(other.isDrained)
    }

    @Test("it behaves as a plain array that has a limit", arguments: UInt64(0)..<100)
    func model(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let capacity = Int.random(in: 1...5, using: &random)
        let ring = BoundedRing<Int>(capacity: capacity, whenFull: .dropNewest)
        var model: [Int] = []
        for number in 0..<200 {
            if Bool.random(using: &random) {
                #expect(ring.push(number) == (model.count < capacity ? .stored : .dropped))
                if model.count < capacity { model.append(number) }
            } else {
                #expect(ring.pop(waitMs: 0) == (model.isEmpty ? nil : model.removeFirst()))
            }
            #expect(ring.count == model.count)
        }
    }
}
