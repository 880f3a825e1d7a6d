/// What a person asks a store in the store's own language; it is only ever read.
package enum StoreQuestion: Equatable, Sendable {
    /// One statement, for SQLite.
    case sql(String)
    /// A filter document and an order, both JSON objects, for MongoDB.
    case find(collection: String, filter: [UInt8], sort: [UInt8])
}

/// How much a question may take.
package struct QuestionLimits: Equatable, Sendable {
    /// Rows of the answer.
    package var rows = 1_000
    /// Bytes of one text in it; a longer one is cut.
    package var cellBytes = 4_096
    /// Bytes of all of them, about; behind the row that exceeds it the answer is cut.
    package var answerBytes = 4 << 20
    /// How long the store may look. *Units*: ms.
    package var timeMs: Int64 = 5_000
    /// Bytes of the question.
    package static let questionBytes = 20_000

    package init() {}
}

/// A table of whatever a question has found.
package struct StoreAnswer: Equatable, Sendable {
    /// One cell.
    package enum Value: Equatable, Sendable {
        case null
        case integer(Int64)
        /// Finite.
        case real(Double)
        case bool(Bool)
        case text(String)
        /// An array or object.
        case json([UInt8])
    }

    package internal(set) var columns: [String] = []
    /// Each as long as `columns`.
    package internal(set) var rows: [[Value]] = []
    /// Whether there are more rows, or a text was cut.
    package internal(set) var isTruncated = false
    /// Bytes of the values, about.
    private(set) var byteCount = 0

    init() {}

    /// A text, cut where it is too long.
    mutating func text(_ bytes: UnsafeRawBufferPointer, _ limits: QuestionLimits) -> Value {
        guard bytes.count > limits.cellBytes else { return .text(String(decoding: bytes, as: UTF8.self)) }
        isTruncated = true
        var end = limits.cellBytes
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }  // not within a character
        return .text(String(decoding: bytes[..<end], as: UTF8.self) + "…")
    }

    /// Adds a row; whether another one may be added.
    mutating func add(_ row: [Value], _ limits: QuestionLimits) -> Bool {
        rows.append(row)
        for value in row {
            switch value {
            case .text(let text): byteCount += text.utf8.count
            case .json(let bytes): byteCount += bytes.count
            default: byteCount += 16
            }
        }
        return byteCount <= limits.answerBytes
    }
}

/// Why a question has no answer.
package enum QuestionFault: Error, Equatable, Sendable {
    /// In the database's words, and with how to mend it.
    case refused(String)
    /// It took longer than it may. *Units*: ms.
    case tooSlow(ms: Int64)
    /// Who asked is gone.
    case notWanted
    /// The store itself.
    case store(StoreError)
}

extension StoreLocation {
    /// Answers a question on a connection of its own that cannot write.
    /// - Parameter isWanted: asked now and then while the store looks; false ends it.
    package func answer(
        _ question: StoreQuestion, _ limits: QuestionLimits = QuestionLimits(),
        while isWanted: @escaping @Sendable () -> Bool
    ) throws(QuestionFault) -> StoreAnswer {
        switch (backend, question) {
        case (.sqlite(let path), .sql(let text)):
            return try SQLiteQuestion(path: path, limits, while: isWanted).answer(text)
        case (.mongoDB(let pool), .find(let collection, let filter, let sort)):
            return try MongoQuestion(pool, limits).answer(collection, filter, sort)
        case (.sqlite, .find): throw .refused("this store is SQLite: ask by {\"sql\": \"SELECT …\"}")
        case (.mongoDB, .sql):
            throw .refused("this store is MongoDB: ask by {\"collection\": …, \"filter\": {…}, \"sort\": {…}}")
        case (.csv, _): throw .refused("CSV files cannot be asked: name an SQLite file or a MongoDB database")
        }
    }
}

/// A question that is worth asking of every store, in the language of one of them.
package struct SavedQuestion: Sendable {
    package let id: String
    /// For a heading.
    package let title: String
    package let question: StoreQuestion

    init(_ id: String, _ title: String, _ question: StoreQuestion) {
        self.id = id
        self.title = title
        self.question = question
    }
}

extension StoreLocation {
    /// Saved questions in the store's language; none where it cannot be asked.
    package var savedQuestions: [SavedQuestion] {
        switch backend {
        case .sqlite: SQLiteQuestion.saved
        case .mongoDB: MongoQuestion.saved
        case .csv: []
        }
    }
}
