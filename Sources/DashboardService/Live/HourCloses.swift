internal import CryptoCore

/// The closes of a series' last 60 minutes, with holes where a minute had no tick.
struct HourCloses: Sendable {
    static let minutes = 60
    private static let minuteMs: Int64 = 60_000

    /// The end of the newest minute; nil before there was one. *Units*: ms.
    private(set) var end: Int64?
    /// Oldest first; NaN where there was no tick.
    private var closes: [Double] = []

    /// Takes a final minute; one older than an hour changes nothing.
    mutating func add(_ candle: Candle) {
        let minute = HourCloses.minuteMs
        let candleEnd = candle.start + minute
        guard let end, candleEnd <= end else {
            let steps = end.map { (candleEnd - $0) / minute } ?? 0
            if steps >= Int64(HourCloses.minutes) || end == nil { closes.removeAll() }
            if !closes.isEmpty { closes += repeatElement(.nan, count: Int(steps) - 1) }
            closes.append(candle.close)
            closes.removeFirst(max(0, closes.count - HourCloses.minutes))
            return self.end = candleEnd
        }
        let back = Int((end - candleEnd) / minute)
        guard back < HourCloses.minutes else { return }
        if back >= closes.count {
            closes.insert(contentsOf: repeatElement(.nan, count: back + 1 - closes.count), at: 0)
        }
        closes[closes.count - 1 - back] = candle.close
    }

    /// Appends an array of numbers and nulls.
    func encode(into json: inout JSONWriter) {
        json.beginArray()
        for close in closes { if close.isFinite { json.value(close) } else { json.null() } }
        json.endArray()
    }

    /// Oldest first; nil where there was no tick.
    var list: [Double?] { closes.map { $0.isFinite ? $0 : nil } }
}
