import Foundation
import TestSupport
import TestTraits
import Testing

@Suite("Services that are stopped and killed in the middle", .serialized, .waiting)
struct RestartTests {
    private static let binance = "data/binance/ws-spot-btcusdt-trade-20240808T2354-20240809T0005.txt.gz"

    @Test(
        "processor and sink, killed and stopped while trades come in, leave every window and row once",
        .enabled(if: Servers.hasLine))
    func restarts() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let reference = try Reference(recording: RestartTests.binance, in: line.folder)
        func processor() throws -> ChildProcess {
            try line.start("processor", ["--idle-timeout", "0", "--instance", "one"])
        }
        func sink() throws -> ChildProcess {
            try line.start("sink", ["--store", "sqlite:line.db", "--instance", "one"])
        }
        var core = try processor()
        var store = try sink()
        #expect(waitUntil(seconds: 60) { core.errorsSoFar.contains("partitions assigned") })
        let producer = try line.start(
            "producer",
            ["--source", "replay", "--speed", "30", "--file", SharedData.file(RestartTests.binance).path])
        for signal in [SIGKILL, SIGTERM, SIGKILL] {
            let before = try line.end(of: "windows.sliding")
            #expect(try waitUntil(seconds: 60) { try line.end(of: "windows.sliding") > before })
            for service in [core, store] { service.signal(signal) }
            let ends = [try core.wait(seconds: 10), try store.wait(seconds: 10)]
            if signal == SIGTERM { #expect(ends.allSatisfy { $0.status == 0 }) }
            core = try processor()
            store = try sink()
        }
        #expect(try producer.wait(seconds: 120).status == 0)

        let sliding = try reference.records("sliding")
        let tumbling = try reference.records("tumbling")
        #expect(try waitUntil(seconds: 90) { try line.values("windows.sliding").count >= sliding.count })
        #expect(try differences(line.values("windows.sliding"), sliding) == [])
        #expect(try differences(line.values("windows.tumbling"), tumbling) == [])
        let trades = try line.values("ticks").count
        #expect(try waitUntil(seconds: 60) { try rows(line, "select count(*) from ticks") == trades })
        let finals = "select count(*) from windows where final = 1"
        #expect(try waitUntil(seconds: 60) { try rows(line, finals) == sliding.count + tumbling.count })
        for service in [core, store] {
            service.signal(SIGTERM)
            #expect(try service.wait(seconds: 10).status == 0)
        }
    }

    @Test(
        "processors that join and leave in mid-stream hand over their partitions with every window made once",
        .enabled(if: Servers.hasLine))
    func rebalances() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let reference = try Reference(recording: RestartTests.binance, in: line.folder)
        let first = try line.start("processor", ["--idle-timeout", "0"])
        #expect(waitUntil(seconds: 60) { first.errorsSoFar.contains("partitions assigned") })
        let producer = try line.start(
            "producer",
            ["--source", "replay", "--speed", "30", "--file", SharedData.file(RestartTests.binance).path])
        for _ in 0..<3 {
            let before = try line.end(of: "windows.sliding")
            #expect(try waitUntil(seconds: 60) { try line.end(of: "windows.sliding") > before })
            let second = try line.start("processor", ["--idle-timeout", "0"])
            #expect(waitUntil(seconds: 60) { second.errorsSoFar.contains("partitions assigned") })
            second.signal(SIGTERM)
            #expect(try second.wait(seconds: 10).status == 0)
        }
        #expect(try producer.wait(seconds: 120).status == 0)

        let sliding = try reference.records("sliding")
        let tumbling = try reference.records("tumbling")
        #expect(try waitUntil(seconds: 90) { try line.values("windows.sliding").count >= sliding.count })
        #expect(try differences(line.values("windows.sliding"), sliding) == [])
        #expect(try differences(line.values("windows.tumbling"), tumbling) == [])
        first.signal(SIGTERM)
        let end = try first.wait(seconds: 10)
        #expect(end.status == 0, "\(end.errors.suffix(500))")
    }

    private func rows(_ line: Line, _ query: String) throws -> Int {
        let text = try ChildProcess.run("sqlite3", [line.folder.appendingPathComponent("line.db").path, query])
        return Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
    }
}
