import CryptoCore
import Foundation
import Glibc
import Storage
import TestSupport
import TestTraits
import Testing

/// A FerretDB of the test's own, to be killed. Stops its processes at the end.
private final class OwnFerretDB {
    let folder: String
    private(set) var values: [String: String] = [:]

    static let script = SharedData.file("services/start-ferretdb").path
    static var isPossible: Bool { Backend.mongoURI != nil && FileManager.default.isExecutableFile(atPath: script) }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("ferret-\(UUID().uuidString)").path
        try start()
        try logFullPages()
    }

    /// The script's server spares them, and after `kill -9` an index may miss what was acknowledged.
    private func logFullPages() throws {
        let settings = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(folder)/postgres/postgresql.conf"))
        try settings.seekToEnd()
        try settings.write(contentsOf: Data("\nfull_page_writes = on\n".utf8))
        try settings.close()
        kill("POSTGRES_PID", SIGHUP)
        let log = URL(fileURLWithPath: "\(folder)/postgres.log")
        let isOn = try waitUntil(seconds: 60) {
            try String(contentsOf: log, encoding: .utf8).contains("parameter \"full_page_writes\" changed to \"on\"")
        }
        if !isOn { throw TestFailure("PostgreSQL did not take full_page_writes = on") }
    }

    deinit {
        for name in ["FERRETDB_PID", "POSTGRES_PID"] { kill(name, SIGTERM) }
        for path in [folder, "\(folder).env"] { try? FileManager.default.removeItem(atPath: path) }
    }

    /// Starts what does not run.
    func start() throws {
        try StartScript(OwnFerretDB.script, [folder], output: URL(fileURLWithPath: "\(folder).env"))
            .values(seconds: 90) { values.merge($0) { $1 } }
    }

    /// Signals a process and, where that ends it, waits for its end.
    func kill(_ name: String, _ signal: Int32) {
        guard let pid = values[name].flatMap(pid_t.init) else { return }
        Glibc.kill(pid, signal)
        if [SIGSTOP, SIGCONT, SIGHUP].contains(signal) { return }
        _ = waitForEnd(ofProcess: pid, seconds: 10)
    }
}

@Suite(
    "the MongoDB store and faults of its server", .serialized, .waiting,
    .enabled(if: OwnFerretDB.isPossible, "skipped: MONGODB_URI or the services folder is not there"))
struct MongoFaultTests {
    private func batch(_ range: Range<Int>) throws -> RowBatch {
        try RowBatch(
            range.map { SourceRecord(.trade("\($0)"), offset: Int64($0)) } + [SourceRecord(.minute(), offset: 0)])
    }

    private func isAway(_ store: any Store, _ batch: RowBatch) -> Bool {
        do {
            let rejected = try store.write(batch, now: noon).rejected
            Issue.record("nothing was written, yet \(rejected.count) rejected of \(batch.count)")
            return false
        } catch {
            if case .away = error { return true }
            Issue.record("\(error)")
            return false
        }
    }

    /// Writes again until it works, as the sink does.
    private func writeUntilDone(_ store: any Store, _ batch: RowBatch) throws -> [RejectedRow] {
        let deadline = Date().addingTimeInterval(120)
        while true {
            do { return try store.write(batch, now: noon).rejected } catch {
                guard case .away(let fault) = error else { throw error }
                if Date() > deadline { throw TestFailure("still away: \(fault)") }
            }
        }
    }

    @Test("a storage that dies behind the server is waited for, and no document is blamed")
    func storageDies() throws {
        let server = try OwnFerretDB()
        let uri = "\(server.values["MONGODB_URI"] ?? "")/faults?serverSelectionTimeoutMS=2000"
        let store = try StoreLocation(uri).open(keepMs: 0)
        try store.writeAll(batch(0..<50))
        server.kill("POSTGRES_PID", SIGKILL)
        #expect(isAway(store, try batch(50..<90)))
        #expect(isAway(store, try batch(50..<51)), "nor a single one")
        #expect {
            _ = try StoreLocation(uri).open(keepMs: 0)
        } throws: {
            if case .away = $0 as? StoreError { true } else { false }
        }
        try server.start()
        #expect(try writeUntilDone(store, batch(50..<90)).isEmpty)
        let ticks = try MongoReader(uri: uri, database: "faults").content()["ticks"] ?? [:]
        #expect(ticks.count == 90, "\(ticks.values.compactMap { $0["trade_id"] }.compactMap { Int($0) }.sorted())")
    }

    @Test("a server that dies or pauses is away, and afterwards all is there once")
    func serverDies() throws {
        let server = try OwnFerretDB()
        let uri = "\(server.values["MONGODB_URI"] ?? "")/faults?serverSelectionTimeoutMS=2000&socketTimeoutMS=5000"
        let store = try StoreLocation(uri).open(keepMs: 0)
        server.kill("FERRETDB_PID", SIGKILL)
        #expect(isAway(store, try batch(0..<20)))
        try server.start()
        #expect(try writeUntilDone(store, batch(0..<20)).isEmpty)
        server.kill("FERRETDB_PID", SIGSTOP)
        #expect(isAway(store, try batch(20..<40)))
        server.kill("FERRETDB_PID", SIGCONT)
        #expect(try writeUntilDone(store, batch(20..<40)).isEmpty)
        let ticks = try MongoReader(uri: uri, database: "faults").content()["ticks"] ?? [:]
        #expect(ticks.count == 40, "\(ticks.values.compactMap { $0["trade_id"] }.compactMap { Int($0) }.sorted())")
    }
}
