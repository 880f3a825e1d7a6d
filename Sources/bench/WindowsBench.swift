import CryptoCore
import ServiceKit
internal import System

/// `bench windows`: JSON ticks in, JSON windows out, in process, on one core.
///
/// The ticks are those of a busy hour in 20 series: made beforehand, seeded, in memory; one lap is read over and over, each lap an
/// hour later. Reports ticks/s and what a tick costs by part: parse alone, parse and window (which knows its series, so that there is
/// less to parse), and all with encoding and state.
struct WindowsBench {
    static let benchmark = Benchmark(
        usage: CommandUsage(
            name: "windows", summary: "Measures JSON ticks to JSON windows in process, on one core.",
            flags: [tickCount, series, slideLength],
            examples: ["bench windows", "bench windows --ticks 50000000 --series 100 --slide 1s"]),
        run: { settings in
            WindowsBench(
                ticks: settings[tickCount], seriesCount: settings[series], slide: settings[slideLength]
            ).run()
        })
    private static let tickCount = Flag.integer(
        "ticks", 1_000...1_000_000_000, default: 10_000_000, help: "how many ticks")
    private static let series = Flag.integer("series", 1...100_000, default: 20, help: "how many series they are of")
    private static let slideLength = Flag.duration(
        "slide", atLeastMs: 1, default: "10s", help: "from one sliding window to the next; must divide a minute")

    let ticks: Int
    let seriesCount: Int
    let slide: Int64

    func run() {
        let lap = TickLap(count: min(ticks, 500_000), series: seriesCount)
        print(
            "windows: \(ticks) ticks of \(lap.bytes.count / lap.count) bytes, \(seriesCount) series, slide \(slide) ms, one core"
        )
        let parse = measure(lap) { lap, start, count in
            var sum: Int64 = 0
            for i in start..<start + count {
                let view = lap.withTick(i) { _, value in try? TickView(decoding: value) }
                sum &+= view?.eventTime ?? 0
            }
            return sum
        }
        var windows = Windows(slide: slide)
        let quiet = measure(lap) { lap, start, count in windows.add(lap, start, count, takingState: false) }
        let emitted = windows.emitted
        var full = Windows(slide: slide)
        let all = measure(lap) { lap, start, count in full.add(lap, start, count, takingState: true) }
        let encode = windowEncodingNs() * Double(emitted) / Double(ticks)
        print("  parse alone           \(format(parse)) ns a tick, its series not known")
        print("  parse and window      \(format(quiet - encode)) ns a tick")
        print(
            "  encode                \(format(encode)) ns a tick (\(emitted) records, \(format(windowEncodingNs())) ns each)"
        )
        print(
            "  changelog             \(format(all - quiet)) ns a tick (\(full.stateBytes / UInt64(max(ticks, 1))) bytes a tick)"
        )
        print("  rate                  \(Int(1e9 / all)) ticks/s with changelog, \(Int(1e9 / quiet)) without")
        print("  counted \(full.counted) of \(ticks)")
    }

    /// ns a tick of `body`, which is called for a batch of 500 ticks at a time.
    private func measure(_ lap: TickLap, _ body: (inout TickLap, Int, Int) -> Int64) -> Double {
        var lap = lap
        let clock = ContinuousClock()
        var elapsed = Duration.zero
        var done = 0
        var check: Int64 = 0
        while done < ticks {
            let batch = min(lap.count, ticks - done)
            elapsed += clock.measure {
                var at = 0
                while at < batch {
                    check &+= body(&lap, at, min(500, batch - at))
                    at += 500
                }
            }
            done += batch
            lap.shift()
        }
        blackHole(check)
        return nanoseconds(elapsed) / Double(ticks)
    }

    private func windowEncodingNs() -> Double {
        let sample = Array(
            """
            {"source":"bybit","symbol":"BTC-USDT","type":"tumbling","window_start":1763719200000,"window_end":1763719260000,\
            "final":true,"count":5123,"volume":12.345678901234,"amount":801234.56789012,"average_price":65012.345678912,\
            "vwap":65010.987654321,"open":65000.1,"high":65100.2,"low":64990.5,"close":65050.25,"stddev":12.3456789012345,\
            "buy_volume":6.1234567890123,"sell_volume":6.2222111112221,"first_time":1763719200001,\
            "last_time":1763719259999,"incomplete":false}
            """.utf8)
        guard let window = try? WindowAggregate(decoding: sample.span.bytes) else { return .nan }
        var output = OutputBatch()
        let rounds = 100_000
        let elapsed = ContinuousClock().measure {
            for i in 0..<rounds {
                output.append(.tumbling, window)
                if i % 1000 == 999 { output.removeAll() }
            }
        }
        return nanoseconds(elapsed) / Double(rounds)
    }

    private func format(_ ns: Double) -> String { String(Double((ns * 10).rounded() / 10)) }
}

/// The processor's core with its outputs thrown away after each batch, state taken as often as the processor commits.
private struct Windows {
    var core: PartitionWindows
    var output = OutputBatch()
    var state = ChangelogBatch()
    var emitted = 0
    var stateBytes: UInt64 = 0
    var counted: UInt64 { core.counts.counted }
    private var offset: Int64 = 0
    private var sinceCommit = 0

    init(slide: Int64) {
        core = PartitionWindows(
            configuration: WindowConfiguration(slide: slide), topic: "crypto.ticks", partition: 0)
    }

    mutating func add(_ lap: TickLap, _ start: Int, _ count: Int, takingState: Bool) -> Int64 {
        for i in start..<start + count {
            lap.withTick(i) { key, value in
                core.add(key: key, value: value, offset: offset, appendTime: 1 << 60, now: 0, into: &output)
            }
            offset += 1
        }
        emitted += output.records.count
        output.removeAll()
        sinceCommit += count
        if takingState, sinceCommit >= 100_000 {
            sinceCommit = 0
            core.takeChanges(into: &state)
            stateBytes += UInt64(state.bytes.count)
            state.removeAll()
        }
        return offset
    }
}
