import Glibc
import HTTPServer
import ServiceKit
import System

/// `bench http`: what our server makes of libmicrohttpd, beside libmicrohttpd alone in C, and what clients cost that listen.
///
/// Both servers run in a process of their own on core 0, wrk on core 1, in turn; each answers the POST of a small JSON body with
/// a small JSON body, in one thread.
struct HTTPBench {
    static let benchmark = Benchmark(
        usage: CommandUsage(
            name: "http", summary: "Measures the HTTP server beside plain libmicrohttpd, by wrk (Debian's package).",
            flags: [rounds, seconds, connections, idle, isServer],
            examples: ["bench http", "bench http --rounds 9 --seconds 10 --idle 1000"]),
        run: { settings in
            if settings[isServer] { try HTTPBench.serve() } else { try HTTPBench(settings: settings).run() }
        })
    private static let rounds = Flag.integer(
        "rounds", 1...1_000, default: 5, help: "how often, in turn; the table gives medians")
    private static let seconds = Flag.integer("seconds", 1...600, default: 3, help: "how long each time")
    private static let connections = Flag.integer("connections", 1...900, default: 64, help: "connections of wrk")
    private static let idle = Flag.integer("idle", 1...100_000, default: 10_000, help: "clients that listen to events")
    private static let isServer = Flag.toggle("serve", help: "be the server, in this process, and print its port")

    let settings: Settings

    private func run() throws {
        let connections = settings[HTTPBench.connections], seconds = settings[HTTPBench.seconds]
        let rounds = settings[HTTPBench.rounds]
        print("http: POST of a small JSON body, \(connections) connections, \(rounds) x \(seconds) s")
        print(HTTPBench.row("", "requests/s", "p50, us", "p99, us", "CPU us each"))
        let servers = [
            ("plain libmicrohttpd", [OtherProcess.sibling("plain-http")]),
            ("HTTPServer", [OtherProcess.sibling("bench"), "http", "--serve"]),
        ]
        var runs = [[WrkRun]](repeating: [], count: servers.count)
        for round in 0..<rounds {
            for index in round % 2 == 0 ? [0, 1] : [1, 0] {
                let server = try OtherProcess(servers[index].1, core: 0)
                guard let port = server.line() else {
                    throw SelfProcess.Failed(reason: "\(servers[index].1[0]) does not start: swift build -c release")
                }
                let run = try WrkRun(port: port, of: server, connections: connections, seconds: seconds)
                runs[index].append(run)
                show(servers[index].0, [run])
            }
        }
        print("  medians:")
        for (index, server) in servers.enumerated() { show(server.0, runs[index]) }
        let ratio = median(runs[1], \.rate) / median(runs[0], \.rate)
        print("  HTTPServer has \(hundredths(ratio)) of plain libmicrohttpd's rate")
        try measureIdle(settings[HTTPBench.idle])
    }

    private func measureIdle(_ count: Int) throws {
        let limit = OpenFiles.raiseLimit()
        guard limit > count + 100 else {
            throw SelfProcess.Failed(reason: "\(limit) descriptors (ulimit -Hn) are too few for \(count) clients")
        }
        let server = try OtherProcess([OtherProcess.sibling("bench"), "http", "--serve"])
        guard let port = server.line().flatMap(UInt16.init) else { throw SelfProcess.Failed(reason: "no port") }
        let before = ProcessStatus.kilobytes("VmRSS", of: "\(server.pid)")
        let clients = try IdleClients(count, port: port)
        let after = ProcessStatus.kilobytes("VmRSS", of: "\(server.pid)")
        print(
            "  \(count) clients that listen: \(after / 1_000) MB resident, \((after - before) * 1_000 / count) bytes each"
        )
        let clock = ContinuousClock()
        let cpu = server.cpuUs
        let heard = try clock.measure {
            let publish = try OtherProcess(["curl", "-s", "-X", "POST", "http://127.0.0.1:\(port)/publish"])
            _ = try publish.finish()
            try clients.hear("data: to all")
        }
        print(
            "  an event to all of them: \(Int(nanoseconds(heard) / 1e6)) ms until the last has it, "
                + "\(hundredths((server.cpuUs - cpu) / Double(count))) us of CPU each")
        print("  most resident so far: \(ProcessStatus.kilobytes("VmHWM", of: "\(server.pid)") / 1_000) MB")
    }

    private func show(_ title: String, _ runs: [WrkRun]) {
        print(
            HTTPBench.row(
                title, "\(Int(median(runs, \.rate)))", "\(Int(median(runs, \.p50Us)))", "\(Int(median(runs, \.p99Us)))",
                hundredths(median(runs, \.cpuUs))))
        fflush(nil)
    }

    private func median(_ runs: [WrkRun], _ value: KeyPath<WrkRun, Double>) -> Double {
        runs.map { $0[keyPath: value] }.sorted()[runs.count / 2]
    }

    private func hundredths(_ value: Double) -> String {
        let count = Int((value * 100).rounded())
        return "\(count / 100).\(count % 100 < 10 ? "0" : "")\(count % 100)"
    }

    private static func row(_ cells: String...) -> String { tableRow(cells, [22, 14, 10, 10, 14]) }

    // MARK: The server

    private static func serve() throws {
        let events = EventStream()
        var limits = WebServer.Limits()
        limits.connections = UInt32(clamping: OpenFiles.raiseLimit() - 50)
        let server = try WebServer(
            host: "127.0.0.1", port: 0,
            routes: [
                .post("/echo") { _, body in
                    var json: [UInt8] = []
                    json.reserveCapacity(64)
                    json += #"{"probability":0.5,"bytes":"#.utf8
                    json += "\(body.byteCount)".utf8
                    json.append(UInt8(ascii: "}"))
                    return .json(json)
                },
                .post("/publish") { _, _ in
                    let text = Array("to all".utf8)
                    events.publish(text.span.bytes)
                    return .text("published\n")
                },
                .events("/events") { _ in events },
            ], limits: limits)
        print(server.port)
        fflush(nil)
        while true { try server.run(waitMs: 1_000) }
    }
}
