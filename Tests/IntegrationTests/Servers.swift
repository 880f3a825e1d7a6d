import Foundation
import TestSupport

/// The real servers that these tests run against; each test that needs one asks here whether it is there.
enum Servers {
    /// A real Apache Kafka.
    static let kafka = named("KAFKA_BOOTSTRAP")
    /// A database that speaks MongoDB's protocol.
    static let mongodb = named("MONGODB_URI")
    /// A Python with pandas and jsonschema.
    static let python = named("CRYPTO_PYTHON")

    /// Whether a test can start a Kafka of its own.
    static let hasOwnKafka: Bool = {
        if OwnKafka.isPresent { return true }
        print("skipped: tests that start servers of their own: no services/ in CRYPTO_SHARED")
        return false
    }()

    static let hasLine = kafka != nil && SharedData.isPresent && python != nil

    private static func named(_ variable: String) -> String? {
        guard let value = ProcessInfo.processInfo.environment[variable], !value.isEmpty else {
            print("skipped: tests that need \(variable), which is not set")
            return nil
        }
        return value
    }

    /// A topic prefix that no other run uses.
    static func freshPrefix() -> String {
        "t" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
    }

    /// A new empty folder; whoever asks removes it.
    static func freshFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(freshPrefix(), isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    static func remove(_ folder: URL) { try? FileManager.default.removeItem(at: folder) }
}

/// One set of topics on the real Kafka, read and written with kcat, and the services that run on it.
struct Line {
    let brokers: String
    let prefix: String
    let folder: URL

    init(_ brokers: String) throws {
        self.brokers = brokers
        prefix = Servers.freshPrefix()
        folder = try Servers.freshFolder()
    }

    /// The same topics by another way to their brokers: `line`'s.
    init(_ line: Line, by brokers: String) {
        (self.brokers, prefix, folder) = (brokers, line.prefix, line.folder)
    }

    /// Removes its folder.
    func remove() { Servers.remove(folder) }

    /// Starts a service on this line's topics.
    func start(_ service: String, _ arguments: [String]) throws -> ChildProcess {
        try ChildProcess.service(
            service,
            ["--brokers", brokers, "--prefix", prefix, "--partitions", "4", "--http", "127.0.0.1:0"] + arguments,
            in: folder)
    }

    /// The committed values on a topic, partition by partition, each in order.
    func values(_ topic: String) throws -> [String] {
        try ChildProcess.run(
            "kcat",
            [
                "-b", brokers, "-C", "-t", "\(prefix).\(topic)", "-o", "beginning", "-e", "-q", "-X",
                "isolation.level=read_committed",
            ]
        ).split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    }

    /// Behind the last record of a topic, all partitions together: also while it is written, when `values` would not end.
    func end(of topic: String) throws -> Int {
        let places = (0..<4).flatMap { ["-t", "\(prefix).\(topic):\($0):-1"] }
        return try ChildProcess.run("kcat", ["-b", brokers, "-Q"] + places).split(separator: "\n")
            .compactMap { Int($0.split(separator: " ").last ?? "") }.reduce(0, +)
    }

    /// Every message of a topic as kcat's JSON envelope: key, payload, headers.
    func envelopes(_ topic: String) throws -> [[String: Any]] {
        try ChildProcess.run(
            "kcat",
            [
                "-b", brokers, "-C", "-J", "-t", "\(prefix).\(topic)", "-o", "beginning", "-e", "-q", "-X",
                "isolation.level=read_committed",
            ]
        ).split(separator: "\n").map { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
        }
    }

    /// Writes one message with kcat.
    func write(_ topic: String, key: String, value: String) throws {
        let file = folder.appendingPathComponent(Servers.freshPrefix())
        try Data(value.utf8).write(to: file)
        _ = try ChildProcess.run(
            "kcat",
            [
                "-b", brokers, "-P", "-t", "\(prefix).\(topic)", "-k", key, "-X", "topic.partitioner=murmur2_random",
                file.path,
            ])
    }
}
