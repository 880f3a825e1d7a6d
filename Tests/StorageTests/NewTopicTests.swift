import CryptoCore
import Foundation
import Storage
import TestSupport
import Testing

@Suite("a record that is described by its fields has a table in every store")
struct NewTopicTests {
    private func batch(_ examples: some Sequence<Example>) throws -> RowBatch {
        var batch = RowBatch(prefix: "crypto")
        for (i, example) in examples.enumerated() {
            let origin = RecordOrigin(.example, partition: 0, offset: Int64(i), timestampMs: noon)
            try batch.append(origin, key: nil, value: example.encoded.span.bytes)
        }
        return batch
    }

    private static let ids: [String?] = ["a\"1:example:1763719200000", "b:example:1763719200001"]

    private func open(_ fixture: StoreFixture) throws -> any Store {
        let store = try StoreLocation(fixture.location).open(tables: Table.allCases + [Example.table], keepMs: 0)
        if store.identity == nil { try store.begin(StoreIdentity(prefix: "crypto"), holding: []) }
        return store
    }

    @Test("a malformed one has no row")
    func malformed() throws {
        var batch = try batch(Example.examples)
        let origin = RecordOrigin(.example, partition: 0, offset: 9, timestampMs: noon)
        #expect(throws: DecodeError.self) { try batch.append(origin, key: nil, value: Array("{}".utf8).span.bytes) }
        #expect(throws: DecodeError.self) { try batch.append(origin, key: nil, value: nil) }
        #expect((0..<batch.count).map { Optional(batch.id($0)) } == NewTopicTests.ids)
        #expect(batch.cells.count == batch.count * Example.table.columns.count)
    }

    @Test("SQLite: arrays and objects are JSON texts, a later record replaces")
    func sqlite() throws {
        let fixture = try StoreFixture(.sqlite)
        let store = try open(fixture)
        try store.writeAll(batch(Example.examples))
        var changed = Example.examples[1]
        changed.value = 7
        try store.writeAll(batch([changed]))
        let rows = try sqliteRows("\(fixture.folder)/store.db", "SELECT * FROM example ORDER BY as_of")
        #expect(rows.map { $0["_id"] } == NewTopicTests.ids)
        #expect(rows[0]["readings"] == "[1.0,null,0.5]")
        #expect(rows[0]["labels"] == #"{"venue":"bybit","é":"\\"}"#)
        #expect(rows[0]["expired"] == "1")
        #expect(rows[0]["note"] == "n")
        #expect(rows[1]["value"] == "7.0")
        #expect(rows[1]["expired"] == nil)
        #expect(rows[1]["state"] == "resolved")
        let keys = try sqliteRows(
            "\(fixture.folder)/store.db", "SELECT name FROM pragma_table_info('example') WHERE pk > 0")
        #expect(keys.map { $0["name"] } == ["id", "as_of"])
    }

    @Test("CSV: a file for the topic and day, JSON texts in quotes")
    func csv() throws {
        let fixture = try StoreFixture(.csv)
        try fixture.open().writeAll(batch(Example.examples))
        let lines = try #require(try csvLines("\(fixture.folder)/csv")["example"])
        #expect(lines.map { $0[0] } == NewTopicTests.ids)
        let value = Example.table.index(of: "value") + 1
        #expect(lines.map { $0[value] } == ["100.0", nil])
        #expect(lines[0][Example.table.index(of: "readings") + 1] == "[1.0,null,0.5]")
    }

    @Test("MongoDB: arrays and objects as such", .enabled(if: Backend.mongoURI != nil))
    func mongoDB() throws {
        let fixture = try StoreFixture(.mongoDB)
        let store = try open(fixture)
        try store.writeAll(batch(Example.examples))
        let found = try #require(try fixture.mongo?.documents("example"))
        let documents = found.sorted { MongoReader.text($0["_id"]) ?? "" < MongoReader.text($1["_id"]) ?? "" }
        #expect(documents.map { MongoReader.text($0["_id"]) } == NewTopicTests.ids)
        let full = documents[0]
        #expect((full["labels"] as? [String: Any])?["venue"] as? String == "bybit")
        let mean = (full["baselines"] as? [String: Any])?["mean"] as? [String: Any]
        #expect(MongoReader.text(mean?["accuracy"]) == "1.0")
        #expect((full["readings"] as? [Any])?.map { MongoReader.text($0) } == ["1.0", nil, "0.5"])
        #expect((full["matchers"] as? [Any])?.count == 1)
        #expect(documents[1]["value"] is NSNull)
        #expect(documents[1]["note"] == nil)
    }
}
