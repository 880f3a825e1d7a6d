import Foundation
import TestSupport
import TestTraits
import Testing

@Suite("Stores, as their readers find them", .waiting)
struct StoreTests {
    @Test(
        "a late tick of another run of the broker inside is stored and counted too",
        .enabled(if: SharedData.isPresent))
    func lateAgain() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        for run in ["a", "b"] {
            let file = SharedData.file("cases/data/06-late-\(run).jsonl").path
            let result = try ChildProcess.service(
                "pipeline",
                [
                    "--source", "replay", "--file", file, "--speed", "max", "--store", "sqlite:x.db", "--partitions",
                    "1", "--http", "127.0.0.1:0",
                ], in: folder
            ).wait(seconds: 60)
            #expect(result.status == 0, "\(result.errors.suffix(500))")
            #expect(result.output.contains(/\n  late +1\n/))
        }
        #expect(try rows(folder, "SELECT trade_id FROM late ORDER BY inserted_at") == ["late-a", "late-b"])
    }

    @Test("few ticks make few commits, and a row is there within two seconds")
    func pace() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        let result = try ChildProcess.service(
            "pipeline",
            [
                "--source", "synthetic", "--rate", "95", "--count", "570", "--store", "sqlite:x.db", "--http",
                "127.0.0.1:0",
            ], in: folder
        ).wait(seconds: 60)
        #expect(result.status == 0, "\(result.errors.suffix(500))")
        // Of what came when the sink had begun; the rest waited for it.
        let steady = "FROM ticks WHERE ingest_time > (SELECT min(inserted_at) FROM ticks)"
        let wait = try rows(folder, "SELECT max(inserted_at - ingest_time) \(steady)").first.flatMap { Int($0) }
        #expect(try #require(wait) < 2000)
        let ticks = try rows(folder, "SELECT count(*) / count(DISTINCT inserted_at) \(steady)").first.flatMap {
            Int($0)
        }
        #expect(try #require(ticks) >= 50, "ticks a commit")
    }

    @Test(
        "two stores under one prefix get everything each, also one that comes later", .enabled(if: Servers.kafka != nil)
    )
    func everyStore() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        try line.send(ticks: 0..<100)
        var sinks = try ["a.db", "b.db"].map { try line.start("sink", ["--store", "sqlite:\($0)"]) }
        for file in ["a.db", "b.db"] { #expect(try count(line, file, reaches: 100)) }
        sinks.append(try line.start("sink", ["--store", "sqlite:late.db", "--store", "csv:rows"]))
        try line.send(ticks: 100..<130)
        for file in ["a.db", "b.db", "late.db"] { #expect(try count(line, file, reaches: 130)) }
        #expect(waitUntil(seconds: 30) { csvTicks(line).count == 130 })
        let metrics = try line.get(sinks[2], "/metrics")
        #expect(metrics.contains(#"rows_written_total{table="ticks",store="csv:rows"} 130"#))
        #expect(metrics.contains(#"rows_written_total{table="ticks",store="sqlite:late.db"} 130"#))
        #expect(try line.get(sinks[2], "/health/ready").contains(#""status":"ready""#))
        for sink in sinks { sink.signal(SIGTERM) }
        for sink in sinks { #expect(try sink.wait(seconds: 10).status == 0) }
    }

    @Test(
        "two sinks with one SQLite file share its partitions; when one is killed the other goes on",
        .enabled(if: Servers.kafka != nil))
    func oneFile() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let sinks = try (0..<2).map { _ in try line.start("sink", ["--store", "sqlite:one.db"]) }
        for sink in sinks {
            #expect(waitUntil(seconds: 60) { (try? line.get(sink, "/health/ready"))?.contains(#""ready""#) == true })
        }
        try line.send(ticks: 0..<300)
        #expect(try count(line, "one.db", reaches: 300))
        sinks[0].signal(SIGKILL)
        try line.send(ticks: 300..<400)
        #expect(try count(line, "one.db", reaches: 400))
        sinks[1].signal(SIGTERM)
        #expect(try sinks[1].wait(seconds: 10).status == 0)
    }

    @Test(
        "a store that is deleted, moved or dropped is begun anew and gets everything again, indexes and expiry too",
        .enabled(if: Servers.kafka != nil && Servers.mongodb != nil), arguments: ["sqlite", "csv", "mongodb"])
    func takenAway(backend: String) throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let database = try Database(#require(Servers.mongodb), line.prefix)
        defer { database.drop() }
        let stores = ["sqlite": "sqlite:x.db", "csv": "csv:rows", "mongodb": database.uri]
        let sink = try line.start("sink", ["--store", #require(stores[backend]), "--batch-wait", "50ms"])
        func reaches(_ wanted: Int) throws -> Bool {
            switch backend {
            case "sqlite": try count(line, "x.db", reaches: wanted)
            case "csv": waitUntil(seconds: 30) { csvTicks(line).count == wanted }
            default: try waitUntil(seconds: 30) { try database.count("ticks") == wanted }
            }
        }
        try line.send(ticks: 0..<50)
        #expect(try reaches(50))
        let folder = line.folder
        switch backend {
        case "sqlite":
            for name in ["x.db", "x.db-wal", "x.db-shm"] {
                try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
            }
        case "csv":
            try FileManager.default.moveItem(
                at: folder.appendingPathComponent("rows"), to: folder.appendingPathComponent("old"))
        default: database.drop()
        }
        try line.send(ticks: 50..<80)
        #expect(try reaches(80))
        if backend == "mongodb" {
            #expect(try database.indexes("ticks").isSuperset(of: ["_id_", "by_series", "inserted_at_1"]))
        }
        #expect(try line.get(sink, "/health/ready").contains(#""status":"ready""#))
        #expect(sink.errorsSoFar.contains("the store is not the one that was opened"))
        sink.signal(SIGTERM)
        #expect(try sink.wait(seconds: 10).status == 0)
    }

    @Test(
        "offsets of the group that expired or were reset change nothing: the store knows what it holds",
        .enabled(if: Servers.kafka != nil))
    func expired() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        try line.send(ticks: 0..<150)
        let arguments = ["--store", "csv:rows", "--batch-rows", "50"]
        for end in [150, 160] {
            let sink = try line.start("sink", arguments)
            if end == 160 { try line.send(ticks: 150..<160) }
            #expect(waitUntil(seconds: 30) { csvTicks(line).count >= end })
            sink.signal(SIGTERM)
            #expect(try sink.wait(seconds: 10).status == 0)
            let group = sink.errorsSoFar.firstMatch(of: /group=(\S+)/).map { String($0.1) } ?? "\(line.prefix)-sink"
            try line.deleteGroup(group)
        }
        #expect(csvTicks(line).count == 160)
        #expect(Set(csvTicks(line)).count == 160)
    }

    @Test(
        "a topic that was made anew is read from its beginning; what retention removed unread is counted and told",
        .enabled(if: Servers.kafka != nil))
    func otherLog() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        func run(until wanted: Int) throws -> String {
            let sink = try line.start("sink", ["--store", "sqlite:x.db", "--batch-wait", "50ms"])
            #expect(try count(line, "x.db", reaches: wanted), "\(sink.errorsSoFar.suffix(1000))")
            let metrics = try line.get(sink, "/metrics")
            sink.signal(SIGTERM)
            #expect(try sink.wait(seconds: 10).status == 0)
            return sink.errorsSoFar + metrics
        }
        try line.send(ticks: 0..<40)
        #expect(try run(until: 40).contains("from the beginning"))
        try line.deleteTopic("ticks")
        // More than before: the remembered offsets are all in the new log.
        try line.send(ticks: 100..<200)
        let anew = try run(until: 140)
        #expect(anew.contains("the topic was made anew"))

        try line.send(ticks: 200..<240)
        try line.deleteRecords("ticks")
        try line.send(ticks: 240..<250)
        let skipped = try run(until: 150)
        #expect(skipped.contains("records were removed before they were read"))
        #expect(skipped.contains("cryptostream_sink_skipped_records_total 40"))
        #expect(!skipped.contains("made anew"))
    }

    @Test(
        "a store of 0.1.0 goes on where its group stood; another prefix's sink is refused",
        .enabled(if: Servers.kafka != nil))
    func takenOver() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        try line.send(ticks: 0..<40)
        var sink = try line.start("sink", ["--store", "sqlite:x.db"])
        #expect(try count(line, "x.db", reaches: 40))
        sink.signal(SIGTERM)
        _ = try sink.wait(seconds: 10)
        // As 0.1.0 left it: rows, the group's offsets, no identity. A row less shows that nothing is read again.
        try line.commitEverything("ticks", group: "\(line.prefix)-sink")
        _ = try rows(
            line.folder, "DROP TABLE store; DROP TABLE store_offsets; DELETE FROM ticks WHERE trade_id = '7'")
        try line.send(ticks: 40..<50)
        sink = try line.start("sink", ["--store", "sqlite:x.db"])
        #expect(try count(line, "x.db", reaches: 49))
        #expect(sink.errorsSoFar.contains("it takes over the offsets of its group"))
        sink.signal(SIGTERM)
        _ = try sink.wait(seconds: 10)
        #expect(try rows(line.folder, "SELECT count(*) FROM ticks") == ["49"])

        let other = try ChildProcess.service(
            "sink",
            ["--brokers", line.brokers, "--prefix", "\(line.prefix)x", "--store", "sqlite:x.db", "--http", "0"],
            in: line.folder
        ).wait(seconds: 30)
        #expect(other.status == 1)
        #expect(other.errors.contains("is the store of --prefix \(line.prefix)"))
    }

    private func rows(_ folder: URL, _ query: String, in file: String = "x.db") throws -> [String] {
        try ChildProcess.run("sqlite3", [folder.appendingPathComponent(file).path, query])
            .split(separator: "\n").map(String.init)
    }

    private func count(_ line: Line, _ file: String, reaches wanted: Int) throws -> Bool {
        waitUntil(seconds: 30) {
            (try? rows(line.folder, "SELECT count(*) FROM ticks", in: file)) == ["\(wanted)"]
        }
    }

    /// The ids of all lines of ticks.
    private func csvTicks(_ line: Line) -> [String] {
        let folder = line.folder.appendingPathComponent("rows")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasPrefix("ticks-") }.flatMap { name in
            let text = (try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)) ?? ""
            return text.split(separator: "\n").dropFirst().map { String($0.prefix { $0 != "," }) }
        }
    }
}
