internal import CryptoCore

/// Makes the collections and their indexes what they should be; does nothing where they are.
enum MongoIndexes {
    /// - Parameter keepMs: 0 keeps documents for ever.
    static func prepare(_ client: MongoClient, _ tables: [Table], keepMs: Int64) throws(StoreError) {
        for table in tables {
            do { try prepare(table, client, keepMs: keepMs) } catch {
                throw storeError(error, client)
            }
        }
    }

    private static func storeError(_ failure: MongoFailure, _ client: MongoClient) -> StoreError {
        // IndexOptionsConflict, IndexKeySpecsConflict, CommandNotSupportedOnView, and of creating: another database's
        // limits.
        if [85, 86, 166].contains(failure.code), failure.verdict == .doubtful {
            return .fatal(
                failure.fault("createIndexes"), mend: "drop that index (or view), or name another database in the URI")
        }
        return client.storeError(failure, "createIndexes")
    }

    private static func prepare(_ table: Table, _ client: MongoClient, keepMs: Int64) throws(MongoFailure) {
        let existing = try client.collection(table.name.description).indexes()
        if let time = table.timeColumn, !existing.contains(where: { $0.name == "by_series" }) {
            let key = #"{"source":1,"symbol":1,"\#(table.columns[time].name)":1}"#
            try run(client, table, #""createIndexes":"#, #""indexes":[{"name":"by_series","key":\#(key)}]"#)
        }
        if table.timeColumn == nil, !existing.contains(where: { $0.name == "by_time" }) {
            let index = #"{"name":"by_time","key":{"inserted_at":1,"_id":1}}"#
            try run(client, table, #""createIndexes":"#, #""indexes":[\#(index)]"#)
        }
        try prepareExpiry(table, client, keepMs: keepMs, existing.first { $0.field == "inserted_at" })
    }

    private static func prepareExpiry(
        _ table: Table, _ client: MongoClient, keepMs: Int64,
        _ existing: (name: String, field: String?, expireAfterSeconds: Int64?)?
    ) throws(MongoFailure) {
        let seconds = keepMs == 0 ? nil : min(max(1, keepMs / 1000), Int64(Int32.max))
        if let existing, existing.expireAfterSeconds == seconds { return }
        if let existing, let seconds, existing.expireAfterSeconds != nil {
            let index = #"{"keyPattern":{"inserted_at":1},"expireAfterSeconds":\#(seconds)}"#
            do { return try run(client, table, #""collMod":"#, #""index":\#(index)"#) } catch {
                // collMod needs the role dbAdmin; with readWrite alone the index is made anew.
                if error.verdict != .denied { throw error }
            }
        }
        if existing != nil { try drop(table, client) }
        guard let seconds else { return }
        let index = #"{"name":"\#(expiryName)","key":{"inserted_at":1},"expireAfterSeconds":\#(seconds)}"#
        try run(client, table, #""createIndexes":"#, #""indexes":[\#(index)]"#)
    }

    private static let expiryName = "inserted_at_1"

    private static func drop(_ table: Table, _ client: MongoClient) throws(MongoFailure) {
        do { try run(client, table, #""dropIndexes":"#, #""index":{"inserted_at":1}"#) } catch {
            if error.code != 27 { throw error }  // IndexNotFound: another instance was first
        }
    }

    private static func run(
        _ client: MongoClient, _ table: Table, _ command: String, _ arguments: String
    ) throws(MongoFailure) {
        try client.run(BSONDocument(json: "{\(command)\"\(table.name)\",\(arguments)}"))
    }
}
