import CryptoCore
import Foundation
import KafkaClient
import TestSupport
import TestTraits
import Testing

/// Faults of those who write the ticks, of the log that holds them and of the clock, which 0.1.0 passed over in silence.
@Suite("Faults of others are counted, logged and in the windows", .waiting)
struct SilentFaultTests {
    private static let minute: Int64 = 1_763_719_200_000
    private static let bitcoin = "binance:BTC-USDT"

    private static func trade(_ second: Int64, _ series: String = bitcoin) -> String {
        let time = minute + second * 1_000
        let symbol = series.split(separator: ":")[1]
        return """
            {"source":"binance","symbol":"\(symbol)","kind":"trade","event_time":\(time),"ingest_time":\(time),\
            "trade_id":"\(second)","price":100,"quantity":1}
            """
    }

    /// Writes trades with kcat, one a line, with the partitioner that the arguments name.
    private func write(
        _ line: Line, _ seconds: some Sequence<Int64>, series: String = bitcoin,
        _ partitioner: [String] = ["-X", "topic.partitioner=murmur2_random"]
    ) throws {
        let lines = seconds.map { "\(series)|\(SilentFaultTests.trade($0, series))\n" }.joined()
        _ = try ChildProcess.run(
            "kcat", ["-b", line.brokers, "-P", "-t", "\(line.prefix).ticks", "-K", "|"] + partitioner,
            input: Data(lines.utf8))
    }

    /// Nil while the service does not answer.
    private func metric(_ name: String, of service: ChildProcess) throws -> Double? {
        let address = service.errorsSoFar.components(separatedBy: "http=").last?.prefix { !$0.isWhitespace } ?? ""
        let metrics = try ChildProcess("curl", ["-sf", "\(address)/metrics"]).wait(seconds: 10)
        let line = metrics.output.split(separator: "\n").first { $0.hasPrefix("cryptostream_\(name) ") }
        return line.flatMap { Double($0.split(separator: " ").last ?? "") }
    }

    private func stop(_ services: [ChildProcess]) throws {
        for service in services { service.signal(SIGTERM) }
        for service in services {
            let end = try service.wait(seconds: 15)
            #expect(end.status == 0, "\(end.errors.suffix(1000))")
        }
    }

    private func isAssigned(_ service: ChildProcess) -> Bool {
        waitUntil(seconds: 60) { service.errorsSoFar.contains("partitions assigned") }
    }

    // MARK: Dead letters

