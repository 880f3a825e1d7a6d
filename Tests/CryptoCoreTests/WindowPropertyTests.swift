import CryptoCore
import TestSupport
import Testing

@Suite("windows are what the rules say, whatever comes in")
struct WindowPropertyTests {
    private static let configurations: [WindowConfiguration] = [
        WindowConfiguration(idleAfterTrade: 0, idleAfterQuote: 0),
        WindowConfiguration(lateness: 0, slide: 20_000, idleAfterTrade: 0, idleAfterQuote: 0),
        WindowConfiguration(lateness: 70_000, slide: 5_000, idleAfterTrade: 0, idleAfterQuote: 0),
        WindowConfiguration(lateness: 5_000, slide: 60_000, idleAfterTrade: 0, idleAfterQuote: 0),
    ]

    @Test("they equal the windows of plain lists, field by field", arguments: UInt64(0)..<16)
    func equalPlainOnes(seed: UInt64) throws {
        let configuration = WindowPropertyTests.configurations[Int(seed % 4)]
        var partition = VirtualPartition(configuration)
        var plain = PlainWindows(lateness: configuration.lateness, slide: configuration.slide)
        var stream = RandomStream(seed: seed)
        if seed % 3 == 0 { stream.faults = 0.4 }
        for _ in 0..<Fuzz.rounds(2_000) {
            let record = stream.next()
            partition.add(record.value, key: record.key)
            plain.add(record)
        }
        let outputs = try partition.taken()
        #expect(partition.counts == plain.counts)
        #expect(outputs.late == plain.late)
        #expect(outputs.deadLetters.count == Int(partition.counts.deadLetters))
        let names = Set(partition.core.series.map(\.series))
        #expect(outputs.tumbling.count > 20 && outputs.sliding.count > 20)
        for series in names {
            compare(outputs.tumbling.filter { $0.series == series }, plain.windows(of: series, every: 60_000))
            compare(
                outputs.sliding.filter { $0.series == series }, plain.windows(of: series, every: configuration.slide))
        }
        #expect(outputs.trends.map(\.asOf) == outputs.tumbling.map(\.windowEnd))
        if configuration.slide == 60_000 { partitionOfTime(partition, outputs) }
    }

    /// Without windows that overlap each counted tick is in one: those final, and those still open.
    private func partitionOfTime(_ partition: VirtualPartition, _ outputs: Outputs) {
        var closing = partition
        let ahead = TickView.eventTimes.upperBound - 1
        for series in partition.core.series.map(\.series) { closing.trade(at: ahead, series: series) }
        let rest = (try? closing.taken().tumbling) ?? []
        let sum = (outputs.tumbling + rest).reduce(0) { $0 + $1.count }
        #expect(sum == Int64(partition.counts.counted))
    }

    private func compare(
        _ ours: [WindowAggregate], _ plain: [(end: Int64, ticks: [PlainWindows.Counted], isIncomplete: Bool)]
    ) {
        #expect(ours.map(\.windowEnd) == plain.map(\.end))
        for (window, list) in zip(ours, plain) where window.windowEnd == list.end {
            let differences = WindowPropertyTests.differences(window, list.ticks, list.isIncomplete)
            #expect(differences.isEmpty, "\(window)")
        }
    }

