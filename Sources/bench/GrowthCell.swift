import CryptoCore
import ServiceKit

/// One cell of `bench growth`: so many series, active all the time, on 12 partitions as keys spread them.
///
/// A second of event time is read at a time. Where a slide begins, the first tick of each series closes its windows; these ticks
/// come first and are timed by themselves, so that the cost of adding a tick and that of a record written (a tumbling or sliding
/// window or a trend, JSON included) are two numbers. After each second live windows and changed state are taken, as by a
/// processor that keeps up. CPU time counts; making the ticks is not in it.
struct GrowthCell {
    static let heading = """
        | slide | series | ticks/s | ns a tick | ns a record | records per 1,000 ticks | live, ns a tick | state, ns a tick \
        | state, bytes a tick | live state, MB | memory, MB |
        |--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
        """
    private static let partitions: Int32 = 12
    private static let chunk = 10_000

    private let slide: Int64
    private let rate: Int
    private let lateness: Int64 = 5_000
    private var ticks: GrowthTicks
    private var cores: [PartitionWindows]
    private var output = OutputBatch(reservingBytes: 32 << 20)
    private var state = ChangelogBatch()
    /// Where the next turn of series begins, when a slide has fewer ticks than there are series.
    private var firstActive = 0
    private var activeCount = 0
    private var sum = Sum()
    private var stateSizes: [UInt64: Int]?
    private let memoryBefore: Int

    private struct Sum {
        var closingNs = 0.0, addingNs = 0.0, liveNs = 0.0, stateNs = 0.0
        var closers = 0, others = 0, records = 0, stateBytes = 0
    }

    init(series: Int, slide: Int64, rate: Int) {
        self.slide = slide
        self.rate = rate
        ticks = GrowthTicks(series: series, capacity: max(series, GrowthCell.chunk))
        cores = (0..<GrowthCell.partitions).map {
            let rules = WindowConfiguration(lateness: 5_000, slide: slide, idleAfterTrade: 0, idleAfterQuote: 0)
            return PartitionWindows(configuration: rules, topic: "crypto.ticks", partition: $0)
        }
        memoryBefore = ProcessStatus.kilobytes("VmRSS")
    }

    /// Two minutes to warm up, so many measured, and more than two in which the size of what is live in the changelog is found.
    mutating func measure(minutes: Int) -> String {
        var second: Int64 = 1_763_719_200
        func run(_ seconds: Int) {
            for _ in 0..<seconds {
                self.read(second)
                second += 1
            }
        }
        run(120)
        sum = Sum()
        run(minutes * 60)
        let measured = sum
        let peak = ProcessStatus.kilobytes("VmHWM")
        stateSizes = [:]
        run(140)
        let live = stateSizes?.values.reduce(0, +) ?? 0
        return row(measured, memory: peak - memoryBefore, live: live)
    }

    // MARK: Parts

    private mutating func read(_ second: Int64) {
        let start = second * 1_000 + lateness
        var rest = rate
        if start % slide == lateness % slide {
            firstActive += activeCount
            activeCount = min(ticks.seriesCount, max(1, rate * Int(slide / 1_000) / 2))
            var left = activeCount
            while left > 0 {
                let count = min(left, ticks.capacity)
                ticks.fill(count, from: start, to: start) { firstActive + left - 1 - $0 }
                sum.closingNs += add()
                sum.closers += count
                sum.records += output.records.count
                output.removeAll()
                left -= count
                rest -= count
            }
        }
        let all = max(rest, 1)
        while rest > 0 {
            let count = min(rest, GrowthCell.chunk)
            let from = start + 1 + Int64(all - rest) * 998 / Int64(all)
            ticks.fillAtRandom(count, from: from, to: from + Int64(count) * 998 / Int64(all), firstActive, activeCount)
            sum.addingNs += add()
            sum.others += count
            precondition(output.isEmpty, "a tick inside a slide closes no window")
            rest -= count
        }
        commit()
    }

    /// Adds what `ticks` holds; ns.
    private mutating func add() -> Double {
        let ticks = ticks  // read through `self` they would be copied for each tick
        return ProcessStatus.cpuNs {
            for i in 0..<ticks.count {
                ticks.withTick(i) { partition, key, value in
                    cores[partition].add(
                        key: key, value: value, offset: cores[partition].nextOffset ?? 0, now: 0, into: &output)
                }
            }
        }
    }

    private mutating func commit() {
        sum.liveNs += ProcessStatus.cpuNs { for i in cores.indices { cores[i].emitLive(into: &output) } }
        output.removeAll()
        for i in cores.indices {
            sum.stateNs += ProcessStatus.cpuNs { cores[i].takeChanges(into: &state) }
            sum.stateBytes += state.bytes.count
            noteState()
            state.removeAll()
        }
    }

    /// What a compacted changelog would hold; costs nothing while nobody wants to know.
    private mutating func noteState() {
        guard stateSizes != nil else { return }
        for record in state.records {
            var hash = FNV1a()
            hash.add(state.bytes[record.key])
            stateSizes?[hash.value] = record.value.map { $0.count + record.key.count }
        }
    }

    private func row(_ sum: Sum, memory: Int, live: Int) -> String {
        let count = Double(sum.closers + sum.others)
        let tick = sum.addingNs / Double(max(sum.others, 1))
        let record = (sum.closingNs - tick * Double(sum.closers)) / Double(max(sum.records, 1))
        let total = (sum.closingNs + sum.addingNs + sum.liveNs + sum.stateNs) / count
        let cells = [
            Durations.text(milliseconds: slide), "\(ticks.seriesCount)", "\(Int(1e9 / total) / 1_000) k",
            "\(Int(tick.rounded()))", "\(Int(record.rounded()))", rounded(Double(sum.records) / count * 1_000),
            "\(Int((sum.liveNs / count).rounded()))", "\(Int((sum.stateNs / count).rounded()))",
            "\(Int((Double(sum.stateBytes) / count).rounded()))", rounded(Double(live) / 1e6),
            "\(memory / 1_000)",
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    /// To two digits behind the point, or none where there are three before it.
    private func rounded(_ value: Double) -> String {
        value >= 100 ? "\(Int(value.rounded()))" : "\((value * 100).rounded() / 100)"
    }
}
