import CryptoCore
import Testing

@Suite("what is late, a duplicate, a block trade or malformed, in this order")
struct LateAndDuplicateTests {
    @Test("a tick is late when its last window is final, and the record says by how much")
    func late() throws {
        var partition = VirtualPartition()
        partition.trade(at: noon)
        partition.trade(at: noon + 75_000, price: 1)  // watermark: noon + 70 s
        // The last window that holds noon + 9,999 ends at noon + 60 s, that of noon + 10,000 at noon + 70 s.
        partition.trade(at: noon + 10_000 - 1, price: 2)
        partition.trade(at: noon + 10_000, price: 3)
        partition.trade(at: noon + 19_999, price: 4)
        partition.trade(at: noon + 20_000, price: 5)
        let outputs = try partition.taken()
        #expect(outputs.late.map(\.lateBy) == [10_000, 0, 0])
        #expect(outputs.late.map(\.tick.eventTime) == [noon + 9_999, noon + 10_000, noon + 19_999])
        #expect((partition.counts.late, partition.counts.counted) == (3, 3))
    }

    @Test("a tick that is late for some windows counts in those that are open")
    func partlyLate() throws {
        var partition = VirtualPartition()
        partition.trade(at: noon + 30_000)
        partition.trade(at: noon + 75_000)  // watermark: noon + 70 s; ends up to it are final
        partition.trade(at: noon + 30_001, price: 900)
        partition.trade(at: noon + 600_000)
        let outputs = try partition.taken()
        #expect(outputs.tumbling.map(\.count) == [1, 1])
        let counts = Dictionary(uniqueKeysWithValues: outputs.sliding.map { ($0.windowEnd - noon, $0.count) })
        #expect(counts[40_000] == 1 && counts[70_000] == 1)
        #expect(counts[80_000] == 3 && counts[90_000] == 3)
        #expect(counts[100_000] == 1)
        #expect(outputs.late.isEmpty)
    }

    @Test("without lateness the end itself makes a tick before it late")
    func noLateness() throws {
        var partition = VirtualPartition(WindowConfiguration(lateness: 0, slide: 60_000, idleAfterTrade: 0))
        partition.trade(at: noon + 59_999)
        partition.trade(at: noon + 60_000)
        partition.trade(at: noon + 59_999)
        let outputs = try partition.taken()
        #expect(outputs.tumbling.map(\.count) == [1])
        #expect(outputs.late.map(\.lateBy) == [0])
    }

    @Test("an id counts once, whatever else the repeat says")
    func duplicates() throws {
        var partition = VirtualPartition()
        partition.trade("a", at: noon, price: 10)
        partition.trade("a", at: noon, price: 10)
        partition.trade("a", at: noon + 20_000, price: 99)
        partition.trade("a", at: noon + 1_000_000, price: 99)  // would move the watermark
        partition.trade("a", at: noon - 1_000_000, price: 99)  // would not be late yet: nothing is final
        partition.trade("b", at: noon + 1)
        partition.trade("a", at: noon, series: VirtualPartition.coin)
        #expect((partition.counts.duplicates, partition.counts.counted, partition.counts.late) == (4, 3, 0))
        partition.trade("c", at: noon + 200_000)
        #expect(try partition.taken().tumbling.map(\.count) == [2])
    }

    @Test("ids differ by any byte, whatever their length", arguments: [1, 7, 8, 9, 16, 19, 36, 100])
    func idBytes(length: Int) {
        var partition = VirtualPartition()
        let id = Array(repeating: UInt8(ascii: "0"), count: length)
        for i in 0..<length {
            for byte in "123456789abcdef-".utf8 {
                var other = id
                other[i] = byte
                partition.trade(String(decoding: other, as: UTF8.self), at: noon)
            }
        }
        for shorter in 1..<length { partition.trade(String(repeating: "0", count: shorter), at: noon) }
        #expect(partition.counts.duplicates == 0)
        #expect(partition.counts.counted == partition.counts.read)
    }

    @Test("an id is the same with and without escapes")
    func escapedIDs() {
        var partition = VirtualPartition()
        partition.trade("a-é", at: noon)
        let escaped = """
            {"source":"bybit","symbol":"BTC-USDT","kind":"trade","event_time":\(noon),"ingest_time":\(noon),"trade_id":"\\u0061-\\u00e9",\
            "price":1,"quantity":1}
            """
        partition.add(escaped.bytes, key: "bybit:BTC-USDT".bytes)
        #expect((partition.counts.duplicates, partition.counts.counted) == (1, 1))
    }

    @Test("a repeat is a duplicate while a window that holds its time is open, then it is late")
    func duplicateBecomesLate() throws {
        var partition = VirtualPartition()
        partition.trade("a", at: noon + 5_000)
        partition.trade("b", at: noon + 64_999)  // watermark: noon + 59,999
        partition.trade("a", at: noon + 5_000)
        #expect((partition.counts.duplicates, partition.counts.late) == (1, 0))
        partition.trade("c", at: noon + 65_000)  // watermark: noon + 60 s, the end of the last window with noon + 5 s
        partition.trade("a", at: noon + 5_000)
        #expect((partition.counts.duplicates, partition.counts.late) == (1, 1))
        #expect(try partition.taken().late.map(\.lateBy) == [0])
    }

    @Test("a late tick with a remembered id is a duplicate: that question comes first")
    func duplicateBeforeLate() {
        var partition = VirtualPartition()
        partition.trade("a", at: noon + 100_000)
        partition.trade("a", at: noon)
        #expect((partition.counts.duplicates, partition.counts.late) == (1, 0))
    }

