import CryptoCore
import TestSupport
import Testing

@Suite("a record of a series known before is judged like the first one of its series")
struct KnownSeriesTests {
    private static let names = [
        ("bybit", "BTC-USDT"), ("b", "A-B"), ("bybit", "A\"B-USDT"), ("by\\bit", "BTC-USDT"), ("börse", "₿-USDT"),
    ]

    @Test("whatever byte of a trade is changed, inserted or taken away", arguments: UInt64(0)..<20)
    func mutations(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for (source, symbol) in KnownSeriesTests.names {
            let series = Series(source: source, symbol: symbol)
            let key = series.description.bytes
            var known = VirtualPartition()
            known.add(trade(series, id: 0), key: key)
            #expect(known.counts.counted == 1)
            for id in 1...200 {
                var record = trade(series, id: id)
                let at = Int.random(in: 0..<record.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: record[at] = UInt8.random(in: 0...255, using: &random)
                case 1: record.insert(UInt8.random(in: 0x20...0x7E, using: &random), at: at)
                case 2: record.remove(at: at)
                default: break
                }
                let before = known.counts.deadLetters
                known.add(record, key: key)
                #expect(
                    (known.counts.deadLetters == before) == isSound(record, key: key),
                    "\(String(decoding: record, as: UTF8.self))")
            }
        }
    }

    @Test("raw quotes of a name that needs escapes are no record of its series")
    func rawNames() {
        let series = Series(source: "bybit", symbol: "A\"B-USDT")
        var known = VirtualPartition()
        known.add(trade(series, id: 0), key: series.description.bytes)
        let raw = String(decoding: trade(series, id: 1), as: UTF8.self).replacing("\\\"", with: "\"")
        known.add(raw.bytes, key: series.description.bytes)
        #expect(known.counts.counted == 1 && known.counts.deadLetters == 1)
    }

    /// A trade as we write it.
    private func trade(_ series: Series, id: Int) -> [UInt8] {
        Tick(
            series: series,
            kind: .trade(.init(tradeID: "t\(id)", price: 100.5, quantity: 0.25, side: id % 2 == 0 ? .buy : nil)),
            eventTime: noon + Int64(id), ingestTime: noon + Int64(id) + 40
        ).encoded()
    }

    /// What the general way says.
    private func isSound(_ record: [UInt8], key: [UInt8]) -> Bool {
        guard let view = try? TickView(decoding: record.span.bytes) else { return false }
        return view.hasKey(key.span.bytes, in: record.span.bytes)
    }
}
