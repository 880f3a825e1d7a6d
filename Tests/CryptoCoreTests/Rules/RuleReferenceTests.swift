import Foundation
import TestSupport
import TestTraits
import Testing

@testable import CryptoCore

@Suite("alerts are those that Python gives by the same rules", .waiting)
struct RuleReferenceTests {
    @Test(
        "random rules over random records, some of them out of order",
        .enabled(if: Reference.isPresent, Reference.skipped),
        arguments: 100..<106 as Range<UInt64>)
    func random(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let file = random.rulesFile(60)
        let records = random.ruleRecords(2_000)
        var alerts = VirtualAlerts(RuleSet(try RulesFile(parsing: file.bytes.span.bytes).rules))
        for (kind, series, value) in records { try alerts.add(kind, value, of: series) }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rules-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let lines = records.map { #"["\#($0.kind)",\#(String(decoding: $0.value, as: UTF8.self))]"# + "\n" }
        try Data(file.utf8).write(to: folder.appendingPathComponent("rules.json"))
        try Data(lines.joined().utf8).write(to: folder.appendingPathComponent("records.jsonl"))
        let script = SharedData.packageRoot.appendingPathComponent("Tests/CryptoCoreTests/Reference/rules_reference.py")
        let python = try #require(Reference.python)
        let result = try ChildProcess(python, [script.path, folder.path]).wait(seconds: 120)
        try #require(result.status == 0, "\(result.errors)")
        let theirs = try result.output.split(separator: "\n").map {
            try JSONDecoder().decode(Change.self, from: Data($0.utf8))
        }
        let ours = try alerts.alerts.map { alert in
            Change(
                rule: alert.rule, state: alert.state.description, series: alert.series.description, since: alert.since,
                as_of: alert.asOf, value: alert.value)
        }
        #expect(ours.count == theirs.count && ours.count > 200)
        if let first = zip(ours, theirs).first(where: { $0 != $1 }) { Issue.record("\(first.0) is not \(first.1)") }
    }

    private struct Change: Decodable, Equatable {
        var rule: String
        var state: String
        var series: String
        var since: Int64
        var as_of: Int64
        var value: Double?
    }
}
