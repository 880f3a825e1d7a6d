import Foundation
import ServiceKit
import System
import TestSupport
import TestTraits
import Testing

@testable import PipelineService

@Suite("The pipeline tells of alerts", .waiting)
struct NotifierTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("pipeline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let rule = #"{"alert":"Traded","expr":"window.count > 0","labels":{"severity":"info"}}"#
        try Data(#"{"groups":[{"name":"test","rules":[\#(rule)]}]}"#.utf8).write(to: rules)
    }

    private var rules: URL { folder.appendingPathComponent("rules.json") }

    @Test("what rules say of a replayed sample reaches the webhook before it ends, all of it, each once")
    func sample() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let webhook = try LoopbackServer { _, connection in try connection.reply(200) }
        let store = folder.appendingPathComponent("x.db").path
        let pipeline = try configured([
            "--sample", "--minutes", "1", "--store", "sqlite:\(store)", "--http", "127.0.0.1:0",
            "--rules", rules.path, "--webhook", webhook.url("/hook"),
        ])
        try PipelineService(pipeline, stop: StopFlag(), log: Log(service: "test", minimum: .error)).run()
        let alerts = try ChildProcess.run("sqlite3", ["-readonly", store, "select count(*) from alerts"])
        let count = Int(alerts.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
        #expect(count > 0)
        let keys = webhook.requests.map { $0.headers["idempotency-key"] }
        #expect(keys.count == count && Set(keys).count == count)
        let bodies = webhook.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(bodies.allSatisfy { $0.contains(#""alertname":"Traded""#) && $0.contains(#""source":"sample-"#) })
    }

    @Test("who is to be told without rules hears that nothing would be")
    func withoutRules() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for flag in [["--webhook", "http://127.0.0.1:1"], ["--exec", "true"], ["--repeat", "1h"]] {
            #expect { try configured(flag) } throws: {
                "\($0)".contains("\(flag[0]): does nothing without --rules FILE")
            }
            _ = try configured(flag + ["--rules", rules.path])
        }
        _ = try configured(["--console"])
    }
}
