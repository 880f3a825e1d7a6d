import CryptoCore
import Storage
import TestSupport
import Testing

@Suite("rows built from records")
struct RowBatchTests {
    @Test("a record that is refused leaves the batch as it was")
    func refused() throws {
        let good = SourceRecord(.trade("1"), offset: 0)
        var batch = try RowBatch([good])
        let before = (batch.rows.count, batch.cells.count, batch.text)
        let wrongs: [(Topic, String, String)] = [
            (.ticks, "bybit:BTC-USDT", "rubbish"),
            (.ticks, "bybit:ETH-USDT", String(decoding: good.value, as: UTF8.self)),
            (.ticks, "", "{}"), (.late, "", String(decoding: good.value, as: UTF8.self)), (.trends, "", "{}"),
            (.tumbling, "", "[]"), (.live, "", ""),
        ]
        for (topic, key, value) in wrongs {
            let record = SourceRecord(
                origin: RecordOrigin(topic, partition: 0, offset: 0, timestampMs: noon), key: Array(key.utf8),
                value: Array(value.utf8))
            #expect(throws: DecodeError.self) { try record.append(to: &batch) }
            #expect((batch.rows.count, batch.cells.count, batch.text) == before)
        }
    }

    @Test("every table's rows have a cell for each column", arguments: 0..<20 as Range<UInt64>)
    func cells(seed: UInt64) throws {
        var source = RecordSource(seed: seed)
        let batch = try RowBatch(source.records(100))
        for row in 0..<batch.count {
            let end = row + 1 < batch.count ? batch.rows[row + 1].firstCell : batch.cells.count
            #expect(end - batch.rows[row].firstCell == batch.rows[row].table.columns.count)
        }
    }

    @Test("random bytes never trap", arguments: 0..<200 as Range<UInt64>)
    func fuzz(seed: UInt64) throws {
        var source = RecordSource(seed: seed)
        var random = SplitMix64(seed: seed)
        var batch = RowBatch(prefix: "crypto")
        for var record in source.records(20) {
            for _ in 0..<Int.random(in: 1...4, using: &random) where !record.value.isEmpty {
                record.value[Int.random(in: record.value.indices, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            try? record.append(to: &batch)
        }
    }

    @Test("escaped names are resolved before they become ids")
    func escapes() throws {
        let json =
            #"{"source":"b\u0079bit","symbol":"BTC-\u0055SDT","kind":"trade","event_time":0,"ingest_time":0,"trade_id":"\"1\"","price":1,"quantity":1}"#
        let record = SourceRecord(
            origin: RecordOrigin(.ticks, partition: 0, offset: 0, timestampMs: noon), key: Array("bybit:BTC-USDT".utf8),
            value: Array(json.utf8))
        #expect(try RowBatch([record]).id(0) == #"bybit:BTC-USDT:"1""#)
    }

    @Test("a tick more than a minute ahead of the broker's time has no row, as it is in no window")
    func aheadOfBroker() throws {
        let record = SourceRecord(.trade("1"), offset: 0)
        let time = try Tick(decoding: record.value.span.bytes).eventTime
        var batch = RowBatch(prefix: "crypto")
        for (appendTime, isTaken) in [(nil, true), (time - 60_000, true), (time - 60_001, false)] as [(Int64?, Bool)] {
            batch.removeAll()
            do throws(DecodeError) {
                try batch.appendTick(
                    record.value.span.bytes, key: record.key.span.bytes, appendTime: appendTime, origin: record.origin)
            } catch {
                #expect(error.label == "bad_event_time")
            }
            #expect(batch.count == (isTaken ? 1 : 0))
        }
    }
}
