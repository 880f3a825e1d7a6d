import CryptoCore
import Foundation
import Storage
import Testing

/// The backends of the conformance suite.
enum Backend: String, CaseIterable, Sendable {
    case sqlite, csv, mongoDB

    /// A server the tests may use; `MONGODB_URI` names it.
    static let mongoURI = ProcessInfo.processInfo.environment["MONGODB_URI"].flatMap { $0.isEmpty ? nil : $0 }

    /// Those that can be tested here. Without a MongoDB server it says so.
    static let available: [Backend] = {
        if mongoURI != nil { return allCases }
        FileHandle.standardError.write(Data("skipped: MongoDB tests, as MONGODB_URI is not set\n".utf8))
        return [.sqlite, .csv]
    }()
}

/// An empty place for a store; removed at the end.
final class StoreFixture {
    let backend: Backend
    let folder: String
    let mongo: MongoReader?
    let location: String

    init(_ backend: Backend) throws {
        self.backend = backend
        let name = "cryptostream-test-\(UUID().uuidString.prefix(8).lowercased())"
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if backend == .mongoDB, let uri = Backend.mongoURI {
            let location = StoreFixture.with(database: name, uri)
            mongo = MongoReader(uri: location, database: name)
            self.location = location
        } else {
            mongo = nil
            location = backend == .sqlite ? "sqlite://\(folder)/store.db" : "csv:\(folder)/csv"
        }
    }

    deinit {
        mongo?.drop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The store, with an identity.
    func open(keepMs: Int64 = 0) throws -> any Store { try StoreFixture.open(location, keepMs: keepMs) }

    /// A store, with an identity.
    static func open(_ location: String, keepMs: Int64 = 0) throws -> any Store {
        let store = try StoreLocation(location).open(keepMs: keepMs)
        if store.identity == nil { try store.begin(StoreIdentity(prefix: "crypto"), holding: []) }
        return store
    }

    func content() throws -> StoreContent {
        switch backend {
        case .sqlite: try sqliteContent("\(folder)/store.db")
        case .csv: try csvContent("\(folder)/csv")
        case .mongoDB: try mongo?.content() ?? [:]
        }
    }

    /// The URI with another database.
    private static func with(database: String, _ uri: String) -> String {
        guard let scheme = uri.range(of: "://") else { return uri }
        let rest = uri[scheme.upperBound...]
        let host = rest.prefix { $0 != "/" && $0 != "?" }
        let options = rest.firstIndex(of: "?").map { String(rest[$0...]) } ?? ""
        return "\(uri[..<scheme.upperBound])\(host)/\(database)\(options)"
    }
}

let noon: Int64 = 1_763_719_200_000

extension RowBatch {
    /// What a store holds of a cluster with these rows, as the sink says it.
    func holding(_ cluster: String) -> [HeldPartition] {
        var held: [String: HeldPartition] = [:]
        for origin in rows.map(\.origin) {
            let topic = origin.topic.name(prefix: "crypto")
            let key = "\(topic):\(origin.partition)"
            let last = max(held[key]?.last ?? -1, origin.offset)
            held[key] = HeldPartition(
                cluster: cluster, topic: topic, partition: origin.partition, next: last + 1, last: last, newestMs: noon)
        }
        return Array(held.values)
    }
}

extension Store {
    /// Writes a batch of one cluster's records.
    func write(_ batch: RowBatch, from cluster: String = "c", now: Int64) throws(StoreError) -> WriteOutcome {
        try write(batch, holding: batch.holding(cluster), now: now)
    }

    /// Writes a batch of which nothing may be refused.
    func writeAll(_ batch: RowBatch, now: Int64 = noon) throws {
        for refused in try write(batch, now: now).rejected {
            Issue.record("row \(refused.row) \(batch.id(refused.row).prefix(60).debugDescription): \(refused.reason)")
        }
    }
}
