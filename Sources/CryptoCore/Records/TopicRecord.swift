/// What lies on a topic: described once, in one file.
package protocol TopicRecord: Sendable {
    /// The value of the Kafka header `schema`, e.g. `trend/1`; empty where the bytes are not ours.
    static var schema: String { get }
    /// What it is, as its JSON Schema says it.
    static var about: StaticString { get }
    /// Its fields in the order in which they are written.
    static var fields: [Field] { get }
    /// What its JSON Schema says of fields together: the elements of `allOf`.
    static var rules: [StaticString] { get }
    /// The field by which records of several topics are put in order.
    static var timeField: StaticString? { get }
}

extension TopicRecord {
    package static var rules: [StaticString] { [] }
}

/// A record that stores keep.
package protocol StoredRecord: TopicRecord {
    /// Where it is stored.
    static var table: Table { get }
}

/// A record that is written and read by its fields.
package protocol FieldRecord: TopicRecord, FieldObject {
    /// Appends the Kafka key.
    func appendKey(to bytes: inout [UInt8])
}

/// A record of one series, which is its Kafka key.
package protocol SeriesRecord: FieldRecord, StoredRecord {
    var series: Series { get }
}

extension SeriesRecord {
    package func appendKey(to bytes: inout [UInt8]) { series.appendKey(to: &bytes) }
}

extension Series {
    /// Appends the Kafka key.
    func appendKey(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: source.utf8)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: symbol.utf8)
    }

    /// - Throws: when source or symbol are none.
    func check() throws(DecodeError) {
        guard Series.isSource(source) else { throw DecodeError(.badField("source", "without colon or space"), at: 0) }
        guard Series.isSymbol(symbol) else { throw DecodeError(.badField("symbol", "<BASE>-<QUOTE>"), at: 0) }
    }
}
