internal import CMongoC
internal import CryptoCore

/// Reads the filter document of a stranger: values, and operators that only compare.
///
/// What runs code (`$where`, `$function`, `$accumulator`), what computes (`$expr`) and what looks elsewhere is in no list, and so is
/// refused: the list says what may be said, not what may not.
enum MongoFilter {
    private static let operators: Set<String> = [
        "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$and", "$or", "$nor", "$not", "$exists", "$type",
        "$mod", "$all", "$size", "$elemMatch", "$regex", "$options",
    ]
    private static let depth = 8
    private static let members = 1_000
    private static let patternBytes = 200

    /// A filter; an empty text finds everything.
    static func document(_ json: [UInt8]) throws(QuestionFault) -> BSONDocument {
        let document = BSONDocument()
        guard !json.isEmpty else { return document }
        var reader = Reader()
        do throws(DecodeError) {
            try reader.members(of: document, json.span.bytes, depth: 0)
            try reader.scanner.end(json.span.bytes)
        } catch {
            throw .refused("filter must be a JSON object: \(error)")
        }
        if let refusal = reader.refusal { throw .refused(refusal) }
        return document
    }

    /// An order: at most four fields, each 1 or -1. Nil where none is wanted.
    static func sort(_ json: [UInt8]) throws(QuestionFault) -> BSONDocument? {
        guard !json.isEmpty else { return nil }
        let document = BSONDocument()
        var count = 0
        var isWrong = false
        do throws(DecodeError) {
            let bytes = json.span.bytes
            var scanner = JSONScanner()
            try scanner.enterObject(bytes)
            while let key = try scanner.nextKey(bytes) {
                let direction = try scanner.integer(bytes)
                let name = key.string(in: bytes)
                count += 1
                if name.hasPrefix("$") || name.utf8.contains(0) || direction.magnitude != 1 { isWrong = true }
                if !isWrong { document.append(name, direction) }
            }
            try scanner.end(bytes)
        } catch {
            throw .refused("sort must be a JSON object of whole numbers: \(error)")
        }
        if isWrong || count > 4 { throw .refused(#"sort takes up to four fields, each 1 or -1: {"event_time": -1}"#) }
        return count == 0 ? nil : document
    }

    /// Goes through the JSON once; the first thing that is not allowed stays as `refusal`.
    private struct Reader {
        var scanner = JSONScanner()
        private(set) var refusal: String?

        mutating func refuse(_ reason: String) { if refusal == nil { refusal = reason } }

        mutating func members(of document: BSONDocument, _ json: RawSpan, depth: Int) throws(DecodeError) {
            var count = 0
            try scanner.enterObject(json)
            while let key = try scanner.nextKey(json) {
                let name = key.string(in: json)
                count += 1
                if count > MongoFilter.members { refuse("a filter has at most \(MongoFilter.members) members a level") }
                if name.utf8.contains(0) { refuse("a field's name holds no NUL") }
                if name.hasPrefix("$"), !MongoFilter.operators.contains(name) {
                    let known = MongoFilter.operators.sorted().joined(separator: ", ")
                    refuse("\(name.prefix(40)) is not allowed here: use \(known)")
                }
                try value(named: name, in: document, json, depth: depth + 1)
            }
        }

        private mutating func value(
            named name: String, in document: BSONDocument, _ json: RawSpan, depth: Int
        ) throws(DecodeError) {
            if depth > MongoFilter.depth { refuse("a filter has at most \(MongoFilter.depth) levels: flatten it") }
            guard refusal == nil else { return try scanner.skipValue(json) }
            switch try scanner.peek(json) {
            case .null:
                try scanner.null(json)
                bson_append_null(document.raw, name, -1)
            case .bool: document.append(name, try scanner.bool(json))
            case .number: try number(named: name, in: document, json)
            case .string:
                let text = try scanner.string(json).string(in: json)
                if name == "$regex", text.utf8.count > MongoFilter.patternBytes || text.utf8.contains(0) {
                    refuse("$regex has at most \(MongoFilter.patternBytes) bytes: shorten it")
                }
                if name == "$options", !text.utf8.allSatisfy({ "imsx".utf8.contains($0) }) {
                    refuse("$options takes i, m, s and x")
                }
                if refusal == nil { document.append(name, text: text) }
            case .object:
                if let ms = date(json) { return document.appendDate(name, ms) }
                let inner = BSONDocument()
                try members(of: inner, json, depth: depth)
                document.append(name, inner)
            case .array:
                let inner = BSONDocument()
                var count = 0
                try scanner.enterArray(json)
                while try scanner.nextElement(json) {
                    if count >= MongoFilter.members { refuse("a list has at most \(MongoFilter.members) values") }
                    try value(named: String(count), in: inner, json, depth: depth + 1)
                    count += 1
                }
                document.append(name, arrayOf: inner)
            }
        }

        private mutating func number(
            named name: String, in document: BSONDocument, _ json: RawSpan
        ) throws(DecodeError) {
            var whole = scanner
            if let number = Int64(try whole.numberText(json).string(in: json)) {
                scanner = whole
                document.append(name, number)
            } else {
                bson_append_double(document.raw, name, -1, try scanner.number(json))
            }
        }

        /// `{"$date": ms}`, as `inserted_at` is compared.
        private mutating func date(_ json: RawSpan) -> Int64? {
            var ahead = scanner
            do throws(DecodeError) {
                try ahead.enterObject(json)
                guard let key = try ahead.nextKey(json), key.equals("$date", in: json) else { return nil }
                let ms = try ahead.integer(json)
                guard try ahead.nextKey(json) == nil else { return nil }
                scanner = ahead
                return ms
            } catch {
                return nil
            }
        }
    }
}
