import CryptoCore
import Storage
import TestSupport

/// The sink's part of the record path: a topic's bytes into the rows of a batch.
enum RowChecks {
    static var all: [Check] {
        [Check(law: "10,000 trades into a batch whose memory has grown", count: trades)]
    }

    private static func trades() throws -> UInt64 {
        let series = Series(source: "bybit", symbol: "BTC-USDT")
        let key = Array(series.description.utf8)
        let values = (0..<10_000).map { number in
            Tick(
                series: series,
                kind: .trade(.init(tradeID: "\(1_000_000 + number)", price: 65_000.25, quantity: 0.5, side: .buy)),
                eventTime: noon + Int64(number), ingestTime: noon + Int64(number) + 40
            ).encoded()
        }
        var batch = RowBatch(prefix: "crypto")
        func fill() throws {
            batch.removeAll()
            for (number, value) in values.enumerated() {
                let origin = RecordOrigin(.ticks, partition: 0, offset: Int64(number), timestampMs: noon)
                try batch.appendTick(value.span.bytes, key: key.span.bytes, origin: origin)
            }
        }
        try fill()
        let count = try allocations(fill)
        try Check.require(batch.count == values.count, "\(batch.count) rows")
        return count
    }
}
