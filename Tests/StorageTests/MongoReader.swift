import CMongoC
import CryptoCore
import Foundation
import Storage

/// A connection of the tests' own, to see and to break what the store has done.
final class MongoReader {
    private let client: OpaquePointer
    let database: String

    init(uri: String, database: String) {
        mongoc_init()
        client = mongoc_client_new(uri)!  // the tests' URI parses
        mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2)
        self.database = database
    }

    deinit { mongoc_client_destroy(client) }

    /// Runs a command given as JSON; the answer as a JSON object.
    @discardableResult
    func run(_ command: String) throws -> [String: Any] {
        var error = bson_error_t()
        let document = bson_new_from_json(command, -1, nil)
        defer { bson_destroy(document) }
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: Int(CRYPTO_BSON_BYTES), alignment: Int(CRYPTO_BSON_ALIGNMENT))
        defer { memory.deallocate() }
        let reply = OpaquePointer(memory)
        let isDone = mongoc_client_command_simple(client, database, document, nil, reply, &error)
        defer { bson_destroy(reply) }
        if !isDone { throw TestFailure("\(command): code \(error.code)") }
        return try object(reply)
    }

    func drop() { _ = try? run(#"{"dropDatabase":1}"#) }

    /// All documents of a collection, as canonical extended JSON.
    func documents(_ name: String) throws -> [[String: Any]] {
        let collection = mongoc_client_get_collection(client, database, name)
        defer { mongoc_collection_destroy(collection) }
        let filter = bson_new()
        defer { bson_destroy(filter) }
        let cursor = mongoc_collection_find_with_opts(collection, filter, nil, nil)
        defer { mongoc_cursor_destroy(cursor) }
        var found: [[String: Any]] = []
        var document: OpaquePointer?
        while mongoc_cursor_next(cursor, &document) {
            if let document { found.append(try object(document)) }
        }
        var error = bson_error_t()
        if mongoc_cursor_error(cursor, &error) { throw TestFailure("find: code \(error.code)") }
        return found
    }

    private func object(_ document: OpaquePointer) throws -> [String: Any] {
        var count = 0
        guard let text = bson_as_canonical_extended_json(document, &count) else { throw TestFailure("no JSON") }
        defer { bson_free(text) }
        let parsed = try JSONSerialization.jsonObject(with: Data(bytes: text, count: count))
        return parsed as? [String: Any] ?? [:]
    }

    /// The content without the fields that only MongoDB has.
    func content() throws -> StoreContent {
        var content: StoreContent = [:]
        for table in Table.allCases {
            // A tick that a prediction has begun is none yet.
            for document in try documents(table.name.description)
            where table != .ticks || document["timestamp"] != nil {
                var values: [String: String] = [:]
                for column in table.columns {
                    let name = column.name.description
                    values[name] = column.type == .json ? json(document[name]) : MongoReader.text(document[name])
                }
                content[table.name.description, default: [:]][MongoReader.text(document["_id"]) ?? ""] = values
            }
        }
        return content
    }

    /// An array or object as the record had it.
    private func json(_ value: Any?) -> String? {
        guard let value, !(value is NSNull) else { return nil }
        var json = JSONWriter()
        write(value, to: &json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private func write(_ value: Any, to json: inout JSONWriter) {
        if let number = (value as? [String: Any])?["$numberLong"] as? String, let whole = Int64(number) {
            json.value(whole)
        } else if let number = MongoReader.text(value).flatMap(Double.init) {
            json.value(number)
        } else if let elements = value as? [Any] {
            json.beginArray()
            for element in elements { write(element, to: &json) }
            json.endArray()
        } else if let members = value as? [String: Any] {
            json.beginObject()
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                json.key(name)
                write(member, to: &json)
            }
            json.endObject()
        } else {
            json.null()
        }
    }

    /// A value of canonical extended JSON as the suite compares it; nil for null and absent.
    static func text(_ value: Any?) -> String? {
        switch value {
        case let text as String: return text
        case let wrapped as [String: Any]:
            if let number = wrapped["$numberLong"] as? String { return number }
            if let number = wrapped["$numberInt"] as? String { return number }
            if let number = (wrapped["$numberDouble"] as? String).flatMap(Double.init) { return comparable(number) }
            if let binary = wrapped["$binary"] as? [String: Any] { return binary["base64"] as? String }
            if let date = wrapped["$date"] { return "date " + (text(date) ?? "") }
            return nil
        case let flag as NSNumber: return flag.boolValue ? "true" : "false"
        default: return nil
        }
    }
}
