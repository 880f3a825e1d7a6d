package import CryptoCore
package import KafkaClient

/// A dead letter as Kafka takes it: its headers, and whether the bytes of the record that it was go with them.
///
/// With its headers a dead letter is larger than the record was. Bytes that Kafka would not take stay at their origin, which the
/// headers name; the letter then has neither key nor value, and its `error` says how large they are.
package struct DeadLetterRecord {
    /// Bytes of key and value; librdkafka takes records up to 1,000,000 bytes, headers included, brokers a little more.
    package static let largestBytes = 990_000
    /// Bytes of what is said to be wrong: a database may quote the whole record.
    private static let largestError = 4_096

    /// What the headers say.
    package let letter: DeadLetter
    package let headers: RecordHeaders
    /// Whether key and value go along.
    package let carriesBytes: Bool

    /// - Parameter byteCount: of the record's key and value.
    package init(_ letter: DeadLetter, byteCount: Int) {
        var letter = letter
        if letter.error.utf8.count > DeadLetterRecord.largestError {
            letter.error = String(letter.error.prefix(DeadLetterRecord.largestError / 4)) + "..."
        }
        carriesBytes = byteCount <= DeadLetterRecord.largestBytes
        if !carriesBytes {
            letter.error += "; its \(byteCount) bytes are too many for a dead letter and stay where they were"
        }
        self.letter = letter
        headers = RecordHeaders(letter.headers.map { (name: $0.name, text: $0.value) })
    }
}
