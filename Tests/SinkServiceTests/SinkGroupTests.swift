import CryptoCore
import Foundation
import KafkaClient
import ServiceKit
import ServiceRuntime
import TestSupport
import TestTraits
import Testing

@testable import SinkService

@Suite("The sink and its group", .waiting)
struct SinkGroupTests {
    private let ticks = (Int32(0)..<2).map { TopicPartition(topic: "crypto.ticks", partition: $0) }

    @Test("the group stands where the store does once the partitions are begun, whatever it said before")
    func mended() throws {
        let bench = try SinkBench()
        try bench.storeUncommitted(trades: 0..<200)
        let group = "crypto-sink-\(try #require(bench.query("SELECT substr(id, 1, 8) FROM store").first))"
        let asker = try KafkaConsumer(bench.broker.configuration, group: group, onLog: { _, _, _ in })
        try bench.start()
        #expect(
            try waitUntil(seconds: 60) {
                try asker.committed(ticks, timeoutMs: 30_000).reduce(0) { $0 + ($1?.offset ?? 0) } == 200
            })
        try bench.stop()
    }

    @Test(
        "what comes in a store's place gets everything, also with rows and no identity and offsets of the first group")
    func notTakenOver() throws {
        let bench = try SinkBench()
        try bench.send(trades: 0..<50)
        let first = try KafkaConsumer(bench.broker.configuration, group: "crypto-sink", onLog: { _, _, _ in })
        let ends = try first.logs(of: ticks, timeoutMs: 30_000).map(\.upperBound)
        try first.commit(zip(ticks, ends).map { PartitionOffset($0, offset: $1) }, timeoutMs: 30_000)
        try bench.start()
        #expect(bench.waitFor("SELECT count(*) FROM ticks", "50"))
        let other = "\(bench.folder)/other.db"
        try bench.execute("VACUUM INTO '\(other)'")
        try bench.execute(
            """
            ATTACH '\(other)' AS other; DELETE FROM other.ticks WHERE trade_id <> '7'; DROP TABLE other.store;
            DROP TABLE other.store_offsets;
            """)
        for end in ["-wal", "-shm"] { try FileManager.default.removeItem(atPath: bench.database + end) }
        try #require(rename(other, bench.database) == 0)
        #expect(waitUntil(seconds: 60) { bench.query("SELECT count(*) FROM ticks") == ["50"] })
        try bench.stop()
    }

    @Test("a store in another's place is not ready before its group has given it partitions")
    func replaced() throws {
        let bench = try SinkBench()
        try bench.send(trades: 0..<10)
        try bench.start()
        #expect(bench.waitFor("SELECT count(*) FROM ticks", "10"))
        #expect(waitUntil(seconds: 60) { bench.context?.health.isReady == true })
        // JoinGroup (11) answers COORDINATOR_LOAD_IN_PROGRESS.
        bench.broker.failNext(apiKey: 11, with: Array(repeating: 14, count: 10_000))
        for end in ["", "-wal", "-shm"] { try FileManager.default.removeItem(atPath: bench.database + end) }
        #expect(bench.waitFor("SELECT count(*) FROM store", "1"))
        #expect(waitUntil(seconds: 60) { bench.context?.health.reasons.keys.sorted() == ["group"] })
        bench.broker.clearFailures(apiKey: 11)
        #expect(bench.waitFor("SELECT count(*) FROM ticks", "10"))
        #expect(waitUntil(seconds: 60) { bench.context?.health.isReady == true })
        try bench.stop()
    }

    @Test("--from latest holds for all of a topic, whichever member begins the partitions, and when")
    func latest() throws {
        let bench = try SinkBench()
        try bench.send(trades: 0..<100)
        var configuration = bench.broker.configuration
        configuration.set("session.timeout.ms", to: "3000", for: .consumer)
        configuration.set("heartbeat.interval.ms", to: "300", for: .consumer)
        let other = try KafkaConsumer(configuration, group: "g", onLog: { _, _, _ in })
        try other.subscribe(SinkService.inputs.map { $0.name(prefix: "crypto") })
        func serve() throws {
            switch try? other.poll(limit: 100, waitMs: 10, { _ in }).rebalance {
            case .assigned(let places):
                try other.assign(places.map { PartitionOffset($0, offset: KafkaOffset.beginning) })
            case .revoked: try other.unassign()
            case nil: break
            }
        }
        #expect(
            try waitUntil(seconds: 30) {
                try serve()
                return !other.assignment.isEmpty
            })
        try bench.start(["--from", "latest", "--group", "g"])
        let held = "SELECT count(*) FROM store_offsets WHERE topic = 'crypto.ticks' HAVING sum(next) = 100"
        #expect(
            try waitUntil(seconds: 60) {
                try serve()
                return bench.query(held) == ["2"]
            })
        _ = other.close(timeoutMs: 4_000)
        try bench.send(trades: 100..<110)
        #expect(waitUntil(seconds: 30) { ticks.reduce(0) { $0 + (bench.report.position(of: $1) ?? 0) } == 110 })
        #expect(bench.query("SELECT count(*) FROM ticks") == ["10"])
        try bench.stop()
    }

    @Test("a copy of a store gets everything once it has a name of its own")
    func copy() throws {
        let bench = try SinkBench()
        try bench.send(trades: 0..<50)
        try bench.start()
        #expect(bench.waitFor("SELECT count(*) FROM ticks", "50"))
        let copy = "\(bench.folder)/copy.db"
        try bench.execute("VACUUM INTO '\(copy)'")
        try bench.stop()
        try bench.execute("ATTACH '\(copy)' AS copy; UPDATE copy.store SET id = lower(hex(randomblob(16)))")
        try bench.send(trades: 50..<60)
        try bench.start(["--store", "sqlite:\(bench.database)", "sqlite:\(copy)"])
        #expect(waitUntil(seconds: 30) { bench.report.parts.map { $0.report.counts["ticks"] } == [10, 10] })
        try bench.stop()
    }
}
