internal import CryptoCore
internal import KafkaClient
internal import TestSupport

/// The series of both topics that the pair's core reads, and when their last records are.
private enum PairSeries {
    static let start: Int64 = 1_763_719_200_000
    /// Later than any run comes.
    static let end: Int64 = start + 30 * 86_400_000

    static let all: [(series: Series, key: [UInt8], partition: Int32)] = TickStream.names(TickStream.seriesCount).map {
        let series = Series(source: "test", symbol: $0)
        let text = series.description
        return (series, Array(text.utf8), partition(forKey: text, count: TickStream.partitions))
    }
}

/// Ticks with everything that a feed can do wrong, none recorded.
struct PairTicks: RecordStream {
    private var ticks: TickStream

    init(seed: UInt64) { ticks = TickStream(seed: seed, recordings: []) }

    mutating func next() -> InputRecord { ticks.next() }

    /// One of each series at the end, which lets all windows before go, and one of each partition behind it, for the windows
    /// of the end itself. These last ones wait for ever.
    mutating func closing() -> [InputRecord] {
        var last: Set<Int32> = []
        return PairSeries.all.map { PairTicks.quote($0, at: PairSeries.end) }
            + PairSeries.all.filter { last.insert($0.partition).inserted }
            .map { PairTicks.quote($0, at: PairSeries.end + 1) }
    }

    private static func quote(_ place: (series: Series, key: [UInt8], partition: Int32), at time: Int64) -> InputRecord
    {
        let tick = Tick(series: place.series, kind: .quote(Tick.Quote(price: 1)), eventTime: time, ingestTime: time)
        return InputRecord(partition: place.partition, key: place.key, value: tick.encoded())
    }
}

/// Windows of the same series and times, made up, with late, repeated and broken ones.
struct PairWindows: RecordStream {
    private var random: SplitMix64
    private var ends = PairSeries.all.map { _ in PairSeries.start }

    init(seed: UInt64) { random = SplitMix64(seed: seed ^ 0x0057_1AD0) }

    mutating func next() -> InputRecord {
        let index = Int.random(in: ends.indices, using: &random)
        ends[index] += Int64.random(in: 0...20, using: &random) * 1_000
        switch Int.random(in: 0..<50, using: &random) {
        case 0: return record(index, end: ends[index] - 90_000)
        case 1: return InputRecord(partition: place(index), key: PairSeries.all[index].key, value: nil)
        case 2: return InputRecord(partition: place(index), key: nil, value: Array("rubbish".utf8))
        default: return record(index, end: ends[index])
        }
    }

    mutating func closing() -> [InputRecord] { ends.indices.map { record($0, end: PairSeries.end) } }

    private func place(_ index: Int) -> Int32 { PairSeries.all[index].partition }

    private mutating func record(_ index: Int, end: Int64) -> InputRecord {
        let (series, key, partition) = PairSeries.all[index]
        let price = Double(Int.random(in: 1_000...9_999, using: &random)) / 8
        var json = JSONWriter()
        json.beginObject()
        json.field("source", series.source)
        json.field("symbol", series.symbol)
        json.field("type", "tumbling")
        json.field("window_start", end - 60_000)
        json.field("window_end", end)
        json.field("final", true)
        json.field("count", Int64(1))
        for name: StaticString in [
            "volume", "amount", "average_price", "vwap", "open", "high", "low", "close", "stddev", "buy_volume",
            "sell_volume",
        ] {
            json.field(name, price)
        }
        json.field("first_time", end - 1)
        json.field("last_time", end - 1)
        json.field("incomplete", false)
        json.endObject()
        return InputRecord(partition: partition, key: key, value: json.bytes)
    }
}
