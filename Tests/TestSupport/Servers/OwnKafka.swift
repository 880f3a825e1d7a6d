public import Foundation
internal import Glibc

/// A real Apache Kafka of a test's own behind a proxy that makes faults: started, stopped, killed and held without harm to
/// other tests. Both end with this object.
///
/// What is under test reaches it through the proxy; the test itself looks past it.
public final class OwnKafka {
    private let folder: URL
    /// Called again and again while a server starts or stops.
    public var onWait: () throws -> Void = { try Interruption.check() }
    private var kafkaPID: pid_t = 0
    private var toxiproxyPID: pid_t = 0
    private var toxiproxyPort: UInt16 = 0
    /// Where the test reaches Kafka.
    public private(set) var bootstrap = ""
    /// Where what is under test does.
    public private(set) var proxied = ""

    private static let kafkaScript = SharedData.file("services/start-kafka").path
    private static let toxiproxyScript = SharedData.file("services/start-toxiproxy").path

    /// Whether the servers' start scripts are there.
    public static var isPresent: Bool {
        [kafkaScript, toxiproxyScript].allSatisfy(FileManager.default.isExecutableFile(atPath:))
    }

    public init(in folder: URL) { self.folder = folder }

    deinit { end() }

    /// Ends what still runs, at once.
    public func end() {
        for pid in [kafkaPID, toxiproxyPID] where pid > 0 {
            kill(pid, SIGKILL)
            // Not our children: their own parent takes them away.
            _ = waitForEnd(ofProcess: pid, seconds: 5)
        }
        kafkaPID = 0
        toxiproxyPID = 0
    }

    public func start() throws {
        try run(OwnKafka.toxiproxyScript, ["toxiproxy"]) { proxy in
            toxiproxyPID = pid_t(proxy["TOXIPROXY_PID"] ?? "") ?? 0
            toxiproxyPort = UInt16(proxy["TOXIPROXY_URL"]?.split(separator: ":").last ?? "") ?? 0
        }
        try startKafka()
    }

    // MARK: Kafka

    /// Starts Kafka on the data that it left.
    public func startKafka() throws {
        var kafka: [String: String] = [:]
        try run(OwnKafka.kafkaScript, ["kafka", "--proxy"]) { printed in
            kafka = printed
            kafkaPID = pid_t(printed["KAFKA_PIDS"] ?? "") ?? 0
        }
        bootstrap = kafka["BOOTSTRAP"] ?? ""
        guard proxied.isEmpty, let listen = kafka["PROXY_BOOTSTRAP"], let upstream = kafka["PROXY_UPSTREAM"] else {
            return
        }
        proxied = listen
        try ask("POST", "/proxies", #"{"name":"kafka","listen":"\#(listen)","upstream":"\#(upstream)"}"#)
    }

    /// Ends Kafka: SIGTERM in order, SIGKILL at once.
    public func stopKafka(_ signal: Int32) throws {
        kill(kafkaPID, signal)
        try waitFor("Kafka's end", seconds: 60) {
            try onWait()
            return kill(kafkaPID, 0) != 0
        }
        kafkaPID = 0
    }

    /// Holds Kafka still: connections stay open, nothing answers.
    public func holdKafka() { kill(kafkaPID, SIGSTOP) }
    public func resumeKafka() { kill(kafkaPID, SIGCONT) }

    // MARK: The network

    public func damage(_ network: NetworkFault) throws {
        switch network {
        case .cut: try addToxics("timeout", #"{"timeout":0}"#)
        case .slow: try addToxics("latency", #"{"latency":250,"jitter":200}"#)
        case .reset: try addToxics("reset_peer", #"{"timeout":0}"#)
        case .refuse: try ask("POST", "/proxies/kafka", #"{"enabled":false}"#)
        case .silence: kill(toxiproxyPID, SIGSTOP)
        }
    }

    public func heal() throws {
        kill(toxiproxyPID, SIGCONT)
        // It ends the connections under a fault first, which may take longer than its answer is waited for; asked again it is done.
        for _ in 0..<4 where LoopbackHTTP.request("POST", "/reset", port: toxiproxyPort, body: "", waitMs: 5_000) != nil
        {
            return
        }
        try ask("POST", "/reset", "")
    }

    /// At most so many kilobytes a second from the broker to its clients behind the proxy.
    public func narrow(to rate: Int) throws {
        try ask(
            "POST", "/proxies/kafka/toxics", #"{"name":"narrow","type":"bandwidth","attributes":{"rate":\#(rate)}}"#)
    }

    public func widen() throws { try ask("DELETE", "/proxies/kafka/toxics/narrow", "") }

    private func addToxics(_ type: String, _ attributes: String) throws {
        for stream in ["upstream", "downstream"] {
            try ask(
                "POST", "/proxies/kafka/toxics",
                #"{"name":"\#(stream)","type":"\#(type)","stream":"\#(stream)","attributes":\#(attributes)}"#)
        }
    }

    // MARK: Parts

    private func ask(_ method: String, _ path: String, _ body: String) throws {
        guard LoopbackHTTP.request(method, path, port: toxiproxyPort, body: body, waitMs: 5_000) != nil else {
            throw Failure("toxiproxy refused \(method) \(path) \(body)")
        }
    }

    /// Runs a start script on a folder of ours.
    private func run(_ script: String, _ arguments: [String], _ body: ([String: String]) -> Void) throws {
        let place = folder.appendingPathComponent(arguments[0])
        let output = place.appendingPathExtension("env")
        try StartScript(script, [place.path] + arguments.dropFirst(), output: output)
            .values(seconds: 90, onWait: onWait, body)
    }
}

/// What can happen to the network between processors and broker.
public enum NetworkFault: String, CaseIterable {
    /// No byte passes, connections break when it is over.
    case cut
    /// Each answer and each question comes 50 to 450 ms late.
    case slow
    /// Connections are reset, new ones too.
    case reset
    /// Nobody listens.
    case refuse
    /// No byte passes, connections survive.
    case silence
}