    /// The fields in which `window` is not the window of `ticks` (in the order of their arrival).
    static func differences(_ window: WindowAggregate, _ ticks: [PlainWindows.Counted], _ isIncomplete: Bool)
        -> [String]
    {
        // A stable sort: ties stay as they arrived.
        let sorted = ticks.enumerated().sorted {
            ($0.element.tick.eventTime, $0.offset) < ($1.element.tick.eventTime, $1.offset)
        }
        .map(\.element)
        let prices = sorted.map(\.price)
        // Sums in whole cents and millionths: exact.
        let cents = prices.reduce(Int64(0)) { $0 + Int64(($1 * 100).rounded()) }
        func millionths(_ side: Side?, all: Bool = false) -> Int64 {
            sorted.reduce(0) { sum, counted in
                guard let trade = counted.trade, all || trade.side == side else { return sum }
                return sum + Int64((trade.quantity * 1e6).rounded())
            }
        }
        let amount = sorted.reduce(Int64(0)) { sum, counted in
            sum + Int64((counted.price * 100).rounded()) * Int64(((counted.trade?.quantity ?? 0) * 1e6).rounded())
        }
        let mean = Double(cents) / 100 / Double(prices.count)
        let variance = prices.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(prices.count)
        let volume = Double(millionths(nil, all: true)) / 1e6
        func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-14 * max(abs(a), abs(b)) }
        let checks: [(String, Bool)] = [
            ("count", window.count == prices.count), ("open", window.open == prices.first),
            ("close", window.close == prices.last),
            ("high", window.high == prices.max()), ("low", window.low == prices.min()),
            ("first_time", window.firstTime == sorted.first?.tick.eventTime),
            ("last_time", window.lastTime == sorted.last?.tick.eventTime),
            ("incomplete", window.isIncomplete == isIncomplete),
            ("final", window.isFinal), ("volume", isClose(window.volume, volume)),
            ("amount", isClose(window.amount, Double(amount) / 1e8)),
            ("average_price", isClose(window.averagePrice, mean)),
            ("buy_volume", isClose(window.buyVolume, Double(millionths(.buy)) / 1e6)),
            ("sell_volume", isClose(window.sellVolume, Double(millionths(.sell)) / 1e6)),
            ("vwap", volume == 0 ? window.vwap == nil : isClose(window.vwap ?? .nan, Double(amount) / 1e8 / volume)),
            // Deviations are differences of prices: their rounding is measured by the price.
            ("stddev", abs(window.stddev - variance.squareRoot()) <= 1e-12 * mean),
        ]
        return checks.filter { !$0.1 }.map(\.0)
    }

    @Test("reading outputs and state in between, in batches of any size, changes nothing", arguments: UInt64(20)..<28)
    func batches(seed: UInt64) {
        let configuration = WindowPropertyTests.configurations[Int(seed % 4)]
        var whole = VirtualPartition(configuration), split = VirtualPartition(configuration)
        var stream = RandomStream(seed: seed, series: 4)
        var rng = SplitMix64(seed: seed)
        var state = ChangelogBatch()
        var pieces: [String] = []
        for _ in 0..<Fuzz.rounds(2_000) {
            let record = stream.next()
            whole.add(record.value, key: record.key)
            split.add(record.value, key: record.key)
            if rng.chance(0.1) { pieces += split.takenBytes() }
            if rng.chance(0.05) {
                split.core.takeChanges(into: &state)
                state.removeAll()
            }
            if rng.chance(0.05) {
                pieces += split.takenBytes()
                split.live()
                _ = split.takenBytes()
            }
        }
        #expect(whole.takenBytes() == pieces + split.takenBytes())
    }

    @Test("the order of on-time ticks in a window does not matter", arguments: UInt64(40)..<56)
    func shuffled(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let ticks = (0..<rng.int(2...300)).map { i in
            (id: "\(i)", time: noon + rng.int(0...59_999), price: rng.marketNumber(), quantity: rng.marketNumber())
        }
        func window(_ ticks: [(id: String, time: Int64, price: Double, quantity: Double)]) throws -> WindowAggregate {
            var partition = VirtualPartition(WindowConfiguration(lateness: 60_000, idleAfterTrade: 0))
            for tick in ticks { partition.trade(tick.id, at: tick.time, price: tick.price, quantity: tick.quantity) }
            partition.trade(at: noon + 600_000)
            return try #require(try partition.taken().tumbling.first)
        }
        var inOrder = try window(ticks.sorted { $0.time < $1.time })
        for _ in 0..<5 {
            let other = try window(ticks.shuffled(using: &rng))
            // Sums are compensated: the order may show in the last bit or two, in stddev a little more.
            func isClose(_ a: Double, _ b: Double, _ tolerance: Double = 4e-16) -> Bool {
                abs(a - b) <= tolerance * max(abs(a), abs(b))
            }
            #expect(isClose(inOrder.volume, other.volume) && isClose(inOrder.amount, other.amount))
            #expect(isClose(inOrder.averagePrice, other.averagePrice) && isClose(inOrder.buyVolume, other.buyVolume))
            #expect(isClose(inOrder.vwap ?? 0, other.vwap ?? 0, 1e-15) && isClose(inOrder.stddev, other.stddev, 1e-12))
            inOrder.volume = other.volume
            inOrder.amount = other.amount
            inOrder.averagePrice = other.averagePrice
            inOrder.buyVolume = other.buyVolume
            inOrder.vwap = other.vwap
            inOrder.stddev = other.stddev
            // Ties of time go by arrival, which is what was shuffled.
            if Set(ticks.map(\.time)).count < ticks.count {
                inOrder.open = other.open
                inOrder.close = other.close
            }
            #expect(inOrder == other)
        }
    }
}
