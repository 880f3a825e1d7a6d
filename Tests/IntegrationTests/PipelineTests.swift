import Foundation
import TestSupport
import TestTraits
import Testing

@Suite("The pipeline with the broker inside", .serialized, .waiting)
struct PipelineTests {
    /// A pipeline in a folder of its own, and what its port answers.
    private final class Bench {
        let folder: URL
        let process: ChildProcess

        /// Without a network: what it asks over HTTPS goes to a proxy that is not there.
        init(_ arguments: [String]) throws {
            folder = try Servers.freshFolder()
            process = try ChildProcess(
                ChildProcess.binaries.appendingPathComponent("pipeline").path, arguments + ["--http", "127.0.0.1:0"],
                in: folder, environment: ["https_proxy": "http://127.0.0.1:1"])
        }

        deinit { Servers.remove(folder) }

        /// The body of an answer; nil while there is none, or another status than 200.
        func get(_ path: String) throws -> String? {
            let errors = process.errorsSoFar
            guard errors.contains("http=http") else { return nil }
            let address = errors.components(separatedBy: "http=").last?.prefix { !$0.isWhitespace } ?? ""
            let result = try ChildProcess("curl", ["-s", "-f", "\(address)\(path)"]).wait(seconds: 10)
            return result.status == 0 ? result.output : nil
        }

        func isReady() throws -> Bool { try get("/health/ready") != nil }

        /// A counter's value, all its labels together.
        func count(_ name: String) throws -> Double {
            try get("/metrics")?.split(separator: "\n").filter { $0.hasPrefix(name) }
                .compactMap { Double($0.split(separator: " ").last ?? "") }.reduce(0, +) ?? 0
        }

        /// User and system time so far. *Units*: seconds.
        func cpuSeconds() throws -> Double {
            let text = try String(contentsOfFile: "/proc/\(process.pid)/stat", encoding: .utf8)
            let fields = text.components(separatedBy: ") ").last?.split(separator: " ") ?? []
            let ticks = fields[11...12].compactMap { Double($0) }.reduce(0, +)
            return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        }

        func rows(_ query: String, in database: String) -> String {
            let file = folder.appendingPathComponent(database).path
            let found = try? ChildProcess.run("sqlite3", ["-readonly", file, query])
            return found?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        }

        func has(_ file: String) -> Bool {
            FileManager.default.fileExists(atPath: folder.appendingPathComponent(file).path)
        }

        func stop() throws {
            process.signal(SIGTERM)
            let result = try process.wait(seconds: 10)
            #expect(result.status == 0, "\(result.errors.suffix(1000))")
        }
    }

    @Test("it is ready within two seconds, and a few ticks cost next to nothing")
    func frugal() throws {
        let started = ContinuousClock.now
        let bench = try Bench(["--source", "synthetic", "--rate", "10", "--store", "sqlite:x.db"])
        #expect(try waitUntil(seconds: 30) { try bench.isReady() })
        #expect(ContinuousClock.now - started < .seconds(2))
        func ticks() throws -> Double { try bench.count("cryptostream_producer_ticks_total") }
        let (ticksBefore, cpuBefore) = try (ticks(), bench.cpuSeconds())
        // Seconds apart, so that our own questions cost nothing.
        #expect(try waitFor(ticks, atLeast: ticksBefore + 80))
        let spent = try bench.cpuSeconds() - cpuBefore
        // Eight seconds: 0.15 where nothing else runs.
        #expect(spent < 0.4, "\(spent) s of a core for eighty ticks")
        try bench.stop()
    }

    @Test(
        "without a network and without a word the sample plays: minutes at once, under its own name, in its own database"
    )
    func sample() throws {
        let bench = try Bench([])
        let final = "select count(*) from windows where final = 1 and type = 'tumbling'"
        #expect(waitUntil(seconds: 30) { Int(bench.rows(final, in: "crypto-sample.db")) ?? 0 >= 4 })
        let foreign = "select count(*) from ticks where source not like 'sample-%' or event_time > inserted_at + 2000"
        #expect(bench.rows(foreign, in: "crypto-sample.db") == "0")
        #expect(!bench.has("crypto.db"))
        for word in ["nothing here is live", "sample-binance", "crypto-sample.db"] {
            #expect(bench.process.outputSoFar.contains(word))
        }
        try bench.stop()
    }

    @Test("what was asked for is waited for, and nothing else is played")
    func waits() throws {
        let bench = try Bench([
            "--symbols", "BTC", "--endpoint", "bybit=ws://127.0.0.1:1", "--store", "sqlite:mine.db",
        ])
        #expect(waitUntil(seconds: 30) { bench.process.errorsSoFar.contains("not connected") })
        #expect(try !bench.isReady())
        #expect(waitUntil(seconds: 30) { bench.rows("select count(*) from ticks", in: "mine.db") != "" })
        try bench.stop()
        #expect(bench.rows("select count(*) from ticks where kind = 'trade'", in: "mine.db") == "0")
        #expect(!bench.process.outputSoFar.contains("sample"))
    }

    private func waitFor(_ ticks: () throws -> Double, atLeast wanted: Double) throws -> Bool {
        var next = ContinuousClock.now
        return try waitUntil(seconds: 60) {
            guard ContinuousClock.now >= next else { return false }
            next = ContinuousClock.now + .seconds(1)
            return try ticks() >= wanted
        }
    }
}
