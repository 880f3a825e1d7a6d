import Foundation
import TestSupport
import TestTraits
import Testing

@Suite("The programs, as a user starts them", .serialized, .waiting)
struct ProgramTests {
    @Test(
        "a wrong command line is one helpful line and exit 64",
        arguments: [
            ("producer", ["--bogus"], "--bogus"),
            ("producer", ["--symbols", "bitcoin", "--interval", "0"], "--interval"),
            ("producer", ["--source", "bybot"], "bybit"),
            ("producer", ["--source", "replay"], "--file"),
            ("processor", ["--slide", "7s"], "--slide"),
            ("sink", ["--store", "nowhere"], "--store"),
            ("trainer", ["--preset", "horizon", "--from", "csv"], "--from"),
            ("pipeline", ["--minutes", "-1"], "--minutes"),
        ])
    func usage(program: String, arguments: [String], word: String) throws {
        let result = try ChildProcess.service(program, arguments).wait(seconds: 10)
        #expect(result.status == 64)
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(result.errors.hasPrefix("\(program): ") && result.errors.contains(word))
    }

    @Test(
        "--help and --version go to standard output and exit 0",
        arguments: ["producer", "processor", "sink", "trainer", "pipeline"])
    func help(program: String) throws {
        let help = try ChildProcess.service(program, ["--help"]).wait(seconds: 10)
        #expect(help.status == 0 && help.output.contains("--brokers") && help.errors.isEmpty)
        let version = try ChildProcess.service(program, ["--version"]).wait(seconds: 10)
        #expect(version.status == 0 && version.output.contains("."))
    }

    @Test(
        "a broker that is not there makes a service wait, not ready, and stop cleanly",
        arguments: ["processor", "sink"])
    func waits(program: String) throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        let extra = program == "sink" ? ["--store", "sqlite:x.db"] : []
        let service = try ChildProcess.service(
            program, ["--brokers", "127.0.0.1:1", "--http", "127.0.0.1:0"] + extra, in: folder)
        #expect(waitUntil(seconds: 20) { service.errorsSoFar.contains("waiting for Kafka") })
        let address = service.errorsSoFar.components(separatedBy: "http=").last?.prefix { !$0.isWhitespace } ?? ""
        let health = try ChildProcess("curl", ["-s", "-w", "%{http_code}", "\(address)/health/ready"]).wait(seconds: 10)
        #expect(health.output.hasSuffix("503") && health.output.contains("kafka"))
        #expect(health.output.contains("Connection refused"))
        let waiting = service.errorsSoFar.split(separator: "\n").filter { $0.contains("waiting for Kafka") }
        #expect(waiting.allSatisfy { $0.contains("Connection refused") })
        service.signal(SIGTERM)
        #expect(try service.wait(seconds: 10).status == 0)
    }

    @Test(
        "a password that is not percent-encoded is a usage error, and no part of it is shown",
        arguments: ["sink", "pipeline"])
    func password(program: String) throws {
        for more in [[], ["--print-config"]] {
            let location = "mongodb://crypto:ab@cd@127.0.0.1:1/db"
            let result = try ChildProcess.service(program, ["--store", location, "--brokers", "127.0.0.1:1"] + more)
                .wait(seconds: 10)
            #expect(result.status == 64)
            #expect(result.errors.contains("%40"))
            #expect(!(result.errors + result.output).contains("cd@"))
        }
    }

    @Test("a process that holds 1,500 descriptors answers for its health")
    func descriptors() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        // Those below 1,024 all taken; Foundation hears of the end by one that it opened, which stays.
        let holding = """
            ulimit -n 4096; for i in {3..1502}; do [ -e /proc/self/fd/$i ] || eval "exec $i</dev/null"; done; \
            exec "$0" "$@"
            """
        let service = try ChildProcess(
            "bash",
            ["-c", holding, ChildProcess.binaries.appendingPathComponent("processor").path]
                + ["--brokers", "127.0.0.1:1", "--http", "127.0.0.1:0"], in: folder)
        #expect(waitUntil(seconds: 20) { service.errorsSoFar.contains("http=") })
        let address = service.errorsSoFar.components(separatedBy: "http=").last?.prefix { !$0.isWhitespace } ?? ""
        let health = try ChildProcess("curl", ["-s", "-m", "5", "\(address)/health/live"]).wait(seconds: 10)
        #expect(health.output.contains("live"))
        service.signal(SIGTERM)
        #expect(try service.wait(seconds: 10).status == 0)
    }

    @Test("the sample goes through all services on the broker inside, into SQLite, and is summed up")
    func pipeline() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        let run = try ChildProcess.service(
            "pipeline", ["--sample", "--minutes", "2", "--store", "sqlite:x.db", "--http", "127.0.0.1:0"], in: folder)
        let result = try run.wait(seconds: 120)
        #expect(result.status == 0, "\(result.errors.suffix(1000))")
        for word in ["ticks", "windows", "trends", "rows"] { #expect(result.output.contains(word)) }
        func rows(_ query: String) throws -> String {
            try ChildProcess.run("sqlite3", [folder.appendingPathComponent("x.db").path, query])
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
        #expect(try Int(rows("select count(*) from ticks")) ?? 0 > 1_000)
        // Every minute that the stored trades close (lateness 5 s) has its final.
        let missing = try rows(
            """
            with minutes as (select distinct source, symbol, event_time / 60000 * 60000 as start from ticks), \
            newest as (select source, symbol, max(event_time) as time from ticks group by 1, 2) \
            select count(*) from minutes join newest using (source, symbol) where start + 65000 <= time and not exists \
            (select 1 from windows w where w.source = minutes.source and w.symbol = minutes.symbol and type = 'tumbling' \
            and final = 1 and window_start = start)
            """)
        #expect(missing == "0")
        // And it counts what is stored.
        let wrong = try rows(
            """
            select count(*) from windows w where type = 'tumbling' and final = 1 and count <> (select count(*) from ticks t \
            where t.source = w.source and t.symbol = w.symbol and t.kind = 'trade' and t.event_time >= w.window_start \
            and t.event_time < w.window_end)
            """)
        #expect(wrong == "0")
        #expect(try Int(rows("select count(*) from windows where type = 'tumbling' and final = 1")) ?? 0 >= 2)
    }
}
