internal import CryptoCore

/// A tick and its prediction are one document, whichever record came first: neither takes anything from the other.
///
///     no document ── the prediction ──▶ begun: `_id`, what it says, `inserted_at` ── the tick ──▶ both
///     no document ── the tick ──▶ tick ── the prediction ──▶ both
///
/// A document without `timestamp` is only begun. Of several predictions that with the largest version stays, and of several
/// models' the last by name.
extension MongoDocument {
    private static let exists = BSONKey("$exists")
    private static let greater = BSONKey("$gt")
    private static let set = BSONKey("$set")
    private static let setOnInsert = BSONKey("$setOnInsert")

    /// Fills `selector` with the question which of these ticks are there.
    func findWhole(_ rows: [Int], of batch: borrowing RowBatch) {
        let ids = BSONDocument()
        batch.text.withUnsafeBufferPointer { text in
            let list = BSONDocument()
            for (i, row) in rows.enumerated() { list.append(String(i), text: slice(batch.rows[row].id, text)) }
            ids.append("$in", arrayOf: list)
        }
        selector.removeAll()
        selector.append(MongoDocument.id, ids)
        fill(part) { $0.append(MongoDocument.exists, true) }
        selector.append(MongoDocument.timestamp, part)
    }

    /// Fills `selector` and `document` with the upsert that completes what a prediction began, and finds nothing where the
    /// tick is there: it would insert then, and the `_id` is taken.
    func complete(_ row: Int, of batch: borrowing RowBatch, now: Int64) {
        let entry = batch.rows[row]
        selector.removeAll()
        fill(part) { $0.append(MongoDocument.exists, false) }
        let fields = BSONDocument()
        batch.text.withUnsafeBufferPointer { text in
            selector.append(MongoDocument.id, text: slice(entry.id, text))
            selector.append(MongoDocument.timestamp, part)
            appendFields(entry, batch.cells, text, to: fields)
        }
        change(fields, now: now)
    }

    /// Fills `selector` and `document` with the upsert that sets what a prediction says in its tick's document, and finds
    /// nothing where a prediction is there that stays.
    func join(_ row: Int, of batch: borrowing RowBatch, now: Int64) {
        guard case .text(let model) = batch.cell(row, PredictionColumn.model),
            case .integer(let version) = batch.cell(row, PredictionColumn.version),
            case .integer(let prediction) = batch.cell(row, PredictionColumn.prediction),
            case .real(let probability) = batch.cell(row, PredictionColumn.probability)
        else { preconditionFailure("a prediction without a model or what it says") }
        let fields = BSONDocument()
        batch.text.withUnsafeBufferPointer { text in
            selector.removeAll()
            selector.append(MongoDocument.id, text: slice(batch.tickID(ofPrediction: row), text))
            selector.append("$nor", array: staying(model, version, text))
            fields.append(BSONKey("prediction"), prediction)
            fields.append(BSONKey("probability"), probability)
            fields.append(BSONKey("model"), text: slice(model, text))
            fields.append(BSONKey("version"), version)
        }
        change(fields, now: now)
    }

    /// What a document has whose prediction stays: a larger version, or the same of a model behind this one.
    private func staying(_ model: TextRange, _ version: Int64, _ text: UnsafeBufferPointer<UInt8>) -> [BSONDocument] {
        let larger = BSONDocument()
        fill(part) { $0.append(MongoDocument.greater, version) }
        larger.append(BSONKey("version"), part)
        let behind = BSONDocument()
        behind.append(BSONKey("version"), version)
        fill(part) { $0.append(MongoDocument.greater, text: slice(model, text)) }
        behind.append(BSONKey("model"), part)
        return [larger, behind]
    }

    /// Fills `document` with a change that keeps the time of a document that is there.
    private func change(_ fields: BSONDocument, now: Int64) {
        document.removeAll()
        document.append(MongoDocument.set, fields)
        fill(part) { $0.appendDate(MongoDocument.insertedAt, now) }
        document.append(MongoDocument.setOnInsert, part)
    }

    private func fill(_ document: BSONDocument, _ body: (BSONDocument) -> Void) {
        document.removeAll()
        body(document)
    }
}