    @Test(
        "one bad record makes one dead letter, of the one service whose it is, however large it is",
        .enabled(if: Servers.kafka != nil))
    func oneLetter() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let admin = try KafkaAdmin(KafkaConfiguration(brokers: line.brokers)) { _, _, _ in }
        let topics = [Topic.ticks, .trends].map { topic in
            NewTopic(
                name: topic.name(prefix: line.prefix), partitions: 4,
                configuration: topic.configuration + [(key: "max.message.bytes", value: "4000000")])
        }
        #expect(try admin.createTopics(topics, timeoutMs: 20_000).isEmpty)
        let services = try [
            line.start("processor", ["--idle-timeout", "0"]), line.start("sink", ["--store", "sqlite:line.db"]),
        ]
        let large = line.folder.appendingPathComponent("large")
        try Data(repeating: UInt8(ascii: "x"), count: 3_000_000).write(to: large)
        try line.write("ticks", key: SilentFaultTests.bitcoin, value: #"{"broken"#)
        for topic in ["ticks", "trends"] {
            _ = try ChildProcess.run(
                "kcat",
                [
                    "-b", line.brokers, "-P", "-t", "\(line.prefix).\(topic)", "-k", SilentFaultTests.bitcoin, "-X",
                    "message.max.bytes=4000000", large.path,
                ])
        }
        // The sink has put every letter where it belongs once it has stored the letters.
        let rejected = #"sink_rejected_total{reason="malformed"}"#
        #expect(try waitUntil(seconds: 60) { try metric(rejected, of: services[1]) == 3 })
        #expect(try waitUntil(seconds: 60) { try line.envelopes("deadletter").count >= 3 })
        try stop(services)
        let letters = try line.envelopes("deadletter").map { letter in
            let headers = letter["headers"] as? [String] ?? []
            let pairs = stride(from: 0, to: headers.count - 1, by: 2).map { (headers[$0], headers[$0 + 1]) }
            return Dictionary(pairs) { $1 }.merging(["payload": letter["payload"] as? String ?? ""]) { $1 }
        }
        let names = letters.map { "\($0["service", default: ""]) \($0["origin_topic", default: ""])" }.sorted()
        #expect(
            names == [
                "processor \(line.prefix).ticks", "processor \(line.prefix).ticks", "sink \(line.prefix).trends",
            ])
        let note = "; its 3000016 bytes are too many for a dead letter and stay where they were"
        #expect(letters.count { $0["error"]?.hasSuffix(note) == true && $0["payload"] == "" } == 2)
        #expect(letters.count { $0["payload"] == #"{"broken"# } == 1)
    }

    // MARK: Times

    @Test(
        "ticks of a clock that is a day ahead, and times in seconds, are dead letters; those behind them count and are stored",
        .enabled(if: Servers.kafka != nil))
    func wrongTimes() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let services = try [
            line.start("processor", ["--idle-timeout", "0"]), line.start("sink", ["--store", "sqlite:line.db"]),
        ]
        #expect(isAssigned(services[0]))
        let start = Int64(Date().timeIntervalSince1970) - 300 - SilentFaultTests.minute / 1_000
        try write(line, [start, start + 86_400])
        let inSeconds = SilentFaultTests.trade(start + 1).replacingOccurrences(
            of: #"_time":(\d{10})\d{3}"#, with: #"_time":$1"#, options: .regularExpression)
        try line.write("ticks", key: SilentFaultTests.bitcoin, value: inSeconds)
        try write(line, start + 61..<start + 211)
        #expect(try waitUntil(seconds: 60) { try metric("processor_ticks_read_total", of: services[0]) == 153 })
        #expect(try metric("processor_late_ticks_total", of: services[0]) == 0)
        #expect(try metric("processor_ticks_counted_total", of: services[0]) == 151)
        let stored = #"sink_rows_written_total{table="ticks"}"#
        #expect(try waitUntil(seconds: 60) { try metric(stored, of: services[1]) == 151 })
        #expect(try metric(#"sink_rejected_total{reason="malformed"}"#, of: services[1]) == 2)
        try stop(services)
        let errors = try line.envelopes("deadletter").compactMap { letter in
            (letter["headers"] as? [String])?.first { $0.hasPrefix("field ") }
        }
        #expect(errors.count == 2)
        #expect(errors.contains { $0.contains("at most a minute after the record's LogAppendTime") })
        #expect(errors.contains { $0.contains("milliseconds since 1970, this looks like seconds") })
    }

    // MARK: Partitioners

    @Test(
        "a series that two partitioners write into two partitions is told of and counted, once",
        .enabled(if: Servers.kafka != nil))
    func partitioners() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let series = "binance:ETH-USDT"
        let processor = try line.start("processor", ["--idle-timeout", "0"])
        #expect(isAssigned(processor))
        try write(line, stride(from: 0, to: 60, by: 2), series: series)
        // kcat's own default, and confluent-kafka's.
        try write(line, stride(from: 1, to: 60, by: 2), series: series, [])
        #expect(try waitUntil(seconds: 60) { try metric("processor_ticks_read_total", of: processor) == 60 })
        let wanted = partition(forKey: series, count: 4)
        try stop([processor])
        let warnings = processor.errorsSoFar.split(separator: "\n").filter { $0.contains("series=\(series)") }
        #expect(warnings.count == 1, "\(processor.errorsSoFar)")
        #expect(warnings.first?.contains("wanted_partition=\(wanted)") == true)
        #expect(warnings.first?.contains("murmur2_random") == true)
    }

    // MARK: Retention

    @Test(
        "ticks that retention removed unread: the windows they belong to are incomplete, a warning says which and it is counted",
        .enabled(if: Servers.kafka != nil && KafkaTools.isPresent))
    func retention() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let wanted = partition(forKey: SilentFaultTests.bitcoin, count: 4)
        let ticks = "\(line.prefix).ticks"
        let first = try line.start("processor", ["--idle-timeout", "0"])
        #expect(isAssigned(first))
        try write(line, 0..<90)
        #expect(try waitUntil(seconds: 60) { try metric("processor_ticks_read_total", of: first) == 90 })
        try stop([first])
        try write(line, 90..<180)
        try KafkaTools.deleteRecords(of: ticks, partition: wanted, before: 150, on: line.brokers)
        let second = try line.start("processor", ["--idle-timeout", "0"])
        try write(line, 180..<300)
        #expect(try waitUntil(seconds: 60) { try metric("processor_ticks_read_total", of: second) == 150 })
        #expect(try metric("processor_skipped_records_total", of: second) == 60)
        try stop([second])
        let windows = try line.values("windows.tumbling").map {
            try WindowAggregate(decoding: Array($0.utf8).span.bytes)
        }
        #expect(windows.map(\.count) == [60, 30, 30, 60])
        #expect(windows.map(\.isIncomplete) == [false, true, true, false])
        let place = "topic=\(ticks) partition=\(wanted) from=90 to=150"
        #expect(second.errorsSoFar.contains(place), "\(second.errorsSoFar)")
    }

    // MARK: Clocks

    @Test(
        "a clock that is put right after the start is right in what is shown, and closes nothing early",
        .enabled(if: Servers.kafka != nil))
    func clockStep() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let clock = try MovableClock(in: line.folder, program: "processor")
        try clock.set(seconds: -8 * 3_600)
        let processor = try ChildProcess(
            ChildProcess.binaries.appendingPathComponent("processor").path,
            [
                "--brokers", line.brokers, "--prefix", line.prefix, "--partitions", "4", "--http", "127.0.0.1:0",
                "--idle-timeout", "1s",
            ], in: line.folder, environment: clock.environment)
        #expect(isAssigned(processor))
        // The first tenth of a minute, so that a minute's end is far in any case.
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let start = now / 60_000 * 60_000 - SilentFaultTests.minute
        try write(line, [start / 1_000, start / 1_000 + 1])
        func age() throws -> Double { try metric("processor_event_age_seconds", of: processor) ?? 0 }
        #expect(try waitUntil(seconds: 60) { try age() < -28_000 }, "the clock is eight hours behind")

        try clock.set(seconds: 0)
        var shown = 0.0
        let isRight = try waitUntil(seconds: 20) {
            shown = try age()
            return (0...120).contains(shown)
        }
        #expect(isRight, "it still says \(shown)")
        let address = processor.errorsSoFar.components(separatedBy: "http=").last?.prefix { !$0.isWhitespace } ?? ""
        let text = try ChildProcess.run("curl", ["-sf", "\(address)/windows?series=\(SilentFaultTests.bitcoin)"])
        let report = try text.jsonObject()
        let time = try #require(report["time"] as? Int64)
        #expect(abs(time - Int64(Date().timeIntervalSince1970 * 1000)) < 10_000)
        let series = try #require((report["series"] as? [[String: Any]])?.first)
        let (watermark, newest) = (series["watermark"] as? Int64, series["newest_event_time"] as? Int64)
        // The pace of the clock, not its step.
        #expect(try #require(watermark) < #require(newest) + 120_000)
        #expect(try line.values("late") == [])
        try stop([processor])
        #expect(processor.errorsSoFar.contains("the clock was put right by_seconds=28"))
    }
}
