import TestSupport
import Testing

@testable import KafkaClient

extension KafkaClientSuite {
    @Suite("which partitions may be read") struct EvenReadingTests {
        @Test(
            "whatever the sizes and whoever is slow, no partition is ahead by more than the lead",
            arguments: UInt64(0)..<50)
        func lead(seed: UInt64) {
            var rng = SplitMix64(seed: seed)
            let ends = (0..<Int.random(in: 2...20, using: &rng)).map { _ in Int64.random(in: 500...100_000, using: &rng)
            }
            var next = ends.map { _ in Int64(0) }
            var reading = EvenReading()
            _ = reading.note(remaining: max(EvenReading.backlog.begins, ends.reduce(0, +)), isKnown: true)
            while next != ends {
                let shares = ends.indices.filter { next[$0] < ends[$0] }.map {
                    EvenReading.share(start: 0, next: next[$0], end: ends[$0])
                }
                reading.begin(slowest: shares.min())
                // Some partitions have nothing fetched in this turn; the slowest one always gets on.
                let slowest = shares.min() ?? 1
                for i in ends.indices where next[i] < ends[i] {
                    let share = EvenReading.share(start: 0, next: next[i], end: ends[i])
                    if share > slowest, Bool.random(using: &rng) { continue }
                    let most = Int64(reading.allowance(start: 0, next: next[i], end: ends[i]))
                    #expect(share > slowest || most > 0)
                    next[i] = min(ends[i], next[i] + most)
                    // A record more than the lead, where a partition's lead is no whole one.
                    let after = Double(next[i]) / Double(ends[i])
                    #expect(after <= slowest + EvenReading.lead + 1 / Double(ends[i]))
                }
            }
        }

        @Test("until every leader has told its log's end, no partition is ahead by more than the lead")
        func unknown() {
            var reading = EvenReading()
            reading.begin(slowest: 0)
            #expect(reading.allowance(start: 0, next: 0, end: 1_000) == Int(1_000 * EvenReading.lead))
            _ = reading.note(remaining: 1_000, isKnown: false)
            reading.begin(slowest: 0)
            #expect(reading.allowance(start: 0, next: 0, end: 1_000) == Int(1_000 * EvenReading.lead))
            _ = reading.note(remaining: 1_000, isKnown: true)
            #expect(reading.allowance(start: 0, next: 0, end: 1_000) == .max)
        }

        @Test("without a backlog every partition is read as far as it goes")
        func live() {
            var reading = EvenReading()
            func begins(_ remaining: Int64) -> Bool { reading.note(remaining: remaining, isKnown: true) }
            #expect(!begins(EvenReading.backlog.begins - 1))
            reading.begin(slowest: 0)
            #expect(reading.allowance(start: 0, next: 0, end: 100) == .max)
            #expect(begins(EvenReading.backlog.begins))
            reading.begin(slowest: 0)
            #expect(reading.allowance(start: 0, next: Int64(1_000 * EvenReading.lead), end: 1_000) == 0)
            #expect(!begins(EvenReading.backlog.ends))
            #expect(reading.isCatchingUp)
            #expect(!begins(EvenReading.backlog.ends - 1))
            #expect(!reading.isCatchingUp)
        }
    }
}
