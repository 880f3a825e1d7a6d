import Foundation
import TestSupport

/// A MongoDB database of a test's own, looked at with pymongo.
struct Database {
    let uri: String
    private let name: String

    init(_ server: String, _ name: String) {
        self.name = name
        let parts = server.split(separator: "?", maxSplits: 1).map(String.init)
        var host = parts[0]
        while host.hasSuffix("/") { host.removeLast() }
        uri = "\(host)/\(name)" + (parts.count > 1 ? "?\(parts[1])" : "")
    }

    func count(_ collection: String) throws -> Int {
        Int(try ask("print(db['\(collection)'].count_documents({}))")) ?? -1
    }

    func indexes(_ collection: String) throws -> Set<String> {
        Set(try ask("print(' '.join(db['\(collection)'].index_information()))").split(separator: " ").map(String.init))
    }

    func drop() { _ = try? ask("db.client.drop_database(db.name)") }

    private func ask(_ line: String) throws -> String {
        let script = "import pymongo, sys\ndb = pymongo.MongoClient(sys.argv[1])[sys.argv[2]]\n\(line)\n"
        return try ChildProcess.run(Servers.python ?? "python3", ["-c", script, uri, name])
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
