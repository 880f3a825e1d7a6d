internal import CMongoC
internal import CryptoCore

/// A filter document of a stranger's, answered by `find`: it reads one of the store's collections, and nothing else.
///
/// *Thread*: bound to one, as its client is.
final class MongoQuestion {
    private let client: MongoClient
    private let limits: QuestionLimits

    init(_ pool: MongoPool, _ limits: QuestionLimits) {
        client = MongoClient(of: pool)
        self.limits = limits
    }

    func answer(_ collection: String, _ filter: [UInt8], _ sort: [UInt8]) throws(QuestionFault) -> StoreAnswer {
        guard let table = Table.allCases.first(where: { $0.name.description == collection }) else {
            let names = Table.allCases.map(\.name.description).joined(separator: ", ")
            throw .refused("there is no collection \(collection.prefix(80)): ask one of \(names)")
        }
        guard filter.count + sort.count <= QuestionLimits.questionBytes else {
            throw .refused("a question has at most \(QuestionLimits.questionBytes) bytes: shorten it")
        }
        let options = BSONDocument()
        options.append("limit", Int64(limits.rows + 1))
        options.append("batchSize", Int64(min(limits.rows + 1, 100)))
        options.append("maxTimeMS", limits.timeMs)
        if let order = try MongoFilter.sort(sort) { options.append("sort", order) }
        let wanted = try MongoFilter.document(filter)
        var gathered = Gathered(table, limits)
        do throws(MongoFailure) {
            try client.collection(collection).find(wanted, options: options) { gathered.add($0) }
        } catch {
            throw fault(error)
        }
        return gathered.finish()
    }

    private func fault(_ failure: MongoFailure) -> QuestionFault {
        if failure.code == 50, failure.domain != MONGOC_ERROR_CLIENT.rawValue { return .tooSlow(ms: limits.timeMs) }
        switch failure.verdict {
        case .away, .denied: return .store(client.storeError(failure, "find"))
        case .refused, .duplicate, .doubtful: return .refused(failure.message)
        }
    }

    /// Documents as a table: the collection's columns that are there, then what else they have.
    private struct Gathered {
        private var answer = StoreAnswer()
        private let limits: QuestionLimits
        private var indices: [String: Int] = [:]
        private let iterator = BSONIterator()
        private var isFull = false

        init(_ table: Table, _ limits: QuestionLimits) {
            self.limits = limits
            for name in ["_id"] + table.columns.map(\.name.description) + ["inserted_at"] { column(name) }
        }

        mutating func add(_ document: OpaquePointer) {
            guard !isFull, answer.rows.count < limits.rows else { return answer.isTruncated = true }
            guard iterator.enter(document) else { return }
            var row = [StoreAnswer.Value](repeating: .null, count: answer.columns.count)
            while iterator.next() {
                let index = column(iterator.key)
                while row.count < answer.columns.count { row.append(.null) }
                row[index] = value()
            }
            isFull = !answer.add(row, limits)
        }

        @discardableResult
        private mutating func column(_ name: String) -> Int {
            if let index = indices[name] { return index }
            indices[name] = answer.columns.count
            answer.columns.append(name)
            return answer.columns.count - 1
        }

        private mutating func value() -> StoreAnswer.Value {
            switch iterator.type {
            case BSON_TYPE_INT32, BSON_TYPE_INT64: return .integer(iterator.integer)
            case BSON_TYPE_DATE_TIME: return .integer(iterator.dateMs)
            case BSON_TYPE_DOUBLE: return iterator.real.isFinite ? .real(iterator.real) : .null
            case BSON_TYPE_BOOL: return .bool(iterator.flag)
            case BSON_TYPE_UTF8:
                let limits = limits
                return iterator.withBytes { answer.text($0, limits) } ?? .null
            case BSON_TYPE_BINARY:
                let most = limits.cellBytes * 3 / 4
                var isCut = false
                let text = iterator.withBytes { bytes in
                    var text = Array("base64:".utf8)
                    isCut = bytes.count > most
                    Base64.encode(UnsafeRawBufferPointer(rebasing: bytes.prefix(most)).bytes, to: &text)
                    return String(decoding: text, as: UTF8.self)
                }
                if isCut { answer.isTruncated = true }
                return text.map { .text($0) } ?? .null
            case BSON_TYPE_ARRAY, BSON_TYPE_DOCUMENT:
                var json = JSONWriter()
                MongoRowDecoder.write(iterator, to: &json)
                if json.bytes.count <= limits.cellBytes { return .json(json.bytes) }
                let limits = limits
                return json.bytes.withUnsafeBytes { answer.text($0, limits) }
            default: return .null
            }
        }

        /// Rows that came before a column was known get it as null.
        mutating func finish() -> StoreAnswer {
            for i in answer.rows.indices {
                let missing = answer.columns.count - answer.rows[i].count
                if missing > 0 { answer.rows[i] += Array(repeating: .null, count: missing) }
            }
            return answer
        }
    }
}

@available(*, unavailable)
extension MongoQuestion: Sendable {}

extension MongoQuestion {
    private static func find(_ collection: String, _ filter: String, sort: String) -> StoreQuestion {
        .find(collection: collection, filter: Array(filter.utf8), sort: Array(sort.utf8))
    }

    /// Questions that every MongoDB store can answer.
    static var saved: [SavedQuestion] {
        [
            SavedQuestion(
                "most-active", "Final minutes with the largest turnover",
                find("windows", #"{"type":"tumbling","final":true}"#, sort: #"{"amount":-1}"#)),
            SavedQuestion(
                "top-movers", "Trends that rise the most",
                find("trends", #"{"direction":"up"}"#, sort: #"{"change_pct":-1}"#)),
            SavedQuestion(
                "top-losers", "Trends that fall the most",
                find("trends", #"{"direction":"down"}"#, sort: #"{"change_pct":1}"#)),
            SavedQuestion("trend-distribution", "Newest trends", find("trends", "{}", sort: #"{"as_of":-1}"#)),
            SavedQuestion("gaps-by-source", "Newest gaps", find("ticks", #"{"kind":"gap"}"#, sort: #"{"gap_to":-1}"#)),
            SavedQuestion(
                "prediction-accuracy", "Newest scores of each series and model",
                find("scores", "{}", sort: #"{"as_of":-1}"#)),
            SavedQuestion(
                "newest-dead-letters", "Newest dead letters", find("dead_letters", "{}", sort: #"{"inserted_at":-1}"#)),
            SavedQuestion("late-ticks", "The ticks that came latest", find("late", "{}", sort: #"{"late_by":-1}"#)),
        ]
    }
}
