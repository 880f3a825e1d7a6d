import CryptoCore
import Foundation
import TestSupport
import TestTraits
import Testing

@Suite("The trainer, as a user starts it", .serialized, .waiting)
struct TrainerTests {
    private static let start: Int64 = 1_763_683_200_000
    private static let series = Series(source: "made", symbol: "BTC-USD")

    /// Made-up trades, one each 20 s: the price mostly follows the side of the trade before.
    private static func ticks(hours: Range<Int>, following: Double = 0.8) -> [Tick] {
        var random = SplitMix64(seed: UInt64(hours.lowerBound))
        var price = 1000.0
        var isBuy = true
        return (hours.lowerBound * 180..<hours.upperBound * 180).map { number in
            let follows = Double.random(in: 0..<1, using: &random) < following
            price = min(
                max(price + (isBuy == follows ? 1 : -1) * Double(Int.random(in: 1...4, using: &random)) / 4, 900), 1100)
            isBuy = Bool.random(using: &random)
            let trade = Tick.Trade(
                tradeID: "\(number + 1)", price: price, quantity: Double.random(in: 0.1...2, using: &random),
                side: isBuy ? .buy : .sell)
            let time = start + Int64(number) * 20_000
            return Tick(series: series, kind: .trade(trade), eventTime: time, ingestTime: time + 40)
        }
    }

    private static func lines(_ ticks: [Tick]) -> Data {
        Data(ticks.map { String(decoding: $0.encoded(), as: UTF8.self) + "\n" }.joined().utf8)
    }

    /// Rows of the preset `direction` in a file: up after a buy, mostly.
    private static func rows(_ count: Int, in folder: URL) throws -> URL {
        var random = SplitMix64(seed: 9)
        let lines = (0..<count).map { _ in
            let isBuy = Bool.random(using: &random)
            let isUp = Double.random(in: 0..<1, using: &random) < 0.7 ? isBuy : !isBuy
            let price = Int.random(in: 900...1100, using: &random)
            return "\(price).5,\(Double.random(in: 0.1...2, using: &random)),\(isBuy ? 1 : 0),\(isUp ? 1 : 0)\n"
        }
        let file = folder.appendingPathComponent("rows.csv")
        try Data(("price,quantity,is_buy,target\n" + lines.joined()).utf8).write(to: file)
        return file
    }

    private func train(_ words: [String], in folder: URL, seconds: Double = 60) throws -> ChildProcess.Result {
        let small = words.contains("--use") ? [] : ["--trees", "10"]
        return try ChildProcess.service("trainer", words + small + ["--models", "models"], in: folder).wait(
            seconds: seconds)
    }

