import CryptoCore
import Foundation
import Storage
import TestSupport
import TestTraits
import Testing

@Suite("A MongoDB database that is read", .waiting, .enabled(if: Backend.available.contains(.mongoDB)))
struct MongoStoreReaderTests {
    @Test("without a store it is missing, with a newer version's it says so")
    func strangers() throws {
        let fixture = try StoreFixture(.mongoDB)
        defer { withExtendedLifetime(fixture) {} }
        let location = try StoreLocation(fixture.location)
        #expect {
            try location.openReader()
        } throws: {
            if case .missing = $0 as? StoreError { true } else { false }
        }
        try fixture.mongo?.run(
            #"{"insert":"store","documents":[{"_id":"store","id":"a","prefix":"crypto","layout":2}]}"#)
        func isRefused(_ error: any Error) -> Bool {
            if case .fatal(_, let mend) = error as? StoreError { mend.contains("newer version") } else { false }
        }
        #expect { try location.openReader() } throws: { isRefused($0) }
        #expect { try location.open(keepMs: 0) } throws: { isRefused($0) }
    }

    @Test("a database that was dropped is noticed")
    func dropped() throws {
        let fixture = try StoreFixture(.mongoDB)
        defer { withExtendedLifetime(fixture) {} }
        _ = try fixture.open()
        let reader = try StoreLocation(fixture.location).openReader()
        try reader.check()
        fixture.mongo?.drop()
        #expect {
            try reader.check()
        } throws: {
            if case .replaced = $0 as? StoreError { true } else { false }
        }
    }

    @Test("a server that does not answer is away")
    func away() throws {
        #expect {
            let uri = "mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=200"
            _ = try StoreLocation(uri).openReader()
        } throws: {
            if case .away = $0 as? StoreError { true } else { false }
        }
    }

    @Test("documents that other programs changed are read as what their columns hold")
    func otherTypes() throws {
        let fixture = try StoreFixture(.mongoDB)
        defer { withExtendedLifetime(fixture) {} }
        _ = try fixture.open()
        try fixture.mongo?.run(
            """
            {"insert":"ticks","documents":[
            {"_id":"1","source":"a","symbol":"B-C","event_time":{"$numberLong":"1"},"price":5,"side":7,"block_trade":null},
            {"_id":"2","source":"a","symbol":"B-C","event_time":2,"price":{"$numberLong":"6"},"side":"buy","block_trade":true},
            {"_id":"3","source":"a","symbol":"B-C","event_time":3.0,"price":null}]}
            """)
        let reader = try StoreLocation(fixture.location).openReader()
        let rows = try StoreQuery(
            .ticks, of: Series(source: "a", symbol: "B-C"), columns: ["event_time", "price", "side", "block_trade"])
        #expect(
            try reader.all(rows) == [
                ["event_time": "1", "price": "5.0"],
                ["event_time": "2", "price": "6.0", "side": "buy", "block_trade": "true"], ["event_time": "3"],
            ])
        #expect(try reader.buckets(BucketQuery(rows, column: "price", widthMs: 10)).map(\.sum) == [11])
    }
}
