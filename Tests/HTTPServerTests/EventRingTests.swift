import TestSupport
import Testing

@testable import HTTPServer

@Suite("The ring of events")
struct EventRingTests {
    /// The same by the plainest means: all events ever, of which the newest that fit are kept.
    private struct Plain {
        var all: [[UInt8]] = []
        let limit: Int

        var firstKept: Int {
            var first = all.count, bytes = 0
            while first > 0, bytes + all[first - 1].count <= limit {
                first -= 1
                bytes += all[first].count
            }
            return first
        }

        func place(_ index: Int) -> UInt64 { UInt64(all[..<index].map(\.count).reduce(0, +)) }
    }

    @Test("keeps the newest events that fit, and gives each by its number", arguments: UInt64(0)..<50)
    func keeps(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let limit = Int.random(in: 10...300, using: &random)
        var ring = EventRing(bytes: limit), plain = Plain(limit: limit)
        for step in 0..<300 {
            let event = (0..<Int.random(in: 1...10, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            ring.append(event)
            plain.all.append(event)
            guard step % 7 == 0 else { continue }
            let first = plain.firstKept
            #expect(ring.firstNumber == UInt64(first + 1))
            #expect(ring.nextNumber == UInt64(plain.all.count + 1))
            #expect(ring.tail == plain.place(first))
            #expect(ring.head == plain.place(plain.all.count))
            for number in 0...(plain.all.count + 1) {
                let isKept = number >= first && number <= plain.all.count
                #expect(ring.place(after: UInt64(number)) == (isKept ? plain.place(number) : nil))
            }
            let place = plain.place(Int.random(in: first...plain.all.count, using: &random))
            #expect(
                copied(ring, place, pieces: Int.random(in: 1...20, using: &random))
                    == plain.all.flatMap(\.self)[Int(place)...])
            #expect(first == 0 || ring.copy(from: ring.tail - 1, into: .init(start: nil, count: 0)) == nil)
        }
    }

    private func copied(_ ring: EventRing, _ place: UInt64, pieces: Int) -> ArraySlice<UInt8> {
        var all: [UInt8] = []
        while place + UInt64(all.count) < ring.head {
            var piece = [UInt8](repeating: 0, count: pieces)
            let count = piece.withUnsafeMutableBytes { ring.copy(from: place + UInt64(all.count), into: $0) } ?? 0
            all += piece[..<count]
        }
        return all[...]
    }
}
