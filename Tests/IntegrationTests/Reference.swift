import Foundation
import TestSupport

/// What pandas says of a recording: the scripts of CryptoCoreTests, run in a folder.
struct Reference {
    let ticks: URL
    let folder: URL
    private let summary: [String: Any]

    /// Makes the ticks of a recording, and their windows with the rules of the design.
    init(recording: String, arguments: [String] = [], in folder: URL) throws {
        let python = Servers.python ?? "python3"
        let scripts = SharedData.packageRoot.appendingPathComponent("Tests/CryptoCoreTests/Reference")
        ticks = folder.appendingPathComponent("ticks.jsonl")
        let lines = try ChildProcess.run(
            python, [scripts.appendingPathComponent("ticks.py").path, SharedData.file(recording).path] + arguments)
        try Data(lines.utf8).write(to: ticks)
        self.folder = folder.appendingPathComponent("pandas")
        _ = try ChildProcess.run(
            python, [scripts.appendingPathComponent("windows_reference.py").path, ticks.path, self.folder.path])
        summary =
            try String(contentsOf: self.folder.appendingPathComponent("summary.json"), encoding: .utf8).jsonObject()
    }

    /// The records of one file: `tumbling`, `sliding`, `trends`, `late`.
    func records(_ name: String) throws -> [String] {
        try String(contentsOf: folder.appendingPathComponent("\(name).jsonl"), encoding: .utf8)
            .split(separator: "\n").map(String.init)
    }
}
