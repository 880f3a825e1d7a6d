import CryptoCore
import ServiceKit

/// `bench windows`: JSON ticks in, JSON windows out, in process, on one core.
///
/// The ticks are those of a busy hour in 20 series: made beforehand, seeded, in memory; one lap is read over and over, each lap an
/// hour later. Reports ticks/s and what a tick costs by part: parse alone, parse and window, and all with encoding and state.
struct WindowsBench {
    static let benchmark = Benchmark(
        spec: CommandSpec(
            name: "windows", summary: "Measures JSON ticks to JSON windows in process, on one core.",
            flags: [
                Flag("ticks", .integer(1_000...1_000_000_000), default: "10000000", help: "how many ticks"),
                Flag("series", .integer(1...255), default: "20", help: "how many series they are of"),
                Flag(
                    "slide", .duration(minimumMs: 1, allowsZero: false), default: "10s",
                    help: "from one sliding window to the next; must divide a minute"),
            ], examples: ["bench windows", "bench windows --ticks 50000000 --series 100 --slide 1s"]),
        run: { settings in
            WindowsBench(
                ticks: settings.integer("ticks"), seriesCount: settings.integer("series"),
                slide: settings.durationMs("slide")
            ).run()
        })

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
        print("  parse                 \(format(parse)) ns a tick")
        print("  window                \(format(quiet - parse - encode)) ns a tick")
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
            lap.shiftByOneHour()
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
    var state = StateBatch()
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
            lap.withTick(i) { key, value in core.add(key: key, value: value, offset: offset, now: 0, into: &output) }
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

/// One hour of ticks as bytes, which can be moved to the next hour in place.
struct TickLap {
    private(set) var bytes: [UInt8] = []
    private var keys: [UInt8] = []
    private var starts: [Int] = []
    private var keyEnds: [Int] = []
    private var keyOf: [UInt8] = []
    private var times: [Int] = []
    private var ids: [Int] = []
    private var hour = 0
    var count: Int { starts.count - 1 }

    init(count: Int, series: Int) {
        var random = SystemSeed(state: 7)
        var json = JSONWriter(reservingBytes: count * 200)
        for i in 0..<series {
            keys.append(contentsOf: "bybit:C\(1000 + i)-USDT".utf8)
            keyEnds.append(keys.count)
        }
        let start: Int64 = 1_763_719_200_000
        for i in 0..<count {
            let which = Int(random.next() % UInt64(series))
            starts.append(json.bytes.count)
            keyOf.append(UInt8(which & 255))
            let time = start + Int64(i) * 3_600_000 / Int64(count)
            let price = Double(6_500_000 + Int64(random.next() % 20_000)) / 100
            let quantity = Double(1 + random.next() % 1_000_000) / 1_000_000
            json.beginDocument()
            Tick(
                series: Series(source: "bybit", symbol: "C\(1000 + which)-USDT"),
                kind: .trade(
                    Tick.Trade(
                        tradeID: String(2_280_000_001_000_000_000 + i), price: price, quantity: quantity,
                        side: random.next() % 2 == 0 ? .buy : .sell)),
                eventTime: time, ingestTime: time + 37
            ).encode(into: &json)
        }
        starts.append(json.bytes.count)
        bytes = json.bytes
        locate("\"event_time\":", &times)
        locate("\"trade_id\":\"", &ids)
    }

    func withTick<Result>(_ i: Int, _ body: (RawSpan, RawSpan) -> Result) -> Result {
        let key = Int(keyOf[i])
        return body(
            keys.span.bytes.extracting((key == 0 ? 0 : keyEnds[key - 1])..<keyEnds[key]),
            bytes.span.bytes.extracting(starts[i]..<starts[i + 1]))
    }

    /// Event times an hour later, trade ids never seen before; ingest times follow.
    mutating func shiftByOneHour() {
        hour += 1
        for i in 0..<count {
            let time = 1_763_719_200_000 + Int64(i) * 3_600_000 / Int64(count) + Int64(hour) * 3_600_000
            put(time, digits: 13, at: times[i])
            put(time + 37, digits: 13, at: times[i] + 13 + ",\"ingest_time\":".utf8.count)
            put(2_280_000_001_000_000_000 + Int64(hour) * 1_000_000_000 + Int64(i), digits: 19, at: ids[i])
        }
    }

    private mutating func put(_ number: Int64, digits: Int, at: Int) {
        var rest = number
        for i in stride(from: at + digits - 1, through: at, by: -1) {
            bytes[i] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }

    private func locate(_ name: String, _ places: inout [Int]) {
        let pattern = Array(name.utf8)
        for i in 0..<count {
            var at = starts[i]
            while !bytes[at..<at + pattern.count].elementsEqual(pattern) { at += 1 }
            places.append(at + pattern.count)
        }
    }
}

/// A seeded generator (xorshift64*), so that every run reads the same ticks.
struct SystemSeed {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return (state &* 0x2545_F491_4F6C_DD1D) >> 16
    }
}

func nanoseconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1e9 + Double(duration.components.attoseconds) / 1e9
}

@inline(never)
func blackHole(_ value: Int64) {}
