import Foundation
import TestSupport
import TestTraits
import Testing

@Suite("The whole line on real servers", .serialized, .waiting)
struct LineTests {
    private static let binance = "data/binance/ws-spot-btcusdt-trade-20240808T2354-20240809T0005.txt.gz"
    private static let oldDay = "data/bitflyer/BTC_JPY-executions-2018-01-21.csv.gz"

    @Test(
        "recorded frames become the windows that pandas computes, on Kafka and in SQLite and MongoDB",
        .enabled(if: Servers.hasLine))
    func recordedFrames() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let reference = try Reference(recording: LineTests.binance, in: line.folder)
        let processor = try line.start("processor", ["--idle-timeout", "0"])
        let sqlite = try line.start("sink", ["--store", "sqlite:line.db"])
        var sinks = [sqlite]
        if let mongodb = Servers.mongodb {
            sinks.append(
                try line.start(
                    "sink",
                    [
                        "--store", "\(mongodb)/\(line.prefix)", "--instance", "mongo", "--kafka-config",
                        "group.id=\(line.prefix)-mongo",
                    ]))
        }
        let producer = try line.start(
            "producer", ["--source", "replay", "--speed", "max", "--file", SharedData.file(LineTests.binance).path])
        #expect(try producer.wait(seconds: 60).status == 0)

        let tumbling = try reference.records("tumbling")
        let sliding = try reference.records("sliding")
        let trends = try reference.records("trends")
        #expect(try waitUntil(seconds: 60) { try line.values("windows.sliding").count >= sliding.count })
        #expect(try waitUntil(seconds: 60) { try line.values("trends").count >= trends.count })
        #expect(try differences(line.values("windows.tumbling"), tumbling) == [])
        #expect(try differences(line.values("windows.sliding"), sliding) == [])
        #expect(try differences(line.values("trends"), trends) == [])

        #expect(try storedFinals(line) { $0 >= tumbling.count } == tumbling.count)
        if let mongodb = Servers.mongodb {
            #expect(try mongoCount(mongodb, line.prefix, tumbling.count) == tumbling.count)
        }
        for service in [processor] + sinks {
            service.signal(SIGTERM)
            let end = try service.wait(seconds: 10)
            #expect(end.status == 0, "\(end.errors.suffix(500))")
        }
    }

    @Test(
        "a day of 2018 replayed into a processor that has been idle gives the windows of pandas, and they stay",
        .enabled(if: Servers.hasLine))
    func oldDay() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let reference = try Reference(recording: LineTests.oldDay, in: line.folder)
        let processor = try line.start("processor", [])
        #expect(waitUntil(seconds: 60) { processor.errorsSoFar.contains("partitions assigned") })
        let producer = try line.start(
            "producer", ["--source", "replay", "--speed", "max", "--file", reference.ticks.path])
        #expect(try producer.wait(seconds: 120).status == 0)

        let tumbling = try reference.records("tumbling")
        let late = try reference.records("late")
        #expect(try waitUntil(seconds: 120) { try line.values("late").count >= late.count })
        #expect(try waitUntil(seconds: 60) { try line.values("windows.tumbling").count >= tumbling.count })
        // What the clock closes after the day's end comes on top: the last minutes, which no data close.
        let closedByData = Set(try tumbling.map { recordName(try $0.jsonObject()) })
        let ours = try line.values("windows.tumbling").filter { closedByData.contains(recordName(try $0.jsonObject())) }
        #expect(try differences(ours, tumbling) == [])
        #expect(try line.values("late").count == late.count)
        try expectKeptFromArrival(line)
        processor.signal(SIGTERM)
        #expect(try processor.wait(seconds: 10).status == 0)
    }

    @Test("a hostile record ends in the dead-letter topic and the stream goes on", .enabled(if: Servers.kafka != nil))
    func hostileRecords() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let processor = try line.start("processor", [])
        #expect(waitUntil(seconds: 60) { processor.errorsSoFar.contains("partitions assigned") })
        let good =
            #"{"source":"bybit","symbol":"BTC-USDT","kind":"trade","event_time":1763719200000,"ingest_time":1763719200037,"trade_id":"1","price":100,"quantity":1}"#
        let hostile = [
            ("bybit:BTC-USDT", "a line of rubbish"),
            ("bybit:ETH-USDT", good),
            (
                "bybit:BTC-USDT",
                good.replacingOccurrences(of: "1763719200000", with: "317339337600000")
                    .replacingOccurrences(of: "1763719200037", with: "317339337600000")
            ),
        ]
        for (key, value) in hostile { try line.write("ticks", key: key, value: value) }
        let later = good.replacingOccurrences(of: #""trade_id":"1""#, with: #""trade_id":"2""#)
            .replacingOccurrences(of: "17637192", with: "17637193")
        try line.write("ticks", key: "bybit:BTC-USDT", value: good)
        try line.write("ticks", key: "bybit:BTC-USDT", value: later)
        #expect(try waitUntil(seconds: 30) { try line.values("windows.tumbling").count == 1 })
        let letters = try line.envelopes("deadletter")
        #expect(Set(letters.compactMap { $0["payload"] as? String }) == Set(hostile.map(\.1)))
        for letter in letters {
            let headers = letter["headers"] as? [String] ?? []
            #expect(headers.contains("\(line.prefix).ticks"))
            for name in ["origin_topic", "origin_partition", "origin_offset", "error", "service"] {
                #expect(headers.contains(name))
            }
        }
        processor.signal(SIGTERM)
        #expect(try processor.wait(seconds: 10).status == 0)
    }

    /// Retention counts from arrival: the records of 2018 carry this year's timestamps.
    private func expectKeptFromArrival(_ line: Line) throws {
        let oldest = try line.envelopes("windows.tumbling").compactMap { ($0["ts"] as? NSNumber)?.int64Value }.min()
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        #expect(now - (oldest ?? 0) < 3_600_000)
    }

    private func storedFinals(_ line: Line, until enough: (Int) -> Bool) throws -> Int {
        func count() throws -> Int {
            let text = try ChildProcess.run(
                "sqlite3",
                [
                    line.folder.appendingPathComponent("line.db").path,
                    "select count(*) from windows where type = 'tumbling' and final = 1",
                ])
            return Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
        }
        _ = waitUntil(seconds: 60) { enough((try? count()) ?? 0) }
        return try count()
    }

    private func mongoCount(_ uri: String, _ database: String, _ wanted: Int) throws -> Int {
        let script = """
            import sys, pymongo
            windows = pymongo.MongoClient(sys.argv[1])[sys.argv[2]]["windows"]
            print(windows.count_documents({"type": "tumbling", "final": True}))
            """
        var count = -1
        _ = try waitUntil(seconds: 60) {
            let text = try ChildProcess.run(Servers.python ?? "python3", ["-c", script, uri, database])
            count = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
            return count >= wanted
        }
        return count
    }
}