    private func names(_ folder: URL, _ path: String) -> [String] {
        let found = try? FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(path).path)
        return (found ?? []).sorted()
    }

    private func card(_ folder: URL, _ path: String) throws -> [String: Any] {
        let data = try Data(contentsOf: folder.appendingPathComponent("models/\(path)/card.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    // MARK: Inputs

    @Test(
        "the same ticks in CSV, SQLite, MongoDB and Kafka make the same model",
        .enabled(if: Servers.kafka != nil && Servers.mongodb != nil))
    func inputs() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        try TrainerTests.lines(TrainerTests.ticks(hours: 0..<12)).write(to: folder.appendingPathComponent("made.jsonl"))
        let database = Database(try #require(Servers.mongodb), Servers.freshPrefix())
        defer { database.drop() }
        let stores = ["sqlite:crypto.db", "csv:records", database.uri]
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let replay = ["--source", "replay", "--file", "made.jsonl", "--speed", "max", "--http", "127.0.0.1:0"]
        let services = try [
            ChildProcess.service("pipeline", replay + stores.flatMap { ["--store", $0] }, in: folder),
            ChildProcess.service(
                "producer", replay + ["--brokers", line.brokers, "--prefix", line.prefix], in: folder),
        ]
        for service in services {
            let result = try service.wait(seconds: 60)
            try #require(result.status == 0, "\(result.errors.suffix(500))")
        }
        // What the processor would bury teaches nothing: another key than the record's series.
        let stray = TrainerTests.ticks(hours: 12..<13)[0]
        try line.write("ticks", key: "another:KEY", value: String(decoding: stray.encoded(), as: UTF8.self))
        let common = [
            "--preset", "direction", "--evaluate", "none", "--brokers", line.brokers, "--prefix", line.prefix,
        ]
        for (number, from) in (stores + ["kafka"]).enumerated() {
            let words = common + ["--from", from, "--name", "m\(number)", "--export", "rows\(number).csv"]
            let result = try train(words, in: folder)
            try #require(result.status == 0, "\(from): \(result.errors.suffix(500))")
        }
        let exports = try (0..<4).map { try Data(contentsOf: folder.appendingPathComponent("rows\($0).csv")) }
        #expect(exports[0].count > 50_000 && exports.allSatisfy { $0 == exports[0] })
        let forests = try (0..<4).map { number in
            try #require(try card(folder, "m\(number)/1")["forest"] as? [String: Any])["leaves"] as? Int
        }
        #expect(Set(forests).count == 1)
    }

    @Test(
        "an input that is not there, or holds nothing, is one helpful line, exit 1, and no model",
        arguments: [
            (["--from", "csv:nowhere.csv"], "nowhere.csv: No such file"),
            (["--from", "sqlite:nowhere.db"], "nowhere.db"),
            (["--from", "csv:empty"], "no file ticks-DATE.csv"),
            (["--from", "csv:rubbish.csv"], "rubbish.csv, line 1"),
            (["--from", "sqlite:rubbish.csv"], "rubbish.csv"),
            (["--from", "csv:few.csv"], "there are 99 rows, and 100 are the fewest"),
            (["--from", "csv:same.csv"], "each of the 200 rows has the target 0"),
        ])
    func missing(words: [String], wanted: String) throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("empty"), withIntermediateDirectories: true)
        try Data("rubbish,\u{0}\u{1}\n\"".utf8).write(to: folder.appendingPathComponent("rubbish.csv"))
        let header = "price,quantity,is_buy,target\n"
        let few = (0..<99).map { "1.0,1,0,\($0 % 2)\n" }.joined()
        try Data((header + few).utf8).write(to: folder.appendingPathComponent("few.csv"))
        let same = String(repeating: "1.0,1,0,0\n", count: 200)
        try Data((header + same).utf8).write(to: folder.appendingPathComponent("same.csv"))
        let result = try train(["--preset", "direction"] + words, in: folder)
        #expect(result.status == 1 && result.errors.contains(wanted), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count { $0.contains(" error ") } == 1)
        #expect(names(folder, "models") == [])
    }

    @Test(
        "a row of a store that is no tick is named, and how to mend it",
        arguments: [
            ("price = -1.0", "price must be a number above 0"), ("kind = 'order'", "kind must be trade, quote or gap"),
            ("side = 'long'", "side must be buy, sell or missing"), ("quantity = NULL", "quantity must be a number"),
            ("event_time = 1763683200", "this looks like seconds"),
        ])
    func wrongRow(change: String, wanted: String) throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        try store(TrainerTests.ticks(hours: 0..<2), in: folder, "sqlite:crypto.db")
        let script = """
            import sqlite3
            with sqlite3.connect("crypto.db") as db:
                assert db.execute("UPDATE ticks SET \(change) WHERE trade_id = '7'").rowcount == 1
            """
        let changed = try ChildProcess(Servers.python ?? "python3", ["-c", script], in: folder).wait(seconds: 20)
        try #require(changed.status == 0, "\(changed.errors)")
        let result = try train(["--preset", "direction", "--from", "sqlite:crypto.db"], in: folder)
        #expect(result.status == 1 && result.errors.contains(wanted), "\(result.errors)")
        #expect(
            result.errors.contains("a tick of made:BTC-USD (event_time 176368") && result.errors.contains("--since"))
    }

    // MARK: Versions

    @Test("versions count up, --use goes back, and a folder that was meddled with is refused with words")
    func versions() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        _ = try TrainerTests.rows(600, in: folder)
        let words = ["--preset", "direction", "--from", "csv:rows.csv", "--evaluate", "holdout:0.2"]
        for version in 1...2 {
            let result = try train(words + ["--export", "\(version).onnx"], in: folder)
            #expect(result.status == 0 && result.output.contains("\ndirection:\(version), "), "\(result.errors)")
            #expect(try Data(contentsOf: folder.appendingPathComponent("\(version).onnx")).count > 1_000)
            #expect(names(folder, "models/direction/\(version)") == ["card.html", "card.json", "model.bin"])
        }
        let current = folder.appendingPathComponent("models/direction/current")
        #expect(try String(contentsOf: current, encoding: .utf8) == "2\n")
        let back = try train(["--use", "direction:1"], in: folder)
        #expect(back.status == 0 && back.output.contains("version 1 is served, before it version 2"))
        #expect(try String(contentsOf: current, encoding: .utf8) == "1\n")
        let none = try train(["--use", "direction:9"], in: folder)
        #expect(none.status == 1 && none.errors.contains("there is no version 9 of direction; there are 1, 2"))
        try Data("not a model".utf8).write(to: folder.appendingPathComponent("models/direction/2/model.bin"))
        let damaged = try train(["--use", "direction:2"], in: folder)
        #expect(damaged.status == 1 && damaged.errors.contains("models/direction/2/model.bin"))
        #expect(try String(contentsOf: current, encoding: .utf8) == "1\n")
        let other = try train(["--preset", "horizon", "--name", "direction", "--from", "csv:rows.csv"], in: folder)
        #expect(other.status == 1 && other.errors.contains("is a model of the preset direction, not horizon"))
    }

    @Test("a version goes out as an ONNX file, and comes in again as a version of another name")
    func onnx() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        _ = try TrainerTests.rows(600, in: folder)
        let words = ["--preset", "direction", "--from", "csv:rows.csv", "--evaluate", "none", "--export", "new.onnx"]
        #expect(try train(words, in: folder).status == 0)
        func run(_ words: [String]) throws -> ChildProcess.Result {
            try ChildProcess.service("trainer", words, in: folder).wait(seconds: 60)
        }
        let out = try run(["--export", "out.onnx", "--of", "direction:1"])
        #expect(out.status == 0 && out.output == "out.onnx: version 1 of direction\n", "\(out.errors)")
        let bytes = try ["new.onnx", "out.onnx"].map { try Data(contentsOf: folder.appendingPathComponent($0)) }
        #expect(bytes[0] == bytes[1] && bytes[0].count > 1_000)
        let none = try run(["--export", "none.onnx", "--of", "direction:9"])
        #expect(none.status == 1 && none.errors.contains("models/direction/9/model.bin"), "\(none.errors)")
        let judged = ["--from", "csv:rows.csv", "--evaluate", "holdout:0.2"]
        let comeIn = ["--import", "out.onnx", "--preset", "direction", "--name", "theirs"]
        for more in [[], judged] { #expect(try run(comeIn + more).status == 0) }
        #expect(try card(folder, "theirs/1")["training"] is NSNull)
        #expect(try card(folder, "theirs/2")["evaluation"] is [String: Any])
        let other = try run(["--import", "out.onnx", "--preset", "horizon"])
        #expect(other.status == 1 && other.errors.contains("of 3 features, where 13 are wanted"), "\(other.errors)")
        let foreign = try run(["--import", "rows.csv", "--preset", "direction", "--name", "foreign"])
        #expect(foreign.status == 1 && foreign.errors.contains("rows.csv: the model cannot be taken"))
        #expect(names(folder, "models") == ["direction", "theirs"])
    }

    @Test("a stop request ends the trainer soon and in order, whatever it does", arguments: ["growing", "judging"])
    func stopped(stage: String) throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        _ = try TrainerTests.rows(60_000, in: folder)
        let evaluate = stage == "growing" ? "none" : "holdout:0.2"
        let service = try ChildProcess.service(
            "trainer",
            [
                "--preset", "direction", "--from", "csv:rows.csv", "--models", "models", "--evaluate", evaluate,
                "--trees",
                "10000",
            ], in: folder)
        try #require(
            waitUntil(seconds: 60) { service.errorsSoFar.contains("stage=\(stage)") }, "\(service.errorsSoFar)")
        service.signal(SIGTERM)
        #expect(try service.wait(seconds: 10).status == 0)
        #expect(service.errorsSoFar.contains("no model was written") && names(folder, "models") == [])
    }

    @Test("a full disk is one helpful line, and leaves nothing half written")
    func fullDisk() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        let rows = try TrainerTests.rows(600, in: folder)
        let trainer = ChildProcess.binaries.appendingPathComponent("trainer").path
        let words = "--preset direction --from csv:\(rows.path) --evaluate none --models models"
        #expect(try train(words.split(separator: " ").map(String.init), in: folder).status == 0)
        // No file may be larger than 4 KiB: the write of a larger one fails as on a full disk.
        let script = "ulimit -f 4; exec \(trainer) \(words) --trees 100"
        let result = try ChildProcess("bash", ["-c", script], in: folder).wait(seconds: 60)
        #expect(result.status == 1 && result.errors.contains("models/direction/.new-2/model.bin"), "\(result.errors)")
        #expect(result.errors.contains("nothing was left half written"))
        #expect(names(folder, "models/direction") == ["1", "current"])
    }

    @Test("an export that cannot be written, at the start or at the end, is one helpful line, exit 1, and no model")
    func fullExport() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        _ = try TrainerTests.rows(600, in: folder)
        let words = ["--preset", "direction", "--from", "csv:rows.csv", "--evaluate", "none"]
        let nowhere = try train(words + ["--export", "nowhere/x.onnx"], in: folder)
        #expect(
            nowhere.status == 1 && nowhere.errors.contains("nowhere/x.onnx: open: No such file"), "\(nowhere.errors)")
        #expect(nowhere.output == "" && names(folder, "models") == [])
        #expect(try train(words + ["--export", "x.onnx"], in: folder).status == 0)
        func size(_ path: String) throws -> Int { try Data(contentsOf: folder.appendingPathComponent(path)).count }
        let (model, export) = (try size("models/direction/1/model.bin"), try size("x.onnx"))
        try #require(export > model + 2_048)
        // A file of the model's size can be written, one of the export's cannot: as on a full disk.
        let trainer = ChildProcess.binaries.appendingPathComponent("trainer").path
        let more = "--trees 10 --models models --name full --export full.onnx"
        let script = "ulimit -f \(model / 1_024 + 1); exec \(trainer) \(words.joined(separator: " ")) \(more)"
        let full = try ChildProcess("bash", ["-c", script], in: folder).wait(seconds: 60)
        #expect(full.status == 1 && full.errors.contains("full.onnx: write: "), "\(full.errors)")
        #expect(full.errors.contains("name another file by --export: nothing of it was written") && full.output == "")
        #expect(names(folder, "models/full") == [] && names(folder, "") == ["models", "rows.csv", "x.onnx"])
    }

    @Test("a stop request ends an import soon, though its file does not come to an end")
    func stoppedImport() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        let file = folder.appendingPathComponent("slow.onnx")
        try #require(mkfifo(file.path, 0o600) == 0)
        let service = try ChildProcess.service(
            "trainer", ["--preset", "direction", "--import", "slow.onnx", "--models", "models"], in: folder)
        try #require(
            waitUntil(seconds: 60) { service.errorsSoFar.contains("stage=importing") }, "\(service.errorsSoFar)")
        service.signal(SIGTERM)
        #expect(try service.wait(seconds: 10).status == 0)
        #expect(service.errorsSoFar.contains("no model was written") && names(folder, "models") == [])
    }

    @Test("two trainers at once on one folder make two versions")
    func together() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        _ = try TrainerTests.rows(600, in: folder)
        let words = ["--preset", "direction", "--from", "csv:rows.csv", "--evaluate", "none", "--trees", "10"]
        let trainers = try (0..<4).map { _ in try ChildProcess.service("trainer", words, in: folder) }
        for trainer in trainers { #expect(try trainer.wait(seconds: 60).status == 0) }
        #expect(names(folder, "models/direction") == ["1", "2", "3", "4", "current", "previous"])
    }

    // MARK: --watch

    @Test("--watch serves a model, challenges it when the market has changed, answers for its health and stops cleanly")
    func watch() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        let database = "sqlite:crypto.db"
        try store(TrainerTests.ticks(hours: 0..<48), in: folder, database)
        let service = try ChildProcess.service(
            "trainer",
            [
                "--preset", "direction", "--from", database, "--models", "models", "--trees", "20", "--watch", "1s",
                "--fresh",
                "12h", "--evaluate", "none", "--http", "127.0.0.1:0",
            ], in: folder)
        func get(_ path: String) throws -> String {
            let address = service.errorsSoFar.components(separatedBy: "http=").last?.prefix { !$0.isWhitespace } ?? ""
            return try ChildProcess("curl", ["-s", "\(address)\(path)"]).wait(seconds: 10).output
        }
        try #require(
            waitUntil(seconds: 60) { self.names(folder, "models/direction").contains("1") }, "\(service.errorsSoFar)")
        #expect(try waitUntil(seconds: 20) { try get("/health/ready").contains(#""status":"ready""#) })
        // It goes on looking, and finds nothing new before the fresh period.
        #expect(waitUntil(seconds: 30) { service.errorsSoFar.contains("nothing is new before the fresh period") })
        try store(TrainerTests.ticks(hours: 48..<80, following: 0.1), in: folder, database)
        // A round may begin while the store is half filled: its challenger may lose, and a later one win.
        try #require(waitUntil(seconds: 60) { self.promoted(folder) != nil }, "\(service.errorsSoFar)")
        let winner = try #require(promoted(folder))
        #expect(waitUntil(seconds: 20) { self.current(folder).map { $0 >= winner } == true })
        let served = try #require(current(folder))
        let challenge = try #require(try card(folder, "direction/\(served)")["challenge"] as? [String: Any])
        #expect(challenge["promoted"] as? Bool == true)
        #expect(
            try waitUntil(seconds: 20) {
                try get("/metrics").contains("cryptostream_trainer_version \(self.current(folder) ?? 0)\n")
            })
        try FileManager.default.removeItem(at: folder.appendingPathComponent("crypto.db"))
        #expect(
            try waitUntil(seconds: 40) { try get("/health/ready").contains("crypto.db") },
            "\(service.errorsSoFar.suffix(500))")
        service.signal(SIGTERM)
        #expect(try service.wait(seconds: 20).status == 0)
        #expect(names(folder, "models/direction").filter { Int($0) == nil } == ["current", "previous"])
    }

    @Test("--watch puts a new version in the place of one that is damaged, and says when it cannot write")
    func damagedChampion() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        try store(TrainerTests.ticks(hours: 0..<48), in: folder, "csv:records")
        let words = ["--preset", "direction", "--from", "csv:records", "--evaluate", "none"]
        #expect(try train(words, in: folder).status == 0)
        let model = folder.appendingPathComponent("models/direction/1/model.bin")
        try Data("not a model".utf8).write(to: model)
        // No file may be larger than 1 KiB, as on a full disk, until somebody makes room.
        let trainer = ChildProcess.binaries.appendingPathComponent("trainer").path
        let more = "--models models --trees 10 --fresh 12h --watch 1s --http 127.0.0.1:0"
        let script = "ulimit -S -f 1; exec \(trainer) \(words.joined(separator: " ")) \(more)"
        let service = try ChildProcess("bash", ["-c", script], in: folder)
        func ready() throws -> String {
            let address = service.errorsSoFar.components(separatedBy: "http=").last?.prefix { !$0.isWhitespace } ?? ""
            return try ChildProcess("curl", ["-s", "\(address)/health/ready"]).wait(seconds: 10).output
        }
        #expect(
            try waitUntil(seconds: 60) { try ready().contains("nothing was left half written") },
            "\(service.errorsSoFar.suffix(500))")
        #expect(try ready().contains("models/direction/1/model.bin"))
        _ = try ChildProcess("prlimit", ["--pid", "\(service.pid)", "--fsize=unlimited"]).wait(seconds: 10)
        #expect(
            try waitUntil(seconds: 60) { try ready().contains(#""status":"ready""#) },
            "\(service.errorsSoFar.suffix(500))")
        #expect(current(folder) == 2 && names(folder, "models/direction") == ["1", "2", "current", "previous"])
        service.signal(SIGTERM)
        #expect(try service.wait(seconds: 20).status == 0)
    }

    @Test("--watch says that all ticks lie in the fresh period, and reads on")
    func allFresh() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        try store(TrainerTests.ticks(hours: 0..<12), in: folder, "csv:records")
        let service = try ChildProcess.service(
            "trainer",
            ["--preset", "direction", "--from", "csv:records", "--watch", "1s", "--http", "127.0.0.1:0"], in: folder)
        #expect(
            waitUntil(seconds: 30) {
                service.errorsSoFar.components(separatedBy: "all rows lie in the fresh period, the last 1d").count > 2
            }, "\(service.errorsSoFar.suffix(500))")
        service.signal(SIGTERM)
        #expect(try service.wait(seconds: 20).status == 0)
        #expect(names(folder, "models") == [])
    }

    /// The version that is served.
    private func current(_ folder: URL) -> Int? {
        let text = try? String(contentsOf: folder.appendingPathComponent("models/direction/current"), encoding: .utf8)
        return text.flatMap { Int($0.dropLast()) }
    }

    /// The first version that took a champion's place.
    private func promoted(_ folder: URL) -> Int? {
        names(folder, "models/direction").compactMap(Int.init).sorted().first { version in
            let challenge = (try? card(folder, "direction/\(version)"))?["challenge"] as? [String: Any]
            return challenge?["promoted"] as? Bool == true
        }
    }

    /// Lets a pipeline put ticks into a store.
    private func store(_ ticks: [Tick], in folder: URL, _ database: String) throws {
        try TrainerTests.lines(ticks).write(to: folder.appendingPathComponent("made.jsonl"))
        let pipeline = try ChildProcess.service(
            "pipeline",
            [
                "--source", "replay", "--file", "made.jsonl", "--speed", "max", "--store", database, "--http",
                "127.0.0.1:0",
            ], in: folder)
        let result = try pipeline.wait(seconds: 60)
        try #require(result.status == 0, "\(result.errors.suffix(500))")
    }
}
