/// The document of the collection `store`: who the store is, and what it holds of each partition.
///
///     {_id: "store", id: "9f…", prefix: "crypto", offsets: {"<cluster>/<topic>/<partition>":
///         {cluster: "…", topic: "crypto.ticks", partition: 3, next: 120, last: 118, newest: 1764…}}}
///
/// One document holds both, so that the update that remembers offsets finds out whether the store is still there.
/// `layout` says how the collections are laid out; where it is absent, as 1. Dots in the names of `offsets` are slashes: a dot would lead into a document. *Thread*: bound to one.
final class MongoIdentity {
    private let client: MongoClient
    private let collection: MongoCollection
    private let mine = BSONDocument(json: #"{"_id":"store"}"#)

    init(_ client: MongoClient) {
        self.client = client
        collection = client.collection("store")
    }

    /// What this version reads and writes.
    private static let layout: Int64 = 1

    /// - Throws: `.fatal` also where a newer version made the database.
    func read() throws(StoreError) -> (identity: StoreIdentity, held: [HeldPartition])? {
        var found: (identity: StoreIdentity, held: [HeldPartition])?
        var layout = MongoIdentity.layout
        do throws(MongoFailure) {
            try collection.find(mine, limit: 1) { document in
                guard let id = BSONIterator(document, at: "id")?.text,
                    let prefix = BSONIterator(document, at: "prefix")?.text
                else { return }
                layout = BSONIterator(document, at: "layout")?.integer ?? layout
                let offsets = BSONIterator(document, at: "offsets")?.inside
                found = (StoreIdentity(id: id, prefix: prefix), MongoIdentity.held(offsets))
            }
        } catch {
            throw client.storeError(error, "find")
        }
        guard layout <= MongoIdentity.layout else {
            let fault = StoreFault(
                "find", "the database has layout \(layout), this version knows \(MongoIdentity.layout)")
            throw .fatal(fault, mend: "a newer version made it: use that one, or name another database in the URI")
        }
        return found
    }

    private static func held(_ offsets: BSONIterator?) -> [HeldPartition] {
        guard let offsets else { return [] }
        var found: [HeldPartition] = []
        while offsets.next() {
            guard let fields = offsets.inside else { continue }
            var held = HeldPartition(cluster: "", topic: "", partition: 0, next: -1)
            while fields.next() {
                switch fields.key {
                case "cluster": held.cluster = fields.text ?? ""
                case "topic": held.topic = fields.text ?? ""
                case "partition": held.partition = Int32(clamping: fields.integer)
                case "next": held.next = fields.integer
                case "last": held.last = fields.integer
                case "newest": held.newestMs = fields.integer
                default: break
                }
            }
            if held.next >= 0 { found.append(held) }
        }
        return found
    }

    /// Makes the document; where another was first, its stays.
    func insert(_ identity: StoreIdentity, _ holding: [HeldPartition]) throws(StoreError) {
        let document = BSONDocument(json: #"{"_id":"store"}"#)
        document.append("id", text: identity.id)
        document.append("prefix", text: identity.prefix)
        let offsets = BSONDocument()
        for held in holding { offsets.append(MongoIdentity.name(held), MongoIdentity.document(held)) }
        document.append("offsets", offsets)
        let bulk = collection.bulk()
        if let problem = bulk.insert(document) { throw .away(StoreFault("insert", problem)) }
        try settle(bulk.execute(), "insert")
    }

    /// Remembers offsets where the document is still that of the identity.
    /// - Returns: false when it is not.
    func hold(_ partitions: [HeldPartition], of identity: StoreIdentity) throws(StoreError) -> Bool {
        let selector = BSONDocument(json: #"{"_id":"store"}"#)
        selector.append("id", text: identity.id)
        let fields = BSONDocument()
        for held in partitions { fields.append("offsets.\(MongoIdentity.name(held))", MongoIdentity.document(held)) }
        let change = BSONDocument()
        change.append("$set", fields)
        let bulk = collection.bulk()
        if let problem = bulk.update(selector, with: change) { throw .away(StoreFault("update", problem)) }
        return try settle(bulk.execute(), "update") > 0
    }

    @discardableResult
    private func settle(_ outcome: MongoBulk.Outcome, _ operation: String) throws(StoreError) -> Int {
        if let failure = outcome.failure ?? outcome.failures.first?.failure, failure.verdict != .duplicate {
            throw client.storeError(failure, operation)
        }
        return outcome.done
    }

    private static func name(_ held: HeldPartition) -> String {
        String("\(held.cluster)/\(held.topic)/\(held.partition)".map { $0 == "." ? "/" : $0 })
    }

    private static func document(_ held: HeldPartition) -> BSONDocument {
        let document = BSONDocument()
        document.append("cluster", text: held.cluster)
        document.append("topic", text: held.topic)
        for (key, number) in [
            ("partition", Int64(held.partition)), ("next", held.next), ("last", held.last), ("newest", held.newestMs),
        ] { document.append(key, number) }
        return document
    }
}

@available(*, unavailable)
extension MongoIdentity: Sendable {}
