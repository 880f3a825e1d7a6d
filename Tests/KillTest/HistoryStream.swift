internal import CryptoCore
internal import KafkaClient

/// Trades of 20 series at an even rate of event time, and ten times a second a late tick in each series: what a reader sees of
/// it does not wait for a window's end.
struct HistoryStream: RecordStream {
    private static let lateByMs: Int64 = 600_000

    private let rate: Int
    private let series: [(series: Series, key: [UInt8], partition: Int32)]
    private var number = 0
    private var lateLeft = 0

    init(rate: Int) {
        self.rate = rate
        series = TickStream.names(TickStream.seriesCount).map { name in
            let series = Series(source: "test", symbol: name)
            let place = partition(forKey: series.description, count: TickStream.partitions)
            return (series, Array(series.description.utf8), place)
        }
    }

    mutating func next() -> InputRecord {
        if lateLeft > 0 {
            lateLeft -= 1
            return record(series: lateLeft, id: "late-\(number)", after: -HistoryStream.lateByMs)
        }
        number += 1
        if number.isMultiple(of: rate / 10) { lateLeft = series.count }
        return record(series: number % series.count, id: "\(number)", after: 0)
    }

    mutating func closing() -> [InputRecord] { [] }

    private func record(series index: Int, id: String, after ms: Int64) -> InputRecord {
        let place = series[index]
        let time = 1_763_719_200_000 + Int64(number) * 1_000 / Int64(rate)
        let trade = Tick.Trade(tradeID: id, price: 100 + Double(number % 1000) / 100, quantity: 0.5, side: .buy)
        let tick = Tick(series: place.series, kind: .trade(trade), eventTime: time + ms, ingestTime: time + 20)
        return InputRecord(partition: place.partition, key: place.key, value: tick.encoded())
    }
}