    @Test("a late tick's id is not remembered: its repeat is late too")
    func lateTwice() {
        var partition = VirtualPartition()
        partition.trade("x", at: noon + 200_000)
        partition.trade("a", at: noon)
        partition.trade("a", at: noon)
        partition.trade("a", at: noon + 200_000)
        #expect((partition.counts.duplicates, partition.counts.late, partition.counts.counted) == (0, 2, 2))
    }

    @Test("many ids at once are all remembered, and forgotten with their windows")
    func manyIDs() {
        var partition = VirtualPartition()
        for round in 0..<3 as Range<Int64> {
            for i in 0..<5_000 { partition.trade("\(round)-\(i)", at: noon + round * 300_000 + Int64(i)) }
            for i in 0..<5_000 { partition.trade("\(round)-\(i)", at: noon + round * 300_000 + Int64(i)) }
            #expect(partition.counts.duplicates == UInt64(5_000 * (round + 1)))
        }
        // Ids of windows long final are free to come again.
        for i in 0..<5_000 { partition.trade("0-\(i)", at: noon + 600_000) }
        #expect(partition.counts.duplicates == 15_000)
    }

    @Test("a block trade is in no window, moves nothing, and its id is not remembered")
    func blockTrades() throws {
        var partition = VirtualPartition()
        partition.trade("a", at: noon)
        partition.trade("b", at: noon + 3_600_000, isBlock: true)
        partition.trade("a", at: noon, isBlock: true)
        partition.trade("b", at: noon + 1)
        partition.trade("c", at: noon + 200_000)
        partition.trade("d", at: noon, isBlock: true)
        let outputs = try partition.taken()
        #expect((partition.counts.blockTrades, partition.counts.duplicates, partition.counts.late) == (3, 0, 0))
        #expect(outputs.tumbling.map(\.count) == [2])
        #expect(outputs.late.isEmpty)
    }

    @Test("a malformed record is buried untouched and changes nothing else")
    func malformed() throws {
        var partition = VirtualPartition()
        partition.trade("a", at: noon)
        let ahead = Tick(
            series: VirtualPartition.bitcoin, kind: .trade(.init(tradeID: "b", price: 1, quantity: 1, side: nil)),
            eventTime: noon + 3_600_000, ingestTime: noon)
        partition.add(ahead)
        let key = VirtualPartition.bitcoin.description.bytes
        partition.add("rubbish".bytes, key: key)
        partition.add([0xFF, 0x00], key: [0xFE])
        partition.core.add(key: key.span.bytes, value: nil, offset: 4, now: 0, into: &partition.output)
        partition.core.add(key: nil, value: ahead.encoded().span.bytes, offset: 5, now: 0, into: &partition.output)
        partition.core.add(key: nil, value: nil, offset: 6, now: 0, into: &partition.output)
        let records = partition.output.records
        #expect(records.map(\.topic) == Array(repeating: .deadLetter, count: 6))
        #expect(records.map(\.hasKey) == [true, true, true, true, false, false])
        #expect(records.map(\.hasValue) == [true, true, true, false, true, false])
        #expect(Array(partition.output.valueBytes[records[2].value]) == [0xFF, 0x00])
        #expect(Array(partition.output.keys[records[2].key]) == [0xFE])
        let letters = try partition.taken().deadLetters
        #expect(letters.map(\.originOffset) == [1, 2, 3, 4, 5, 6])
        #expect(
            letters.allSatisfy {
                $0.originTopic == "crypto.ticks" && $0.originPartition == 7 && $0.service == "processor"
            })
        #expect(
            letters.map(\.error)[3...] == ["the record has no value", "the record has no key", "the record has no key"])
        #expect(partition.counts.deadLetters == 6)
        partition.trade("b", at: noon + 1)
        #expect((partition.counts.counted, partition.counts.late) == (2, 0))
        #expect(partition.core.nextOffset == 8)
    }

    @Test(
        "a key that is not the series is malformed, be the series known or not",
        arguments: [
            "", "bybit", "bybit:BTC-USD", "bybit:BTC-USDT ", "bybit:ETH-USDT", "BYBIT:BTC-USDT", "bybit BTC-USDT",
            "\u{0}",
        ])
    func wrongKey(key: String) throws {
        for known in [[], ["bybit:ETH-USDT", "bybit:BTC-USDT", "bybit:BTC-USD"]] {
            var partition = VirtualPartition()
            for name in known { partition.trade(at: noon, series: try #require(Series(name))) }
            let tick = Tick(
                series: VirtualPartition.bitcoin, kind: .quote(.init(price: 1)), eventTime: noon, ingestTime: noon)
            partition.add(tick.encoded(), key: key.bytes)
            #expect(try partition.taken().deadLetters.map(\.error) == ["the key is not the record's series"])
        }
    }

    @Test("two series cannot share a key: a source has no colon")
    func colon() throws {
        func record(_ source: String, _ symbol: String) -> [UInt8] {
            """
            {"source":"\(source)","symbol":"\(symbol)","kind":"quote","event_time":\(noon),"ingest_time":\(noon),"price":1}
            """.bytes
        }
        for known in [false, true] {
            var partition = VirtualPartition()
            if known { partition.add(record("a", "b:C-D"), key: "a:b:C-D".bytes) }
            partition.add(record("a:b", "C-D"), key: "a:b:C-D".bytes)
            partition.add(record("a\\u003ab", "C-D"), key: "a:b:C-D".bytes)
            let letters = try partition.taken().deadLetters
            #expect(letters.count == 2)
            #expect(letters.allSatisfy { $0.error.hasPrefix("field source must be without colon or space") })
        }
    }
}
