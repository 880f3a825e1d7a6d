internal import Foundation
internal import TestSupport

/// One running process.
final class Member {
    /// Its name in the group; nil for a dynamic member.
    let instance: String?
    let label: String
    private let program: Program
    private let child: ChildProcess
    private var port: UInt16?

    init(
        _ label: String, _ program: Program, instance: String?, cluster: (brokers: String, prefix: String),
        in folder: URL
    ) throws {
        self.label = label
        self.program = program
        self.instance = instance
        var arguments = ["--brokers", cluster.brokers, "--prefix", cluster.prefix, "--http", "127.0.0.1:0"]
        arguments += program.arguments
        if let instance { arguments += ["--instance", instance] }
        child = try ChildProcess.service(program.name, arguments, in: folder)
    }

    var pid: pid_t { child.pid }
    var isRunning: Bool { child.isRunning }
    var log: String { child.errorsSoFar }

    func signal(_ number: Int32) { child.signal(number) }

    /// The exit code, or the signal that ended it.
    func end(seconds: Double) throws -> Int32 { try child.wait(seconds: seconds).status }

    /// Transactions that it committed; nil while it does not answer.
    var commits: Int? { metric("commits_total") }

    /// One of its service's metrics.
    func metric(_ what: String) -> Int? {
        let name = "cryptostream_\(program.service)_\(what)"
        guard let port = listeningPort(), let text = LoopbackHTTP.request("GET", "/metrics", port: port) else {
            return nil
        }
        for line in text.split(separator: "\n") where line.hasPrefix(name + " ") {
            return line.split(separator: " ").last.flatMap { Double($0) }.map { Int($0) }
        }
        return nil
    }

    /// The last line of its log that is no information.
    var lastTrouble: String {
        let lines = log.split(separator: "\n")
        return String(
            lines.last { $0.contains(" error ") || $0.contains(" warning ") } ?? lines.last ?? "nothing logged")
    }

    private func listeningPort() -> UInt16? {
        if port == nil {
            let log = self.log
            guard let place = log.range(of: "http://127.0.0.1:") else { return nil }
            port = UInt16(log[place.upperBound...].prefix { $0.isNumber })
        }
        return port
    }
}
