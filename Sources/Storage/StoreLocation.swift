package import CryptoCore

/// What `--store` names, parsed; opens stores and readers of it, one for each thread.
package struct StoreLocation: Sendable {
    enum Backend: Sendable {
        case mongoDB(MongoPool)
        case sqlite(path: String)
        case csv(folder: String)
    }

    let backend: Backend
    /// The location as it may be shown.
    package let description: String
    /// How many stores may write at the same time.
    package let maximumWriters: Int

    /// What is wrong with a text after `--store` and how to mend it; nil when it names a store. Connects to nothing.
    package static func problem(in text: String) -> String? {
        if isMongoDB(text) { return MongoPool.problem(in: text) }
        if path(text, "sqlite:") != nil || path(text, "csv:") != nil { return nil }
        return "must be mongodb://HOST/DATABASE, mongodb+srv://HOST/DATABASE, sqlite:FILE, sqlite:///PATH or csv:DIR"
    }

    /// - Throws: `.badLocation`; `.away` when a `mongodb+srv` name does not resolve now.
    package init(_ text: String) throws(StoreError) {
        description = StoreLocation.shown(text)
        if let problem = StoreLocation.problem(in: text) {
            throw .badLocation("\(Secrets.masking(text)) \(problem)")
        }
        if let path = StoreLocation.path(text, "sqlite:") {
            backend = .sqlite(path: path)
            maximumWriters = 1
        } else if let folder = StoreLocation.path(text, "csv:") {
            backend = .csv(folder: folder)
            maximumWriters = 1
        } else {
            backend = .mongoDB(try MongoPool(uri: text))
            maximumWriters = 16
        }
    }

    private static func isMongoDB(_ text: String) -> Bool {
        text.hasPrefix("mongodb://") || text.hasPrefix("mongodb+srv://")
    }

    /// Opens the store and makes its tables or collections and their indexes what they should be.
    /// - Parameters:
    ///   - tables: those that rows may be of.
    ///   - keepMs: what was inserted longer ago is deleted; 0 keeps it.
    /// - Throws: `.away`, `.fatal`.
    package func open(tables: [Table] = Table.allCases, keepMs: Int64) throws(StoreError) -> any Store {
        switch backend {
        case .mongoDB(let pool): try MongoStore(pool: pool, tables: tables, keepMs: keepMs)
        case .sqlite(let path): try SQLiteStore(path: path, tables: tables, keepMs: keepMs)
        case .csv(let folder): try CSVStore(folder: folder)
        }
    }

    /// `sqlite:file` and `sqlite:///path`: the path behind the scheme; nil for another scheme, no path, or a host.
    private static func path(_ text: String, _ scheme: String) -> String? {
        guard text.hasPrefix(scheme) else { return nil }
        let rest = text.dropFirst(scheme.count)
        if rest.isEmpty { return nil }
        guard rest.hasPrefix("//") else { return String(rest) }
        return rest.hasPrefix("///") && rest.count > 3 ? String(rest.dropFirst(2)) : nil
    }

    /// A text after `--store` as it may be shown: without user, password and options.
    package static func shown(_ text: String) -> String {
        let isBare = URICredentials(in: text)?.isEncoded == false
        // A bare password may hold a question mark, an option an @.
        let shown = isBare ? text : String(text.prefix { $0 != "?" })
        guard text.contains("://") else { return text }
        guard let credentials = URICredentials(in: shown) else { return shown }
        let rest = shown[credentials.range.upperBound...].dropFirst().prefix { $0 != "?" }
        return String(shown[..<credentials.range.lowerBound] + rest)
    }
}
