import CryptoCore
import TestSupport
import Testing

@Suite("the report of open windows shows what will come out")
struct OpenWindowTests {
    private func totals(_ partition: VirtualPartition) -> WindowTotals {
        var totals = WindowTotals()
        partition.core.addTotals(to: &totals)
        return totals
    }

    private func report(_ partition: VirtualPartition, _ index: Int, isDetailed: Bool) -> String {
        var json = JSONWriter()
        partition.core.encodeReport(ofSeries: index, isDetailed: isDetailed, into: &json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test(
        "as many windows are open as come out once time goes on, and with the same content", arguments: UInt64(0)..<60)
    func law(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let configuration = WindowConfiguration(
            lateness: rng.pick([0, 5_000, 90_000, 700_000]), slide: rng.pick([1_000, 10_000, 60_000]),
            idleAfterTrade: rng.pick([0, 10_000]), idleAfterQuote: 0)
        var stream = RandomStream(seed: seed, series: 4)
        var partition = VirtualPartition(configuration, now: 1_000_000)
        for _ in 0..<rng.int(1...600) {
            let record = stream.next()
            partition.add(record.value, key: record.key)
            partition.now += rng.pick([0, 10, 1_000])
            if rng.chance(0.1) { partition.now += 12_000 }
            if rng.chance(0.3) { partition.ended() }
        }
        _ = try partition.taken()
        let open = totals(partition)
        #expect((open.openWindows > 0) == (open.openSeries > 0))
        var reports: [Series: String] = [:]
        for (i, series) in partition.core.series.map(\.series).enumerated() {
            reports[series] = report(partition, i, isDetailed: true)
        }
        for series in reports.keys { partition.quote(at: 1 << 45, series: series) }
        let outputs = try partition.taken()
        #expect(outputs.tumbling.count + outputs.sliding.count == open.openWindows)
        #expect(outputs.late.isEmpty)
        for var window in outputs.tumbling + outputs.sliding {
            window.isFinal = false
            #expect(reports[window.series]?.contains(text(window)) == true)
        }
    }

    @Test("a series' report: where it stands, its open minutes as on the live topic, how many sliding windows")
    func series() throws {
        var partition = VirtualPartition(WindowConfiguration(), now: 1_000_000)
        partition.trade(at: noon + 50_000, price: 5)
        partition.gap(noon + 10_000, noon + 20_000)
        partition.now += 2_000
        partition.trade(at: noon + 62_000, price: 7)
        partition.live()
        let live = try #require(try partition.taken().live.first)
        let common = """
            {"source":"bybit","symbol":"BTC-USDT","partition":7,"watermark":1763726457000,"newest_event_time":1763726462000,\
            "last_read_time":1002000,"minutes":[{"source":"bybit","symbol":"BTC-USDT","type":"tumbling",\
            "window_start":1763726400000,"window_end":1763726460000,"final":false,"count":1,"volume":1.0,"amount":5.0,\
            "average_price":5.0,"vwap":5.0,"open":5.0,"high":5.0,"low":5.0,"close":5.0,"stddev":0.0,"buy_volume":1.0,\
            "sell_volume":0.0,"first_time":1763726450000,"last_time":1763726450000,"incomplete":true},\(text(live))],"sliding_windows":7,\
            "first_sliding_end":1763726460000,"last_sliding_end":1763726520000,"gaps":1,
            """
        #expect(report(partition, 0, isDetailed: false) == common + #""remembered_ids":2}"#)
        let detailed = report(partition, 0, isDetailed: true)
        #expect(detailed.hasPrefix(common + #""sliding":[{"source":"bybit","symbol":"BTC-USDT","type":"sliding""#))
        #expect(
            detailed.hasSuffix(
                #"],"gap_spans":[{"gap_from":1763726410000,"gap_to":1763726420000}],"remembered_ids":2}"#))
    }

    @Test("a partition's report: the next offset, when its end was confirmed, what its records were")
    func partition() {
        var partition = VirtualPartition(WindowConfiguration(), now: 1_000_000)
        func text() -> String {
            var json = JSONWriter()
            partition.core.encodeReport(into: &json)
            return String(decoding: json.bytes, as: UTF8.self)
        }
        let nothing =
            #""read":0,"counted":0,"block_trades":0,"duplicates":0,"late":0,"gaps":0,"dead_letters":0,"skipped":0}}"#
        #expect(
            text() == #"{"partition":7,"next_offset":null,"series":0,"end_confirmed_time":null,"counts":{"# + nothing)
        partition.trade("a", at: noon)
        partition.trade("a", at: noon)
        partition.gap(noon - 2, noon - 1)
        partition.add([], key: [])
        partition.ended()
        #expect(
            text() == """
                {"partition":7,"next_offset":4,"series":1,"end_confirmed_time":1000000,"counts":{"read":4,"counted":1,\
                "block_trades":0,"duplicates":1,"late":0,"gaps":1,"dead_letters":1,\
                "skipped":0}}
                """)
    }

    @Test("a series that was only heard of has no times, and no window is open")
    func empty() {
        var partition = VirtualPartition()
        #expect(totals(partition) == WindowTotals())
        partition.gap(noon, noon + 1)
        #expect(
            report(partition, 0, isDetailed: false) == """
                {"source":"bybit","symbol":"BTC-USDT","partition":7,"watermark":null,"newest_event_time":null,\
                "last_read_time":null,"minutes":[],"sliding_windows":0,"gaps":1,"remembered_ids":0}
                """)
        let known = Series(source: "bybit", symbol: "BTC-USDT"), unknown = Series(source: "bybit", symbol: "ETH-USDT")
        #expect(partition.core.index(of: known) == 0)
        #expect(partition.core.index(of: unknown) == nil)
    }

    @Test("the oldest watermark is that of the slowest series with open windows, the clock of quiet ones included")
    func oldest() {
        var partition = VirtualPartition(WindowConfiguration(), now: 1_000_000)
        partition.trade(at: noon)
        partition.quote(at: noon + 30_000)
        #expect(totals(partition).oldestWatermark == noon - 5_000)
        #expect(totals(partition).newestEventTime == noon + 30_000)
        partition.now += 12_345
        partition.ended()
        #expect(totals(partition).oldestWatermark == noon + 7_345)
        partition.now += 80_000
        partition.ended()
        // The trades' windows are closed; the quotes' series is not quiet yet.
        #expect(totals(partition).openSeries == 1)
        #expect(totals(partition).oldestWatermark == noon + 25_000)
    }

    private func text(_ window: WindowAggregate) -> String {
        var json = JSONWriter()
        window.encode(into: &json)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
