import CryptoCore
import Foundation
import Storage
import Testing

@Suite("the CSV store")
struct CSVStoreTests {
    private func batch(_ range: Range<Int>, at time: Int64 = noon) throws -> RowBatch {
        try RowBatch(range.map { SourceRecord(.trade("\($0)", at: time), offset: Int64($0)) })
    }

    private func file(_ fixture: StoreFixture, _ name: String) -> URL {
        URL(fileURLWithPath: "\(fixture.folder)/csv/\(name)")
    }

    @Test("a file for each topic and day of event time, with a header, and quotes only where needed")
    func layout() throws {
        let fixture = try StoreFixture(.csv)
        let store = try fixture.open()
        try store.writeAll(batch(0..<1))
        try store.writeAll(batch(1..<2, at: noon + 86_400_000))
        try store.writeAll(
            RowBatch([SourceRecord(.trade("a,\"b\""), offset: 2), SourceRecord(.minute(final: false), offset: 0)]))
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(fixture.folder)/csv").filter {
            $0.hasSuffix(".csv")
        }
        #expect(Set(names) == ["ticks-2025-11-21.csv", "ticks-2025-11-22.csv", "windows.live-2025-11-21.csv"])
        let text = try String(contentsOf: file(fixture, "ticks-2025-11-21.csv"), encoding: .utf8)
        #expect(
            text == """
                _id,source,symbol,kind,event_time,ingest_time,trade_id,price,quantity,side,block_trade,backfilled,bid,ask,\
                change_24h_pct,volume_24h,market_cap,gap_from,gap_to,reason
                bybit:BTC-USDT:0,bybit,BTC-USDT,trade,1763719200000,1763719200040,0,100.0,0.5,buy,,,,,,,,,,
                "bybit:BTC-USDT:a,""b""\",bybit,BTC-USDT,trade,1763719200000,1763719200040,"a,""b""\",100.0,0.5,buy,,,,,,,,,,

                """)
    }

    @Test("a batch that a crash left half written is cut off and comes again", arguments: [0, 1, 10, 60, 120])
    func crash(bytes: Int) throws {
        let fixture = try StoreFixture(.csv)
        try fixture.open().writeAll(batch(0..<3))
        let ticks = file(fixture, "ticks-2025-11-21.csv")
        let whole = try Data(contentsOf: ticks)
        let journal = file(fixture, ".cryptostream-sink")
        // What the journal says before a batch is appended, and any part of that batch behind.
        var text = try String(contentsOf: journal, encoding: .utf8)
        text = text.replacingOccurrences(of: "end\n", with: "pending \(whole.count) ticks-2025-11-21.csv\nend\n")
        try text.write(to: journal, atomically: true, encoding: .utf8)
        let handle = try FileHandle(forWritingTo: ticks)
        try handle.seekToEnd()
        try handle.write(contentsOf: whole.prefix(bytes))
        try handle.close()
        let store = try fixture.open()
        #expect(try Data(contentsOf: ticks) == whole)
        try store.writeAll(batch(3..<5))
        #expect(try csvLines("\(fixture.folder)/csv")["ticks"]?.count == 5)
    }

    @Test("after a batch written whole but not committed, any portions of it add no line")
    func uncommitted() throws {
        let fixture = try StoreFixture(.csv)
        try fixture.open().writeAll(batch(0..<100))
        let store = try fixture.open()
        for range in [0..<30, 30..<31, 31..<70, 70..<120] { try store.writeAll(batch(range)) }
        try store.writeAll(batch(120..<121))
        let ids = try csvLines("\(fixture.folder)/csv")["ticks"]?.map { $0[0] ?? "" } ?? []
        #expect(ids == (0...120).map { "bybit:BTC-USDT:\($0)" })
    }

    @Test("another cluster's records at the same offsets are no repetition")
    func newCluster() throws {
        let fixture = try StoreFixture(.csv)
        let store = try fixture.open()
        for (cluster, id) in [("a", "old"), ("b", "new"), ("b", "new")] {
            _ = try store.write(RowBatch([SourceRecord(.trade(id), offset: 0)]), from: cluster, now: noon)
        }
        #expect(try csvLines("\(fixture.folder)/csv")["ticks"]?.count == 2)
    }

    /// What 0.1.0 knew a row by: FNV-1a of the offset's eight bytes and the id.
    static func mark(offset: Int64, id: String) -> UInt64 {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: offset >> (8 * $0)) } + Array(id.utf8)
        return bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    @Test("a second sink in the same folder waits; a folder that cannot be is fatal")
    func errors() throws {
        let fixture = try StoreFixture(.csv)
        let store = try fixture.open()
        #expect {
            _ = try fixture.open()
        } throws: {
            if case .away = $0 as? StoreError { true } else { false }
        }
        withExtendedLifetime(store) {}
        try Data().write(to: URL(fileURLWithPath: "\(fixture.folder)/file"))
        #expect {
            _ = try StoreLocation("csv:\(fixture.folder)/file/below").open(keepMs: 0)
        } throws: {
            if case .fatal = $0 as? StoreError { true } else { false }
        }
    }

    @Test(
        "a folder that cannot be made is fatal, and the error says how to mend it: an unmounted disk, a file, /proc",
        arguments: [
            ("link", "mount that disk"), ("link/rows", "mount that disk"), ("link/rows/deeper/", "mount that disk"),
            ("file", "it is no folder"), ("file/rows", "name a folder after csv:"),
            ("/proc/rows", "name a folder after"),
            ("/proc/rows/deeper", "name a folder after csv:"),
        ])
    func noFolder(path: String, mend: String) throws {
        let fixture = try StoreFixture(.csv)
        try FileManager.default.createSymbolicLink(
            atPath: "\(fixture.folder)/link", withDestinationPath: "\(fixture.folder)/mnt/backup")
        try Data().write(to: URL(fileURLWithPath: "\(fixture.folder)/file"))
        let location = path.hasPrefix("/") ? "csv:\(path)" : "csv:\(fixture.folder)/\(path)"
        let error = #expect(throws: StoreError.self) { _ = try StoreLocation(location).open(keepMs: 0) }
        guard case .fatal = error else { throw NotFatal(error: error) }
        #expect(error.map { "\($0)" }?.contains(mend) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test("a link to a folder that is there is as good as the folder")
    func linkedFolder() throws {
        let fixture = try StoreFixture(.csv)
        try FileManager.default.createDirectory(
            atPath: "\(fixture.folder)/disk", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(fixture.folder)/link", withDestinationPath: "\(fixture.folder)/disk")
        for path in ["link", "link/", "link/a/b//c"] {
            try StoreFixture.open("csv:\(fixture.folder)/\(path)").writeAll(batch(0..<1))
            #expect(try csvLines("\(fixture.folder)/\(path)")["ticks"]?.count == 1)
        }
    }

    private struct NotFatal: Error {
        let error: StoreError?
    }
}
