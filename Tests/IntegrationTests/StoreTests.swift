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

    private func rows(_ folder: URL, _ query: String, in file: String = "x.db") throws -> [String] {
        try ChildProcess.run("sqlite3", [folder.appendingPathComponent(file).path, query])
            .split(separator: "\n").map(String.init)
    }
}
