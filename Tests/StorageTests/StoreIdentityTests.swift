import CryptoCore
import Foundation
import Storage
import TestTraits
import Testing

@Suite("a store knows who it is and what it holds", .waiting)
struct StoreIdentityTests {
    private func trades(_ range: Range<Int>) throws -> RowBatch {
        try RowBatch(range.map { SourceRecord(.trade("\($0)"), offset: Int64($0)) })
    }

    private func isReplaced(_ body: () throws -> Void) -> Bool {
        do { try body() } catch { if case .replaced = error as? StoreError { return true } }
        return false
    }

    @Test(
        "the identity is made once and stays, whoever opens it and however it is spelled", arguments: Backend.available)
    func identity(backend: Backend) throws {
        let fixture = try StoreFixture(backend)
        let first = StoreIdentity(prefix: "crypto")
        var store: (any Store)? = try StoreLocation(fixture.location).open(keepMs: 0)
        #expect(store?.identity == nil)
        #expect(try store?.hasRows() == false)
        try store?.begin(first, holding: [HeldPartition(cluster: "c.d", topic: "crypto.ticks", partition: 2, next: 7)])
        try store?.begin(StoreIdentity(prefix: "other"), holding: [])
        #expect(store?.identity == first)
        store = nil
        let again = try fixture.open()
        #expect(again.identity == first)
        #expect(try again.held() == [HeldPartition(cluster: "c.d", topic: "crypto.ticks", partition: 2, next: 7)])
        #expect(StoreIdentity(prefix: "crypto").id != first.id && first.id.count == 32)
    }

    @Test(
        "offsets are remembered with the rows, per cluster, and not while a row is refused",
        arguments: Backend.available)
    func offsets(backend: Backend) throws {
        let fixture = try StoreFixture(backend)
        var store: (any Store)? = try fixture.open()
        _ = try store?.write(trades(0..<5), now: noon)
        _ = try store?.write(trades(5..<8), now: noon)
        _ = try store?.write(trades(0..<3), from: "d", now: noon)
        func nexts() throws -> [String: Int64] {
            Dictionary(uniqueKeysWithValues: try store?.held().map { ($0.cluster, $0.next) } ?? [])
        }
        #expect(try nexts() == ["c": 8, "d": 3])
        let huge = SourceRecord(
            deadKey: [], value: [UInt8](repeating: 120, count: StoreLimits.rowBytes + 1), nil, offset: 9)
        let refused = try RowBatch([SourceRecord(.trade("8"), offset: 8), huge])
        #expect(try store?.write(refused, now: noon).rejected.count == 1)
        #expect(try nexts() == ["c": 8, "d": 3])
        store = nil
        store = try fixture.open()
        #expect(try nexts() == ["c": 8, "d": 3])
        try store?.hold([HeldPartition(cluster: "c", topic: "crypto.ticks", partition: 0, next: 2, last: 1)])
        #expect(try nexts() == ["c": 2, "d": 3])
    }

    @Test("a store that was deleted or dropped is noticed by whatever is done with it", arguments: Backend.available)
    func deleted(backend: Backend) throws {
        for step in 0..<3 {
            let fixture = try StoreFixture(backend)
            let store = try fixture.open()
            try store.writeAll(trades(0..<5))
            try store.check()
            fixture.mongo?.drop()
            if backend != .mongoDB {
                for name in try FileManager.default.contentsOfDirectory(atPath: fixture.folder) {
                    try FileManager.default.removeItem(atPath: "\(fixture.folder)/\(name)")
                }
            }
            switch step {
            case 0: #expect(isReplaced { _ = try store.write(trades(5..<9), now: noon) })
            case 1: #expect(isReplaced { try store.hold(trades(5..<9).holding("c")) })
            default: #expect(isReplaced { try store.check() })
            }
        }
    }

    @Test("a store that was moved, and another one in its place, is noticed", arguments: [Backend.sqlite, .csv])
    func moved(backend: Backend) throws {
        let fixture = try StoreFixture(backend)
        let other = try StoreFixture(backend)
        try other.open().writeAll(trades(20..<22))
        var store: (any Store)? = try fixture.open()
        try store?.writeAll(trades(0..<5))
        let name = backend == .sqlite ? "store.db" : "csv"
        let moved = "\(fixture.folder)/elsewhere"
        try FileManager.default.moveItem(atPath: "\(fixture.folder)/\(name)", toPath: moved)
        try FileManager.default.moveItem(
            atPath: "\(other.folder)/\(name)", toPath: "\(fixture.folder)/\(name)")
        #expect(isReplaced { _ = try store?.write(trades(5..<9), now: noon) })
        store = nil
        store = try fixture.open()
        #expect(try store?.held().map(\.next) == [22])
        try store?.writeAll(trades(22..<23))
        #expect(try fixture.content()["ticks"]?.count == 3)
        // What was moved is whole.
        let content = backend == .sqlite ? try sqliteContent(moved) : try csvContent(moved)
        #expect(try #require(content["ticks"]?.count) >= 5)
    }

    @Test("a write-ahead log that was deleted under SQLite is noticed")
    func log() throws {
        let fixture = try StoreFixture(.sqlite)
        let store = try fixture.open()
        try store.writeAll(trades(0..<5))
        try FileManager.default.removeItem(atPath: "\(fixture.folder)/store.db-wal")
        #expect(isReplaced { _ = try store.write(trades(5..<9), now: noon) })
    }

    @Test("CSV files without the journal that says what they hold are not touched")
    func journalGone() throws {
        let fixture = try StoreFixture(.csv)
        var store: (any Store)? = try fixture.open()
        try store?.writeAll(trades(0..<5))
        try FileManager.default.removeItem(atPath: "\(fixture.folder)/csv/.cryptostream-sink")
        #expect(isReplaced { _ = try store?.write(trades(5..<9), now: noon) })
        store = nil
        #expect { _ = try fixture.open() } throws: {
            if case .fatal(_, let mend) = $0 as? StoreError { mend.contains("move the files away") } else { false }
        }
        #expect(try csvLines("\(fixture.folder)/csv")["ticks"]?.count == 5)
    }

    @Test("a CSV folder of 0.1.0 is taken over: its last batch may come again and adds nothing")
    func firstJournal() throws {
        let fixture = try StoreFixture(.csv)
        try fixture.open().writeAll(trades(0..<5))
        // Its journal: marks of the last batch's rows, and no identity.
        let path = "\(fixture.folder)/csv/.cryptostream-sink"
        let marks = (2..<5).map { String(CSVStoreTests.mark(offset: Int64($0), id: "bybit:BTC-USDT:\($0)"), radix: 36) }
        let text = "cryptostream csv 1\nmarks ticks:0 \(marks.joined(separator: " "))\nend\n"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let store = try StoreLocation(fixture.location).open(keepMs: 0)
        #expect(store.identity == nil)
        #expect(try store.hasRows())
        try store.begin(
            StoreIdentity(prefix: "crypto"),
            holding: [HeldPartition(cluster: "c", topic: "crypto.ticks", partition: 0, next: 2)])
        for range in [2..<4, 4..<9, 9..<10] { try store.writeAll(trades(range)) }
        #expect(try csvLines("\(fixture.folder)/csv")["ticks"]?.count == 10)
        #expect(try !String(contentsOfFile: path, encoding: .utf8).contains("marks"))
    }
}
