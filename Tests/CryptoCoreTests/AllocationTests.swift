import CAllocationCount
import CryptoCore
import TestSupport
import Testing

/// How these tests were compiled.
enum Build {
    static var isOptimised: Bool {
        #if DEBUG
            false
        #else
            true
        #endif
    }
}

@Suite(
    "the record path allocates nothing",
    .enabled(if: Build.isOptimised, "skipped: a debug build, which allocates"))
struct AllocationTests {
    /// Ticks as bytes, made before anything is counted.
    private struct Lap {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        var keys: [[UInt8]] = []
        let seriesCount = 3

        /// `count` trades and quotes from `start` on, `stepMs` apart in fours.
        init(_ count: Int, from start: Int64, spanMs: Int64, quotes: Bool = true) {
            let series = (0..<seriesCount).map { Series(source: "bybit", symbol: "C\($0)-USDT") }
            keys = series.map { $0.description.bytes }
            for i in 0..<count {
                let kind: Tick.Kind =
                    quotes && i % 10 == 0
                    ? .quote(.init(price: 65_000.25))
                    : .trade(
                        .init(
                            tradeID: "\(start)-\(i)", price: 65_000 + Double(i % 100) / 100,
                            quantity: 0.001 * Double(1 + i % 50),
                            side: i % 2 == 0 ? .buy : .sell))
                let time = start + Int64(i) * spanMs / Int64(count)
                bytes += Tick(series: series[i % seriesCount], kind: kind, eventTime: time, ingestTime: time + 40)
                    .encoded()
                ends.append(bytes.count)
            }
        }

        func add(to core: inout PartitionWindows, _ output: inout OutputBatch) {
            var start = 0
            for i in ends.indices {
                let key = keys[i % seriesCount]
                core.add(
                    key: key.span.bytes, value: bytes.span.bytes.extracting(start..<ends[i]),
                    offset: Int64(i), now: noon, into: &output)
                start = ends[i]
            }
        }
    }

    /// What `body` allocates on this thread.
    private func allocations(_ body: () -> Void) -> UInt64 {
        let before = allocation_count()
        body()
        return allocation_count() - before
    }

    /// A core that has seen three minutes of ticks like those to be counted, its changes taken as a processor takes them: twice
    /// as many a minute, so that the burst of one slice is not more ids at once than ever before.
    private func warm(_ output: inout OutputBatch, _ state: inout ChangelogBatch) -> PartitionWindows {
        var core = PartitionWindows(topic: "crypto.ticks", partition: 0)
        for minute in 0..<3 as Range<Int64> {
            Lap(20_000, from: noon + minute * 60_000, spanMs: 60_000).add(to: &core, &output)
            core.takeChanges(into: &state)
            core.emitLive(into: &output)
            state.removeAll()
            output.removeAll()
        }
        return core
    }

    @Test("10,000 ticks inside one slice: nothing")
    func insideSlice() {
        var output = OutputBatch(), state = ChangelogBatch()
        var core = warm(&output, &state)
        // The windows that end before this slice close with its first ticks.
        Lap(100, from: noon + 3 * 60_000 + 10_000, spanMs: 100).add(to: &core, &output)
        let lap = Lap(10_000, from: noon + 3 * 60_000 + 10_200, spanMs: 4_000)
        let counted = core.counts.counted
        #expect(allocations { lap.add(to: &core, &output) } == 0)
        #expect(core.counts.counted == counted + 10_000)
    }

    @Test("10,000 ticks inside one minute, its sliding windows closing: nothing")
    func insideMinute() {
        var output = OutputBatch(), state = ChangelogBatch()
        var core = warm(&output, &state)
        Lap(100, from: noon + 3 * 60_000 + 5_000, spanMs: 100).add(to: &core, &output)
        output.removeAll()
        let lap = Lap(10_000, from: noon + 3 * 60_000 + 5_200, spanMs: 54_000)
        #expect(allocations { lap.add(to: &core, &output) } == 0)
        #expect(output.records.count == 15)
    }

    @Test("a minute that closes costs its trend's few lists, not its ticks")
    func closingMinute() {
        var output = OutputBatch(), state = ChangelogBatch()
        var core = warm(&output, &state)
        let lap = Lap(30_000, from: noon + 3 * 60_000, spanMs: 180_000)
        #expect(allocations { lap.add(to: &core, &output) } <= 9 * 10)
    }

    @Test("reading a trade, in its canonical form or another, and skipping what is unknown: nothing")
    func decoding() throws {
        let canonical = TickViewTests.trade.bytes
        let general = (TickViewTests.trade.dropLast() + #", "x": {"a":[1.5,null,true,"é"]} }"#).bytes
        let quote = TickViewTests.quote.bytes, gap = TickViewTests.gap.bytes
        let records = [canonical, general, quote, gap]
        var sum: Int64 = 0
        func read(_ rounds: Int) {
            for _ in 0..<rounds {
                for record in records { sum &+= (try? TickView(decoding: record.span.bytes))?.eventTime ?? 0 }
            }
        }
        read(1)
        let count = allocations { read(10_000) }
        #expect(count == 0)
        #expect(sum > 0)
    }

    @Test("writing a window and a tick into a buffer that has grown: nothing")
    func encoding() throws {
        var json = JSONWriter(reservingBytes: 1 << 16)
        var rng = SplitMix64(seed: 1)
        let window = rng.window(), tick = rng.tick()
        window.encode(into: &json)
        let count = allocations {
            for _ in 0..<10_000 {
                json.removeAll()
                window.encode(into: &json)
                json.beginDocument()
                tick.encode(into: &json)
            }
        }
        #expect(count == 0)
    }

    @Test("the counter counts")
    func counter() {
        #expect(allocations { withExtendedLifetime([UInt8](repeating: 1, count: 10_000)) {} } == 1)
    }
}
