import CSQLite
import CryptoCore
import Foundation
import KafkaClient
import ServiceKit
import ServiceRuntime
import System
import TestSupport
import TestTraits
import Testing

@testable import SinkService

@Suite("The sink on the embedded broker", .waiting)
struct SinkServiceTests {
    @Test("every topic lands in its table; what is not its record becomes a dead letter, ticks by the processor alone")
    func allTopics() throws {
        let bench = try SinkBench()
        let series = "bybit:BTC-USDT"
        try bench.send(trades: 0..<500)
        try bench.send(.live, key: series, value: SinkBench.window(final: false, count: 3))
        try bench.send(.tumbling, key: series, value: SinkBench.window(final: true, count: 4))
        var json = JSONWriter()
        Trend(
            series: Series(source: "bybit", symbol: "BTC-USDT"), asOf: 60_000, averages: [nil, nil, nil, nil, nil, 1]
        ).encode(into: &json)
        try bench.send(.trends, key: series, value: json.bytes)
        var late = JSONWriter()
        LateTick(tick: SinkBench.trade("l"), lateBy: 7).encode(into: &late)
        try bench.send(.late, key: series, value: late.bytes)
        try bench.send(.ticks, key: series, value: Array("rubbish".utf8))
        try bench.send(.ticks, key: "bybit:ETH-USDT", value: SinkBench.trade("x").encoded())
        try bench.send(.ticks, key: series, value: nil)
        try bench.send(.ticks, key: nil, value: SinkBench.trade("x").encoded())
        try bench.send(.trends, key: series, value: Array("rubbish".utf8))
        try bench.send(.tumbling, key: series, value: nil)
        let foreign = DeadLetter(
            originTopic: "crypto.ticks", originPartition: 1, originOffset: 2, error: "e", service: "processor")
        try bench.send(
            .deadLetter, key: "k", value: [0xFF, 0], headers: foreign.headers.map { (name: $0.name, text: $0.value) })
        try bench.send(.deadLetter, key: nil, value: nil)
        try bench.flush()
        try bench.start()
        #expect(bench.waitFor("SELECT count(*) FROM ticks", "500"))
        #expect(bench.waitFor("SELECT final || ',' || count FROM windows", "1,4"))
        #expect(bench.waitFor("SELECT direction IS NULL FROM trends", "1"))
        #expect(bench.waitFor("SELECT late_by FROM late", "7"))
        // Its own two and the two others, and no more for having been stored.
        #expect(bench.waitFor("SELECT count(*) FROM dead_letters", "4"))
        #expect(waitUntil(seconds: 60) { bench.report.counts["rejected"] == 6 })
        let letters = try bench.read(.deadLetter, atLeast: 4)
        #expect(letters.count == 4)
        let rubbish = letters.first { $0.value == "rubbish" }
        #expect(rubbish?.headers["origin_topic"] == "crypto.trends")
        #expect(rubbish?.headers["service"] == "sink")
        #expect(rubbish?.headers["error"] == "not JSON: expected { at byte 0")
        #expect(Int64(rubbish?.headers["origin_offset"] ?? "") != nil)
        #expect(letters.count { $0.headers["origin_topic"] == "crypto.windows.tumbling" } == 1)
        let rejected = #"cryptostream_sink_rejected_total{reason="malformed"} 6"#
        #expect(bench.context?.metrics.render().contains(rejected) == true)
        #expect(bench.query("SELECT service FROM dead_letters WHERE key = 'k'") == ["processor"])
        #expect(bench.waitFor("SELECT count(*) FROM dead_letters WHERE service IS NULL", "1"))
        try bench.stop()
        let counts = bench.report.counts
        #expect(counts["ticks"] == 500 && counts["dead_letters"] == 4 && counts["rejected"] == 6)
        // The provisional window is taken only where it comes before its final.
        #expect(counts["windows"].map { (1...2).contains($0) } == true)
    }

