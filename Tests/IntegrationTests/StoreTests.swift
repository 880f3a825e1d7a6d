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

    private func rows(_ folder: URL, _ query: String, in file: String = "x.db") throws -> [String] {
        try ChildProcess.run("sqlite3", [folder.appendingPathComponent(file).path, query])
            .split(separator: "\n").map(String.init)
    }
}
