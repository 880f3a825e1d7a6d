import CryptoCore
import TestSupport

/// The processor's part of the record path: a tick's bytes into windows, and what these write.
enum WindowChecks {
    /// Ticks as bytes, made before anything is counted.
    private struct Lap {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        var keys: [[UInt8]] = []
        let seriesCount = 3

        /// `count` trades and quotes from `start` on, `stepMs` apart in fours.
        init(_ count: Int, from start: Int64, spanMs: Int64, quotes: Bool = true) {
            let series = (0..<seriesCount).map { Series(source: "bybit", symbol: "C\($0)-USDT") }
            keys = series.map { Array($0.description.utf8) }
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

    /// A core that has seen three minutes of ticks like those to be counted, its changes taken as a processor takes them: twice
    /// as many a minute, so that the burst of one slice is not more ids at once than ever before.
    private static func warm(_ output: inout OutputBatch, _ state: inout ChangelogBatch) -> PartitionWindows {
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

    static var all: [Check] {
        [
            Check(law: "10,000 ticks inside one slice", count: insideSlice),
            Check(law: "10,000 ticks inside one minute, its sliding windows closing", count: insideMinute),
            // A closing minute costs its trend's few lists, not its ticks.
            Check(law: "30,000 ticks in three minutes that close", limit: 9 * 10, count: closingMinutes),
            Check(law: "reading ticks, canonical or not, and skipping what is unknown", count: decoding),
            Check(law: "writing windows and ticks into a buffer that has grown", count: encoding),
        ]
    }

    private static func insideSlice() throws -> UInt64 {
        var output = OutputBatch(), state = ChangelogBatch()
        var core = warm(&output, &state)
        // The windows that end before this slice close with its first ticks.
        Lap(100, from: noon + 3 * 60_000 + 10_000, spanMs: 100).add(to: &core, &output)
        let lap = Lap(10_000, from: noon + 3 * 60_000 + 10_200, spanMs: 4_000)
        let counted = core.counts.counted
        let count = allocations { lap.add(to: &core, &output) }
        try Check.require(core.counts.counted == counted + 10_000, "not all ticks were counted")
        return count
    }

    private static func insideMinute() throws -> UInt64 {
        var output = OutputBatch(), state = ChangelogBatch()
        var core = warm(&output, &state)
        Lap(100, from: noon + 3 * 60_000 + 5_000, spanMs: 100).add(to: &core, &output)
        output.removeAll()
        let lap = Lap(10_000, from: noon + 3 * 60_000 + 5_200, spanMs: 54_000)
        let count = allocations { lap.add(to: &core, &output) }
        try Check.require(output.records.count == 15, "\(output.records.count) windows closed")
        return count
    }

    private static func closingMinutes() -> UInt64 {
        var output = OutputBatch(), state = ChangelogBatch()
        var core = warm(&output, &state)
        let lap = Lap(30_000, from: noon + 3 * 60_000, spanMs: 180_000)
        return allocations { lap.add(to: &core, &output) }
    }

    private static let series = Series(source: "bybit", symbol: "BTC-USDT")

    private static func tick(_ kind: Tick.Kind) -> Tick {
        Tick(series: series, kind: kind, eventTime: noon, ingestTime: noon + 40)
    }

    private static let trade = tick(.trade(.init(tradeID: "7f-1", price: 65_000.25, quantity: 0.001, side: .sell)))

    private static func decoding() throws -> UInt64 {
        let canonical = trade.encoded()
        let general = canonical.dropLast() + Array(#", "x": {"a":[1.5,null,true,"é"]} }"#.utf8)
        let quote = tick(.quote(.init(price: 65_000.25, bid: 65_000, ask: 65_000.5))).encoded()
        let gap = tick(.gap(.init(from: noon - 1_000, to: noon, reason: "disconnect"))).encoded()
        let records = [canonical, Array(general), quote, gap]
        var sum: Int64 = 0
        func read(_ rounds: Int) {
            for _ in 0..<rounds {
                for record in records { sum &+= (try? TickView(decoding: record.span.bytes))?.eventTime ?? 0 }
            }
        }
        read(1)
        let one = sum
        try Check.require(one == 4 * noon, "not all records were read")
        return allocations { read(10_000) }
    }

    private static func encoding() throws -> UInt64 {
        var output = OutputBatch(), state = ChangelogBatch()
        _ = warm(&output, &state)
        var core = warm(&output, &state)
        Lap(20_000, from: noon + 3 * 60_000, spanMs: 120_000).add(to: &core, &output)
        guard let record = output.records.first(where: { $0.topic == .tumbling }) else {
            throw Failure("no window closed")
        }
        let window = try WindowAggregate(decoding: Array(output.valueBytes[record.value]).span.bytes)
        var json = JSONWriter(reservingBytes: 1 << 16)
        window.encode(into: &json)
        return allocations {
            for _ in 0..<10_000 {
                json.removeAll()
                window.encode(into: &json)
                json.beginDocument()
                trade.encode(into: &json)
            }
        }
    }
}

/// 2025-11-21T12:00:00Z.
let noon: Int64 = 1_763_726_400_000
