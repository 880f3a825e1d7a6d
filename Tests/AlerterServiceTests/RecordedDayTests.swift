import CryptoCore
import Foundation
import System
import TestSupport
import TestTraits
import Testing

@testable import AlerterService

@Suite("config/alerts.json on recorded days: each alert is one that pandas finds, and there are no others", .waiting)
struct RecordedDayTests {
    private static let python: String? = {
        let made = SharedData.packageRoot.appendingPathComponent(".build/venv/bin/python").path
        let named = ProcessInfo.processInfo.environment["CRYPTO_PYTHON"] ?? made
        let result = try? ChildProcess(named, ["-c", "import pandas, talib"]).wait(seconds: 60)
        return result?.status == 0 ? named : nil
    }()

    /// A change of an alert; without its value it says whether it is the same change.
    private struct Change: Decodable, CustomStringConvertible {
        let rule: String
        let state: String
        let as_of: Int64
        let since: Int64
        let value: Double?

        var description: String { "\(as_of) \(state) \(rule) since \(since)" }
    }

    /// What Reference/alerts_reference.py finds in a recorded day.
    private struct Found: Decodable {
        let rules: [String]
        let alerts: [Change]
    }

    @Test(
        "a day at bitFlyer",
        .enabled(if: python != nil, "skipped: no Python with pandas (CRYPTO_PYTHON); deploy/test makes one"),
        .enabled(if: SharedData.isPresent, "skipped: the recordings are not there (CRYPTO_SHARED)"),
        arguments: [
            // A Sunday without large moves, and a Monday on which every rule fires.
            ("2018-01-21", ["BandBreak", "MACDCross", "Overbought", "Oversold", "VolumeSpike"]),
            (
                "2018-01-22",
                [
                    "Anomaly", "BandBreak", "MACDCross", "Overbought", "Oversold", "PriceMovedInAMinute",
                    "PriceMovedInSixMinutes", "VolumeSpike",
                ]
            ),
        ])
    func day(_ date: String, fired: [String]) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("alerts-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let theirs = try find(date, folder)
        let rules = try RulesSource.rules(
            of: SharedData.packageRoot.appendingPathComponent("config/alerts.json").path)
        let ours = try replay(rules, folder.appendingPathComponent("ticks.jsonl"))

        #expect(theirs.rules.sorted() == RecordedDayTests.testable(rules), "a rule has no expression in the script")
        #expect(Set(ours.map(\.rule)).sorted() == fired)
        #expect(ours.map(\.description) == theirs.alerts.map(\.description))
        for (mine, other) in zip(ours, theirs.alerts) {
            let value = try #require(mine.value), expected = try #require(other.value)
            #expect(abs(value - expected) <= 1e-9 * max(1, abs(expected)), "\(mine): \(value), \(expected)")
        }
    }

    private func find(_ date: String, _ folder: URL) throws -> Found {
        let script = SharedData.packageRoot.appendingPathComponent(
            "Tests/AlerterServiceTests/Reference/alerts_reference.py")
        let recording = SharedData.file("data/bitflyer/BTC_JPY-executions-\(date).csv.gz")
        let result = try ChildProcess(
            try #require(RecordedDayTests.python), [script.path, recording.path, folder.path]
        ).wait(seconds: 120)
        try #require(result.status == 0, "\(result.errors)")
        return try JSONDecoder().decode(Found.self, from: Data(result.output.utf8))
    }

    /// In the order of time; of one time, by the rules' names.
    private func replay(_ rules: RuleSet, _ ticks: URL) throws -> [Change] {
        var changes: [Change] = []
        var replay = RuleReplay(rules) { alert in
            changes.append(
                Change(
                    rule: alert.rule, state: "\(alert.state)", as_of: alert.asOf, since: alert.since,
                    value: alert.value))
        }
        _ = try replay.run(ticks.path, StopFlag())
        return changes.sorted { ($0.as_of, $0.rule) < ($1.as_of, $1.rule) }
    }

    /// The rules that look at nothing but what ticks make: not at the clock, and not at a model's scores.
    private static func testable(_ rules: RuleSet) -> [String] {
        let made: Set<RecordKind> = [.tick, .window, .sliding, .trend, .indicators]
        return rules.rules.filter { !$0.usesClock && $0.expression.kinds.isSubset(of: made) }.map(\.name).sorted()
    }
}
