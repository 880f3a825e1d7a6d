internal import CMongoC
internal import Glibc

/// What a server answered: memory that libmongoc fills, and reading it. *Thread*: bound to one.
final class MongoReply {
    /// For the driver to put its answer; a valid document before that too.
    let raw: OpaquePointer
    private let memory: UnsafeMutableRawPointer

    init() {
        memory = .allocate(byteCount: Int(CRYPTO_BSON_BYTES), alignment: Int(CRYPTO_BSON_ALIGNMENT))
        raw = OpaquePointer(memory)
        bson_init(raw)  // holds no memory of its own, so the driver may write over it
    }

    deinit {
        bson_destroy(raw)
        memory.deallocate()
    }

    func integer(_ name: String) -> Int64? { BSONIterator(raw, at: name)?.integer }

    /// The texts in an array; what else is in it is left out.
    func texts(_ name: String) -> [String] {
        var found: [String] = []
        guard let items = BSONIterator(raw, at: name)?.inside else { return [] }
        while items.next() {
            if let text = items.text { found.append(text) }
        }
        return found
    }

    /// The items that failed; `isID` unless the server says that another index than the one on `_id` is concerned.
    var writeErrors: [(index: Int, failure: MongoFailure, isID: Bool)] {
        var found: [(index: Int, failure: MongoFailure, isID: Bool)] = []
        forEach("writeErrors") { item in
            var index = 0
            var code = 0
            var message = ""
            var isID = true
            while item.next() {
                switch item.key {
                case "index": index = Int(item.integer)
                case "code": code = Int(item.integer)
                case "errmsg": message = item.text ?? ""
                case "keyPattern": isID = item.onlyKey == "_id"
                default: break
                }
            }
            found.append((index, MongoFailure(serverCode: code, message: message), isID))
        }
        return found
    }

    var writeConcernError: MongoFailure? {
        var found: MongoFailure?
        forEach("writeConcernErrors") { item in
            var code = 0
            var message = ""
            while item.next() {
                switch item.key {
                case "code": code = Int(item.integer)
                case "errmsg": message = item.text ?? ""
                default: break
                }
            }
            // Without a code: WriteConcernFailed. The documents are written, but not by as many as we asked for.
            found = MongoFailure(serverCode: code == 0 ? 64 : code, message: message)
        }
        return found
    }

    /// Calls `body` with an iterator before the first field of each document in the array `name`.
    private func forEach(_ name: String, _ body: (BSONIterator) -> Void) {
        guard let items = BSONIterator(raw, at: name)?.inside else { return }
        while items.next() {
            if let item = items.inside { body(item) }
        }
    }
}

/// A position in a document, which must outlive it.
final class BSONIterator {
    private let raw: OpaquePointer
    private let memory: UnsafeMutableRawPointer

    /// Nowhere, until `enter`.
    init() {
        memory = .allocate(byteCount: Int(CRYPTO_BSON_ITER_BYTES), alignment: Int(CRYPTO_BSON_ALIGNMENT))
        raw = OpaquePointer(memory)
    }

    /// At the field `name`; nil when the document has none.
    convenience init?(_ document: OpaquePointer, at name: String) {
        self.init()
        if !bson_iter_init_find(raw, document, name) { return nil }
    }

    deinit { memory.deallocate() }

    /// Goes before the first field of a document.
    func enter(_ document: OpaquePointer) -> Bool { bson_iter_init(raw, document) }

    /// Moves to the next field; false behind the last.
    func next() -> Bool { bson_iter_next(raw) }

    var type: bson_type_t { bson_iter_type(raw) }
    var flag: Bool { bson_iter_bool(raw) }
    /// Ms since the epoch; 0 for anything else than a date.
    var dateMs: Int64 { type == BSON_TYPE_DATE_TIME ? bson_iter_date_time(raw) : 0 }
    /// A number of any kind; 0 for anything else.
    var real: Double { bson_iter_as_double(raw) }

    /// Whether the field has this name, which ends with a NUL.
    func isKey(_ name: [CChar]) -> Bool { strcmp(bson_iter_key(raw), name) == 0 }

    /// Calls `body` with a text as UTF-8 or with binary data; nil for anything else.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        var count: UInt32 = 0
        if let start = bson_iter_utf8(raw, &count) {
            return body(UnsafeRawBufferPointer(start: start, count: Int(count)))
        }
        guard type == BSON_TYPE_BINARY else { return nil }
        var start: UnsafePointer<UInt8>?
        bson_iter_binary(raw, nil, &count, &start)
        return body(UnsafeRawBufferPointer(start: start, count: Int(count)))
    }

    var key: String { String(cString: bson_iter_key(raw)) }
    /// The number, rounded to a whole one; 0 for anything else.
    var integer: Int64 { bson_iter_as_int64(raw) }

    var text: String? {
        var count: UInt32 = 0
        guard let start = bson_iter_utf8(raw, &count) else { return nil }
        return String(decoding: UnsafeRawBufferPointer(start: start, count: Int(count)), as: UTF8.self)
    }

    /// Before the first field of the document or array; nil for anything else.
    var inside: BSONIterator? {
        let child = BSONIterator()
        return bson_iter_recurse(raw, child.raw) ? child : nil
    }

    /// The only key of the document here; nil when it has more.
    var onlyKey: String? {
        guard let keys = inside, keys.next() else { return nil }
        let key = keys.key
        return keys.next() ? nil : key
    }
}

@available(*, unavailable)
extension MongoReply: Sendable {}
@available(*, unavailable)
extension BSONIterator: Sendable {}
