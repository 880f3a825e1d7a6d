import Foundation
import TestSupport
import Testing

/// A real Kafka of a test's own, with a second way in through a proxy: it may be slowed, stopped and resumed without harm to
/// other tests. It ends with this object.
final class OwnKafka {
    static let isPresent: Bool = {
        let scripts = ["start-kafka", "start-toxiproxy"].map { SharedData.file("services/\($0)").path }
        if scripts.allSatisfy(FileManager.default.isExecutableFile) { return true }
        print("skipped: tests that start servers of their own: no services/ in CRYPTO_SHARED")
        return false
    }()

    /// Sees no fault but those of the broker itself.
    let bootstrap: String
    /// Through the proxy.
    let slowBootstrap: String
    private let broker: Int32
    private let toxiproxy: Int32
    private let proxyURL: String

    init(in folder: URL) throws {
        func start(_ script: String, _ arguments: [String]) throws -> [String: String] {
            // A server must not inherit our end of the pipes: it outlives the script, and they would never be at their end.
            let closing = #"for fd in /proc/$$/fd/*; do n=${fd##*/}; ((n > 2)) && eval "exec $n>&-"; done; exec "$@""#
            let output = try ChildProcess.run(
                "bash",
                ["-c", closing, "bash", SharedData.file("services/\(script)").path]
                    + [folder.appendingPathComponent(script).path] + arguments)
            let pairs = output.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
            return Dictionary(pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }) { $1 }
        }
        func value(_ name: String, _ output: [String: String]) throws -> String {
            try #require(output[name], "\(name) was not printed")
        }
        let kafka = try start("start-kafka", ["--proxy"])
        broker = Int32(try value("KAFKA_PIDS", kafka)) ?? 0
        let proxy = try start("start-toxiproxy", [])
        toxiproxy = Int32(try value("TOXIPROXY_PID", proxy)) ?? 0
        bootstrap = try value("BOOTSTRAP", kafka)
        slowBootstrap = try value("PROXY_BOOTSTRAP", kafka)
        let api = try value("TOXIPROXY_URL", proxy) + "/proxies"
        proxyURL = api + "/kafka"
        let upstream = try value("PROXY_UPSTREAM", kafka)
        try post(api, #"{"name":"kafka","listen":"\#(slowBootstrap)","upstream":"\#(upstream)"}"#)
    }

    deinit {
        for pid in [broker, toxiproxy] where pid > 0 {
            kill(pid, SIGKILL)
            // Not our child: its own parent takes it away.
            _ = waitUntil(seconds: 5) { kill(pid, 0) != 0 }
        }
    }

    /// Connections stay open, nothing answers.
    func freeze() { kill(broker, SIGSTOP) }
    func thaw() { kill(broker, SIGCONT) }

    /// At most so many kilobytes a second from the broker to its clients behind the proxy.
    func narrow(to rate: Int) throws {
        try post(
            proxyURL + "/toxics", #"{"name":"narrow","type":"bandwidth","attributes":{"rate":\#(rate)}}"#)
    }

    func widen() throws { _ = try ChildProcess.run("curl", ["-sf", "-X", "DELETE", proxyURL + "/toxics/narrow"]) }

    private func post(_ url: String, _ body: String) throws {
        _ = try ChildProcess.run("curl", ["-sf", url, "-d", body])
    }
}
