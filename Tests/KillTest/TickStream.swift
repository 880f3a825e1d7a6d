internal import CryptoCore
internal import Foundation
internal import KafkaClient
internal import TestSupport

/// One record for the ticks topic.
struct InputRecord {
    let partition: Int32
    let key: [UInt8]?
    let value: [UInt8]?
}

/// An endless row of records, the same every time.
protocol RecordStream: Sendable {
    mutating func next() -> InputRecord
    /// The last ones, after which all windows are closed.
    mutating func closing() -> [InputRecord]
}

/// The test's input: 20 series, recorded and made up, with everything in them that a feed can do wrong.
///
/// Endless, and the same for the same seed: the storm decides how much of it is used.
struct TickStream: RecordStream {
    static let partitions: Int32 = 12
    static let seriesCount = 20

    private var random: SplitMix64
    private var sources: [Source]

    init(seed: UInt64, recordings: [[Tick]]) {
        random = SplitMix64(seed: seed)
        sources = recordings.map { Source(recorded: $0) }
        let names = TickStream.names(TickStream.seriesCount - sources.count)
        for (index, name) in names.enumerated() {
            sources.append(
                Source(
                    madeUp: Series(source: "test", symbol: name), givesQuotes: index % 8 == 0,
                    from: 1_763_719_200_000 + Int64(index) * 7_919))
        }
    }

    /// All that it has.
    var series: [Series] { sources.map(\.series) }

    mutating func next() -> InputRecord {
        let index = Int.random(in: sources.indices, using: &random)
        return sources[index].next(&random)
    }

    /// One tick a series, so far ahead that all windows before it close.
    mutating func closing() -> [InputRecord] {
        sources.indices.map { sources[$0].closing() }
    }

    /// Symbols of made-up series, such that every partition has one.
    static func names(_ count: Int) -> [String] {
        var names: [String] = []
        var covered: Set<Int32> = []
        for number in 0..<10_000 where names.count < count {
            let name = "C\(number)-USD"
            let place = partition(forKey: "test:\(name)", count: partitions)
            let missing = Int(partitions) - covered.count
            guard covered.insert(place).inserted || count - names.count > missing else { continue }
            names.append(name)
        }
        return names
    }
}

/// One series of the input.
private struct Source: Sendable {
    let series: Series
    private let key: [UInt8]
    private let partition: Int32
    private let givesQuotes: Bool
    private let recorded: [Tick]
    private let lapMs: Int64
    private var position = 0
    private var lap: Int64 = 0
    private var number = 0
    private var time: Int64
    private var price = 100.0
    /// Ticks that may come again.
    private var recent: [Tick] = []

    init(madeUp series: Series, givesQuotes: Bool, from time: Int64) {
        self.init(series, [], givesQuotes, time, 0)
    }

    init(recorded ticks: [Tick]) {
        let times = ticks.map(\.eventTime)
        let first = times.min() ?? 0
        let last = times.max() ?? 0
        self.init(ticks[0].series, ticks, false, last, (last - first) / 60_000 * 60_000 + 120_000)
    }

    private init(_ series: Series, _ recorded: [Tick], _ givesQuotes: Bool, _ time: Int64, _ lapMs: Int64) {
        self.series = series
        self.recorded = recorded
        self.givesQuotes = givesQuotes
        self.time = time
        self.lapMs = lapMs
        key = Array(series.description.utf8)
        partition = KafkaClient.partition(forKey: series.description, count: TickStream.partitions)
    }

    /// Of a thousand records: 960 in order or nearly so, 10 repeated, 10 too late, 5 block trades, 5 gaps, 10 malformed.
    mutating func next(_ random: inout SplitMix64) -> InputRecord {
        let chance = Int.random(in: 0..<1000, using: &random)
        var tick = recorded.isEmpty ? made(&random) : replayed()
        switch chance {
        case 0..<10 where !recent.isEmpty:
            tick = recent[Int.random(in: recent.indices, using: &random)]
        case 10..<20:
            tick.eventTime -= Int64.random(in: 60_000...200_000, using: &random)
        case 20..<25:
            if case .trade(var trade) = tick.kind {
                trade.isBlockTrade = true
                tick.kind = .trade(trade)
            }
        case 25..<30:
            let from = tick.eventTime - Int64.random(in: 1...90_000, using: &random)
            tick.kind = .gap(Tick.Gap(from: from, to: tick.eventTime, reason: "disconnected"))
        case 30..<40:
            return malformed(tick, &random)
        default:
            recent.append(tick)
            if recent.count > 50 { recent.removeFirst() }
        }
        return InputRecord(partition: partition, key: key, value: tick.encoded())
    }

    mutating func closing() -> InputRecord {
        let end = max(time, recorded.isEmpty ? 0 : time + lap * lapMs) + 3_600_000
        let quote = Tick.Kind.quote(Tick.Quote(price: 1))
        return InputRecord(
            partition: partition, key: key,
            value: Tick(series: series, kind: quote, eventTime: end, ingestTime: end).encoded())
    }

    private mutating func made(_ random: inout SplitMix64) -> Tick {
        number += 1
        time += Int64.random(in: 0...2_400, using: &random)
        price *= 1 + Double.random(in: -0.001...0.001, using: &random)
        let disorder = Int.random(in: 0..<10, using: &random) == 0 ? Int64.random(in: 0...6_000, using: &random) : 0
        let kind: Tick.Kind
        if givesQuotes {
            kind = .quote(Tick.Quote(price: price, bid: price * 0.999, ask: price * 1.001))
        } else {
            kind = .trade(
                Tick.Trade(
                    tradeID: "t\(number)", price: price, quantity: Double.random(in: 0.001...3, using: &random),
                    side: number % 2 == 0 ? .buy : .sell))
        }
        return Tick(series: series, kind: kind, eventTime: time - disorder, ingestTime: time + 20)
    }

    /// The next recorded tick; behind the last one the recording begins again, as a later day with other ids.
    private mutating func replayed() -> Tick {
        var tick = recorded[position]
        tick.eventTime += lap * lapMs
        tick.ingestTime += lap * lapMs
        if lap > 0, case .trade(var trade) = tick.kind {
            trade.tradeID += "-\(lap)"
            tick.kind = .trade(trade)
        }
        position += 1
        if position == recorded.count {
            position = 0
            lap += 1
        }
        return tick
    }

    private func malformed(_ tick: Tick, _ random: inout SplitMix64) -> InputRecord {
        var value = tick.encoded()
        switch Int.random(in: 0..<6, using: &random) {
        case 0: value.removeLast(Int.random(in: 1..<value.count, using: &random))
        case 1: return InputRecord(partition: partition, key: key, value: nil)
        case 2: return InputRecord(partition: partition, key: nil, value: value)
        case 3: return InputRecord(partition: partition, key: Array("test:OTHER-USD".utf8), value: value)
        case 4: value = (0..<64).map { _ in UInt8.random(in: 0...255, using: &random) }
        default: value = Array(#"{"source":"test","symbol":"C0-USD","kind":"trade","price":0}"#.utf8)
        }
        return InputRecord(partition: partition, key: key, value: value)
    }
}