    @Test("a bad record makes one dead letter, however many stores there are")
    func oneLetter() throws {
        let bench = try SinkBench()
        try bench.send(.trends, key: "bybit:BTC-USDT", value: Array("rubbish".utf8))
        try bench.send(.ticks, key: "bybit:BTC-USDT", value: Array("rubbish".utf8))
        try bench.flush()
        try bench.start(["--store", "sqlite:\(bench.database)", "csv:\(bench.folder)/csv"])
        #expect(
            waitUntil(seconds: 60) {
                bench.report.parts.map { $0.report.counts["rejected"] } == [2, 2]
            })
        #expect(try bench.read(.deadLetter, atLeast: 1).map(\.value) == ["rubbish"])
        #expect(bench.waitFor("SELECT service || value FROM dead_letters", "sinkrubbish"))
        try bench.stop()
    }

    @Test("what the store refuses becomes a dead letter with its untouched bytes, its neighbours are stored")
    func refused() throws {
        let bench = try SinkBench()
        try bench.start()
        #expect(bench.waitFor("SELECT count(*) FROM ticks", "0"))
        try bench.execute(
            "CREATE TRIGGER t BEFORE INSERT ON ticks WHEN new.trade_id = '7' BEGIN SELECT RAISE(ABORT, 'not this'); END"
        )
        try bench.execute(
            """
            CREATE TRIGGER d BEFORE INSERT ON dead_letters WHEN new.error = 'not this' BEGIN SELECT RAISE(ABORT, 'nor this'); END
            """)
        try bench.send(trades: 0..<20)
        #expect(bench.waitFor("SELECT count(*) FROM ticks", "19"))
        // The dead letter itself is refused too: it stays on its topic and does not go round.
        let letters = try bench.read(.deadLetter, atLeast: 1)
        #expect(letters.map(\.value) == [String(decoding: SinkBench.trade("7").encoded(), as: UTF8.self)])
        #expect(letters.first?.headers["error"] == "not this")
        #expect(waitUntil(seconds: 60) { bench.report.counts["rejected"] == 2 })
        #expect(
            bench.context?.metrics.render().contains("cryptostream_sink_lost_dead_letters_total 1") == true)
        try bench.send(trades: 20..<21)
        #expect(bench.waitFor("SELECT count(*) FROM ticks", "20"))
        #expect(try bench.read(.deadLetter, atLeast: 1).count == 1)
        try bench.stop()
    }

    @Test("a store that is away is waited for, said so, and nothing is lost or doubled")
    func away() throws {
        let bench = try SinkBench()
        try bench.start()
        try bench.send(trades: 0..<100)
        #expect(bench.waitFor("SELECT count(*) FROM ticks", "100"))
        var locker: OpaquePointer?
        sqlite3_open(bench.database, &locker)
        defer { sqlite3_close(locker) }
        sqlite3_busy_timeout(locker, 5_000)
        try bench.execute("BEGIN IMMEDIATE", keeping: locker)
        try bench.send(trades: 100..<300)
        #expect(waitUntil(seconds: 60) { bench.context?.health.reasons["store"]?.contains("locked") == true })
        #expect(bench.context?.health.readiness().status == 503)
        try bench.send(trades: 300..<400)
        try bench.execute("ROLLBACK", keeping: locker)
        #expect(bench.waitFor("SELECT count(*) FROM ticks", "400"))
        #expect(waitUntil(seconds: 60) { bench.context?.health.isReady == true })
        try bench.stop()
        #expect(bench.report.counts["ticks"] == 400)
    }

    @Test("what was written and not committed comes again after a restart and changes nothing")
    func restart() throws {
        let bench = try SinkBench()
        try bench.storeUncommitted(trades: 0..<200)
        #expect(bench.report.counts["ticks"] == 200)
        try bench.send(trades: 200..<250)
        try bench.start(["--batch-rows", "7"])
        #expect(bench.waitFor("SELECT count(*) FROM ticks", "250"))
        try bench.stop()
        #expect(bench.report.counts["ticks"] == 50, "what was there already is not counted")
        // A third one has nothing to do but what is new.
        try bench.send(trades: 250..<260)
        try bench.start()
        #expect(bench.waitFor("SELECT count(*) FROM ticks", "260"))
        try bench.stop()
        #expect(bench.report.counts["ticks"] == 10)
    }

    @Test("alone it reads everything from the beginning, each time, and commits nothing")
    func alone() throws {
        let bench = try SinkBench()
        bench.broker.failNext(apiKey: 8, with: Array(repeating: 14, count: 10_000))
        try bench.send(trades: 0..<100)
        for _ in 0..<2 {
            try bench.start(membership: .alone)
            #expect(
                waitUntil(seconds: 60) {
                    (Int32(0)..<2).reduce(0) { sum, partition in
                        let place = TopicPartition(topic: "crypto.ticks", partition: partition)
                        return sum + (bench.report.position(of: place) ?? 0)
                    } == 100
                })
            #expect(bench.query("SELECT count(*) FROM ticks") == ["100"])
            for line in ["received_records_total 100", "lag_records 0"] {
                #expect(
                    waitUntil(seconds: 60) {
                        bench.context?.metrics.render().contains("cryptostream_sink_kafka_\(line)\n") == true
                    }, "no \(line)")
            }
            try bench.stop()
        }
    }

    @Test("rows in a CSV folder stay single over a restart")
    func csv() throws {
        let bench = try SinkBench()
        try bench.send(trades: 0..<50)
        bench.broker.failNext(apiKey: 8, with: Array(repeating: 14, count: 10_000))
        let store = ["--store", "csv:\(bench.folder)/csv"]
        func lines() -> Int {
            let text = try? String(contentsOfFile: "\(bench.folder)/csv/ticks-2025-11-21.csv", encoding: .utf8)
            return text?.split(separator: "\n").count ?? 0
        }
        try bench.start(store + SinkBench.oneBatch(of: 50))
        #expect(waitUntil(seconds: 60) { lines() == 51 })
        try bench.stop()
        bench.broker.clearFailures(apiKey: 8)
        try bench.start(store)
        try bench.send(trades: 50..<60)
        #expect(waitUntil(seconds: 60) { bench.report.counts["ticks"] == 10 })
        #expect(lines() == 61)
        try bench.stop()
    }

    @Test("a store that waiting does not mend ends the sink with what to do")
    func fatal() throws {
        let bench = try SinkBench()
        try Data(repeating: 65, count: 9_000).write(to: URL(fileURLWithPath: bench.database))
        try bench.start()
        let error = try #require(bench.ended())
        #expect("\(error)".contains("name another file"))
        #expect(bench.context?.stop.isRequested == true)
    }
}

@Suite("The sink's command line")
struct SinkCommandTests {
    private func problems(_ arguments: String...) -> [String] {
        let result = CommandLineParser.parse(
            SinkCommand.spec, arguments: arguments, environment: [:], readFile: { _ in .absent })
        if case .usage(let problems) = result { return problems }
        return []
    }

    @Test("a store that is none is one line that says what there is")
    func stores() {
        for good in ["sqlite:x.db", "sqlite:///x/y.db", "csv:d", "mongodb://h", "mongodb://u:p@h:1,i:2/d?replicaSet=r"]
        {
            #expect(problems("--store", good) == [])
        }
        for bad in ["postgres://x", "sqlite:", "sqlite://host/x", "csv:", "mongodb://", "mongodb://h/?w=0", "x.db"] {
            let found = problems("--store", bad)
            #expect(found.count == 1 && found[0].contains("must"), "\(bad): \(found)")
        }
    }

    @Test("the store's password is shown nowhere")
    func secrets() {
        for text in problems("--store", "mongodb://me:secret@h/?w=0") { #expect(!text.contains("secret")) }
    }
}
