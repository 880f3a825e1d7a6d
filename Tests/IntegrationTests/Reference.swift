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

/// Compares records field by field: texts and whole numbers exactly, doubles to 1e-9 relative (stddev to 1e-9 of the price).
func differences(_ ours: [String], _ theirs: [String], key: (([String: Any]) -> String)) throws -> [String] {
    let left = Dictionary(try ours.map { ($0, try $0.jsonObject()) }.map { (key($0.1), $0.1) }) { first, _ in first }
    let right = Dictionary(try theirs.map { try $0.jsonObject() }.map { (key($0), $0) }) { first, _ in first }
    var found: [String] = []
    if ours.count != theirs.count { found.append("\(ours.count) records, pandas has \(theirs.count)") }
    for (name, want) in right {
        guard let have = left[name] else {
            found.append("\(name) is missing")
            continue
        }
        for (field, value) in want where !isClose(have[field], value, field, want) {
            found.append("\(name).\(field): \(have[field] ?? "absent"), pandas \(value)")
        }
    }
    return found
}

private func isClose(_ ours: Any?, _ theirs: Any, _ field: String, _ record: [String: Any]) -> Bool {
    if let a = ours as? [Any], let b = theirs as? [Any] {
        return a.count == b.count && zip(a, b).allSatisfy { isClose($0, $1, field, record) }
    }
    guard let a = ours as? NSNumber, let b = theirs as? NSNumber else {
        return "\(ours ?? "absent")" == "\(theirs)"
    }
    let price = (record["average_price"] as? NSNumber)?.doubleValue ?? 0
    // A slope or a change is a difference of prices: its error is one of theirs.
    let scale =
        switch field {
        case "stddev": price
        case "slope_per_minute": 1e6
        case "change_pct": 1.0
        default: max(a.doubleValue.magnitude, b.doubleValue.magnitude)
        }
    return a == b || (a.doubleValue - b.doubleValue).magnitude <= 1e-9 * scale
}
