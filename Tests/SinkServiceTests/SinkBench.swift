import CSQLite
import CryptoCore
import Foundation
import KafkaClient
import ServiceKit
import ServiceRuntime
import System
import TestSupport
import Testing

@testable import SinkService

/// An embedded broker with all topics, a folder for the store, and sinks on them that come and go.
final class SinkBench {
    let broker: EmbeddedBroker
    let folder: String
    private let producer: KafkaProducer
    private(set) var context: ServiceContext?
    private(set) var report = ServiceReport()
    private var thread: System.Thread?

    struct Failure: Error { let text: String }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("sink-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        broker = try EmbeddedBroker()
        try broker.createTopics(Topic.allCases.map { $0.name(prefix: "crypto") }, partitions: 2)
        producer = try KafkaProducer(broker.configuration, onLog: { _, _, _ in })
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var database: String { "\(folder)/sink.db" }

    // MARK: The sink

    func configuration(_ arguments: [String]) throws -> Configured<SinkConfiguration> {
        let store = arguments.contains("--store") ? [] : ["--store", "sqlite:\(database)"]
        let result = CommandLineParser.parse(
            SinkCommand.spec,
            arguments: store + ["--batch-wait", "20ms"] + arguments + [
                "--brokers", broker.bootstrap, "--kafka-config", "session.timeout.ms=3000", "heartbeat.interval.ms=300",
                "fetch.wait.max.ms=20",
            ], environment: [:], readFile: { _ in .absent })
        guard case .run(let configuration) = result else { throw Failure(text: "\(result)") }
        return configuration
    }

    func start(_ arguments: [String] = [], membership: Membership = .group) throws {
        let configuration = try configuration(arguments)
        let context = ServiceContext(
            service: "sink", configuration.common, stop: StopFlag(), log: Log(service: "test", minimum: .error))
        let report = ServiceReport()
        self.context = context
        self.report = report
        thread = System.Thread(name: "sink") {
            try SinkService(context, configuration.own, report: report, membership: membership).run()
        }
    }

    /// Stores these trades while the coordinator refuses every commit: a sink comes, writes and goes, and the group knows nothing.
    func storeUncommitted(trades ids: Range<Int>) throws {
        try send(trades: ids)
        // OffsetCommit (8) answers COORDINATOR_LOAD_IN_PROGRESS until the sink is gone.
        broker.failNext(apiKey: 8, with: Array(repeating: 14, count: 10_000))
        try start(SinkBench.oneBatch(of: ids.count))
        #expect(waitFor("SELECT count(*) FROM ticks", "\(ids.count)"))
        try stop()
        broker.clearFailures(apiKey: 8)
    }

    /// Flags for one batch of so many rows: behind a commit that is refused nothing more is written.
    static func oneBatch(of rows: Int) -> [String] { ["--batch-rows", "\(rows)", "--batch-wait", "10m"] }

    /// Requests stop and expects an orderly end within the ten seconds that a service has.
    func stop() throws {
        context?.stop.request()
        let outcome = thread?.join(ms: 10_000)
        if case .failed(let error)? = outcome { throw error }
        guard case .finished? = outcome else { throw Failure(text: "still running") }
    }

    /// How it ended by itself.
    func ended() -> (any Error)? {
        guard case .failed(let error)? = thread?.join(ms: 20_000) else { return nil }
        return error
    }

    // MARK: Records

    func send(
        _ topic: Topic, key: String?, value: [UInt8]?, headers: [(name: String, text: String)] = []
    ) throws {
        let target = try producer.topic(topic.name(prefix: "crypto"))
        let headers = RecordHeaders(headers)
        while !(try producer.produce(topic: target, key: key.map { Array($0.utf8) }, value: value, headers: headers)) {
            producer.serve(waitMs: 10)
        }
    }

    func send(trades ids: Range<Int>) throws {
        for id in ids {
            let tick = SinkBench.trade("\(id)")
            try send(.ticks, key: tick.series.description, value: tick.encoded())
        }
        try flush()
    }

    func flush() throws { #expect(try producer.flush(timeoutMs: 10_000)) }

    static func trade(_ id: String) -> Tick {
        Tick(
            series: Series(source: "bybit", symbol: "BTC-USDT"),
            kind: .trade(Tick.Trade(tradeID: id, price: 100, quantity: 1, side: .sell)), eventTime: 1_763_719_200_000,
            ingestTime: 1_763_719_200_040)
    }

    static func window(final: Bool, count: Int) -> [UInt8] {
        Array(
            """
            {"source":"bybit","symbol":"BTC-USDT","type":"tumbling","window_start":0,"window_end":60000,"final":\(final),
            "count":\(count),"volume":0,"amount":0,"average_price":1,"vwap":null,"open":1,"high":1,"low":1,"close":1,"stddev":0,
            "buy_volume":0,"sell_volume":0,"first_time":1,"last_time":2,"incomplete":false}
            """.utf8)
    }

    /// Everything on a topic, with headers.
    func read(_ topic: Topic, atLeast wanted: Int) throws -> [(value: String, headers: [String: String])] {
        let reader = try KafkaConsumer(broker.configuration, group: nil, onLog: { _, _, _ in })
        try reader.assign(
            (0..<2).map {
                PartitionOffset(topic: topic.name(prefix: "crypto"), partition: $0, offset: KafkaOffset.beginning)
            })
        var found: [(value: String, headers: [String: String])] = []
        let isComplete = try waitUntil(seconds: 60) {
            _ = try reader.poll(limit: 100, waitMs: 50) { record in
                var headers: [String: String] = [:]
                record.forEachHeader { headers[$0] = $1.map { String(decoding: $0, as: UTF8.self) } }
                found.append((record.value.map { String(decoding: $0, as: UTF8.self) } ?? "null", headers))
            }
            return found.count >= wanted
        }
        #expect(isComplete, "only \(found)")
        _ = reader.close(timeoutMs: 1_000)
        return found
    }

    // MARK: The store

    func execute(_ sql: String, keeping connection: OpaquePointer? = nil) throws {
        var database = connection
        if connection == nil { sqlite3_open(self.database, &database) }
        defer { if connection == nil { sqlite3_close(database) } }
        sqlite3_busy_timeout(database, 5_000)
        if sqlite3_exec(database, sql, nil, nil, nil) != SQLITE_OK {
            throw Failure(text: "\(sql): \(String(cString: sqlite3_errmsg(database)))")
        }
    }

    /// The first column of each row; nothing while there is no such table.
    func query(_ sql: String) -> [String] {
        var database: OpaquePointer?
        defer { sqlite3_close(database) }
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        guard FileManager.default.fileExists(atPath: self.database),
            sqlite3_open(self.database, &database) == SQLITE_OK,
            sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK
        else { return [] }
        sqlite3_busy_timeout(database, 2_000)
        var found: [String] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            found.append(sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? "")
        }
        return found
    }

    func waitFor(_ sql: String, _ wanted: String) -> Bool { waitUntil(seconds: 60) { query(sql) == [wanted] } }
}
