internal import CryptoCore
internal import HTTPServer
internal import Storage

/// The body of `POST /api/query`: SQL for SQLite, a filter document for MongoDB.
struct AskedQuestion: Equatable, Sendable {
    let question: StoreQuestion
    let limit: Int

    private static let shape =
        #"{"sql": "SELECT …", "limit": 100} of SQLite, {"collection": "ticks", "filter": {…}, "sort": {…}} of MongoDB"#

    /// The same for the OpenAPI document.
    static let schema = """
        {"type": "object", "additionalProperties": false, "oneOf": [{"required": ["sql"]}, {"required": ["collection"]}], \
        "properties": {"sql": \(Schema.text), "collection": \(Schema.text), "filter": \(Schema.object()), \
        "sort": \(Schema.object()), "limit": \(Schema.integer(in: 1...Int64(QuestionLimits().rows)))}}
        """

    /// - Throws: `.badRequest` for a body of another shape.
    init(_ body: RawSpan) throws(HTTPError) {
        var sql: String?
        var collection: String?
        var filter: [UInt8] = []
        var sort: [UInt8] = []
        var limit: Int64?
        var unknown: String?
        do throws(DecodeError) {
            var scanner = JSONScanner()
            try scanner.enterObject(body)
            while let key = try scanner.nextKey(body) {
                switch key.string(in: body) {
                case "sql": sql = try scanner.string(body).string(in: body)
                case "collection": collection = try scanner.string(body).string(in: body)
                case "filter": filter = try AskedQuestion.value(&scanner, body)
                case "sort": sort = try AskedQuestion.value(&scanner, body)
                case "limit": limit = try scanner.integer(body)
                case let name:
                    unknown = name
                    try scanner.skipValue(body)
                }
            }
            try scanner.end(body)
        } catch {
            throw .badRequest("the body is no question (\(error)): send \(AskedQuestion.shape)")
        }
        if let unknown { throw .badRequest("there is no \(unknown.prefix(40)): send \(AskedQuestion.shape)") }
        let most = Int64(QuestionLimits().rows)
        guard limit.map({ (1...most).contains($0) }) ?? true else {
            throw .badRequest("limit must be a whole number from 1 to \(most)")
        }
        self.limit = Int(limit ?? most)
        switch (sql, collection) {
        case (let sql?, nil): question = .sql(sql)
        case (nil, let collection?): question = .find(collection: collection, filter: filter, sort: sort)
        default: throw .badRequest("say what is asked: \(AskedQuestion.shape)")
        }
    }

    /// The text of the value that comes next.
    private static func value(_ scanner: inout JSONScanner, _ body: RawSpan) throws(DecodeError) -> [UInt8] {
        let start = scanner.at
        try scanner.skipValue(body)
        return body.extracting(start..<scanner.at).withUnsafeBytes { Array($0) }
    }
}

extension StoreAnswer {
    /// As the API gives it.
    func response(since startNs: Int64) -> HTTPResponse {
        var json = JSONWriter(reservingBytes: 1_024 + rows.count * columns.count * 16)
        json.beginObject()
        json.columns(columns)
        json.key("rows")
        json.beginArray()
        for row in rows {
            json.beginArray()
            for value in row {
                switch value {
                case .null: json.null()
                case .integer(let number): json.value(number)
                case .real(let number): json.number(number)
                case .bool(let flag): json.value(flag)
                case .text(let text): json.value(text)
                case .json(let bytes): bytes.withUnsafeBytes { json.raw($0) }
                }
            }
            json.endArray()
        }
        json.endArray()
        json.field("truncated", isTruncated)
        json.took(since: startNs)
        json.endObject()
        return .json(json.bytes)
    }
}

extension SavedQuestion {
    /// Appends it as the page may send it back.
    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.field("id", id)
        json.field("title", title)
        switch question {
        case .sql(let sql): json.field("sql", sql)
        case .find(let collection, let filter, let sort):
            json.field("collection", collection)
            for (name, document) in [("filter", filter), ("sort", sort)] as [(StaticString, [UInt8])]
            where !document.isEmpty {
                json.key(name)
                document.withUnsafeBytes { json.raw($0) }
            }
        }
        json.endObject()
    }
}
